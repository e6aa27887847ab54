"""Rows in the order of a score: what the first part of them holds, rows of equal score in expectation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Ranking:
    """The order of the rows by one score, highest first: sorted once, then read as often as needed.

    Rows of equal score have no order among themselves. Every reading treats them as shuffled and returns the
    expectation, which is a straight line between the two ends of the tie.

    Attributes
    ----------
    order
        Positions of the rows, best first; group by group where there are groups.
    group_ends
        Where in a cumulated amount the rows of each group end.
    """

    def __init__(self, score: Floats, group: npt.NDArray[np.intp] | None = None) -> None:
        """Sort by ``score`` (one number per row, of any scale, no null), within groups numbered 0, 1, ... if given."""
        groups = np.zeros(len(score), dtype=np.intp) if group is None else group
        self.order = np.argsort(-score, kind="stable") if group is None else np.lexsort((-score, groups))
        ordered, inside = score[self.order], groups[self.order]
        changes = (ordered[1:] != ordered[:-1]) | (inside[1:] != inside[:-1])
        self._tie_ends = np.flatnonzero(np.append(changes, [True]))
        last_of_group = np.append(inside[1:] != inside[:-1], [True])[self._tie_ends]
        self.group_ends = np.flatnonzero(last_of_group) + 1

    def cumulate(self, amount: Floats) -> Floats:
        """Sum an amount per row, given best row first, up to the end of each tie; the first entry is 0 (no rows)."""
        sums = np.zeros(len(amount) + 1)
        np.cumsum(amount, out=sums[1:])
        if len(self._tie_ends) == len(amount):
            return sums
        return np.concatenate((sums[:1], sums[1:][self._tie_ends]))


class Captured:
    """How much of some amounts lies in the first rows of a ranking, the rows counted with multiplicity.

    All amounts per row are given best row first, that is in ``Ranking.order``.

    Attributes
    ----------
    rows
        Rows from the top up to the end of each tie, starting with 0.
    """

    def __init__(self, ranking: Ranking, multiplicity: Floats) -> None:
        self._ranking = ranking
        self._multiplicity = multiplicity
        self.rows = ranking.cumulate(multiplicity)

    def cumulate(self, amount: Floats) -> Floats:
        """Sum an amount per row from the top up to the end of each tie, starting with 0."""
        return self._ranking.cumulate(self._multiplicity * amount)

    def within(self, counts: Floats, cumulated: Floats) -> Floats:
        """Return the expected amount in the first ``counts`` rows (fractions of a row allowed).

        ``cumulated`` comes from :meth:`cumulate`.
        """
        return np.interp(counts, self.rows, cumulated)

    def in_equal_bins(self, bins: int, cumulated: Floats) -> Floats:
        """Return the expected amount in each of ``bins`` parts of equal row count, from the top."""
        edges = np.linspace(0, self.rows[-1], bins + 1)
        return np.diff(self.within(edges, cumulated))

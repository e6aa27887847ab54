"""What the leads that sales can work each week hold: precision, recall and revenue of the top of every week's list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.model.ranking import Floats, Ranking

CAPACITY_METRICS: Final = ("precision_at_capacity", "recall_at_capacity")
REVENUE_METRICS: Final = ("revenue_per_lead_at_capacity", "revenue_share_at_capacity")
USUAL_SHARE: Final = 0.1
"""Where nobody said how many leads can be worked, the best tenth of each week's list is."""
_WEEK: Final = np.timedelta64(7, "D")


@dataclass(frozen=True)
class Lists:
    """The lists that sales would have been given, one for each week with a cutoff.

    Attributes
    ----------
    number
        Per row: on which list it is (0, 1, ...; each has a row).
    length
        Per list: how many leads can be worked until the next one; null works a tenth of each list.
    amount
        Per row: what its conversions within the window brought in (0 without conversion); null where that is unknown.
    """

    number: npt.NDArray[np.intp]
    length: Floats | None = None
    amount: Floats | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what :meth:`Worked.measure` returns."""
        return CAPACITY_METRICS if self.amount is None else (*CAPACITY_METRICS, *REVENUE_METRICS)


def weekly_lists(cutoff: pd.Series, per_week: float | None = None, amount: Floats | None = None) -> Lists:
    """Deal rows into lists of a week each.

    Parameters
    ----------
    cutoff
        One per row.
    per_week
        How many leads sales can work in a week. Where the next list comes after several weeks, so many times as many
        are worked.
    """
    instants = cutoff.to_numpy("datetime64[us]")
    week = (instants - instants.min()) // _WEEK
    weeks, number = np.unique(week, return_inverse=True)
    if per_week is None:
        return Lists(number, None, amount)
    gaps = np.diff(weeks).astype(np.float64)
    lasts = np.append(gaps, np.median(gaps) if len(gaps) else 1.0)
    return Lists(number, per_week * lasts, amount)


class Worked:
    """The rows of one candidate as sales would have worked them, read however often each row was drawn."""

    def __init__(self, lists: Lists, probability: Floats, label: Floats) -> None:
        self._ranking = Ranking(probability, lists.number)
        self.order = self._ranking.order
        self._ends = self._ranking.group_ends
        self._label = label[self.order]
        self._lists = lists
        self._amount = None if lists.amount is None else lists.amount[self.order]

    def measure(self, multiplicity: Floats) -> list[float]:
        """Return the metrics of :attr:`Lists.metrics`; rows count with multiplicity, given in ``order``.

        ``precision_at_capacity`` is the conversion rate of the rows worked, ``recall_at_capacity`` their share of all
        conversions, ``revenue_per_lead_at_capacity`` the mean amount per row worked and ``revenue_share_at_capacity``
        their share of all amounts. Rows of equal probability count in expectation.
        """
        rows = self._ranking.cumulate(multiplicity)
        begin, end = np.append(0.0, rows[self._ends[:-1]]), rows[self._ends]
        length = USUAL_SHARE * (end - begin) if self._lists.length is None else self._lists.length
        until = np.minimum(begin + length, end)
        worked = float((until - begin).sum())
        found = []
        for amount in (self._label, self._amount):
            if amount is not None:
                sums = self._ranking.cumulate(multiplicity * amount)
                held = float((np.interp(until, rows, sums) - np.append(0.0, sums[self._ends[:-1]])).sum())
                found += [held / worked if worked else 0.0, held / sums[-1] if sums[-1] else 0.0]
        return found

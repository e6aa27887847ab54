"""Which of the ways to compute it a column follows: an honest one, or one that sees too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pqlml.audit.columns import Bools, Floats
from pqlml.audit.replay.library import Family, Measured

_EQUAL = 1e-6
_CLOSE = 1e-9
_FEWEST_ROWS = 30
_EXPLAINS = 0.1
"""A wrong way explains a column if it leaves at most this part of the rows on which the best honest way differs."""
_EXACT = 0.999
_FOLLOWS, _LEAVES = 0.7, 0.5
"""A column follows a wrong way that explains this much of it, and leaves at most that part of what honest ways do."""
_SOMETHING = 0.01
"""Less left over than this is no reason to look for another way."""


@dataclass(frozen=True)
class Best:
    """The best way so far for one column, how much of it that explains, its values on the rows it has, its family."""

    explained: float
    way: Measured
    values: Floats
    rows: Bools
    family: Family


@dataclass(frozen=True)
class Match:
    """What a column was found to be.

    Attributes
    ----------
    honest, wrong
        The best honest way, and the best of those that see too much.
    differs
        Row by row, whether the column differs from the best honest way.
    verdict
        ``confirmed``: equals the honest way on every row that can be compared. ``wrong``: equals the wrong way, or
        follows it much more closely than any honest one. ``open``: neither.
    exact
        Whether a wrong way was matched value by value.
    """

    honest: Measured
    wrong: Measured
    verdict: str
    exact: bool
    differs: Bools
    honest_explained: float
    wrong_explained: float
    honest_equal: float
    wrong_equal: float


class Matcher:
    """Holds columns against families, one after the other, and remembers the best way for each column.

    A column that is an honest way on every row is settled, and is held against nothing further.

    Parameters
    ----------
    columns
        Name -> values of the rows that are looked at (NaN = missing).
    """

    def __init__(self, columns: Mapping[str, Floats]) -> None:
        self._columns = columns
        self._open = list(columns)
        self._honest: dict[str, Best] = {}
        self._wrong: dict[str, Best] = {}
        self._readings: dict[bytes, _Ours] = {}

    def hold_against(self, family: Family) -> None:
        """Compare every column that is not settled with every member."""
        if int(family.rows.sum()) < _FEWEST_ROWS or not self._open:
            return
        for names, rows in self._groups(family):
            explained = _explained(self._ours(names, rows), family.values[rows])
            self._remember(names, explained, family)
        settled = {name for name in self._open if self._is_settled(name, family)}
        if settled:
            self._open = [name for name in self._open if name not in settled]
            self._readings.clear()

    def _is_settled(self, name: str, family: Family) -> bool:
        best = self._honest.get(name)
        if best is None or best.family is not family or best.explained < 1 - _EQUAL:
            return False
        return not (differing(self._columns[name], best.values) & best.rows).any()

    def _groups(self, family: Family) -> list[tuple[list[str], Bools]]:
        """Split the columns by the rows that can be compared: a missing count is none, a missing time is nothing."""
        if not np.isnan(family.values).any():
            return [(self._open, family.rows)]
        alike: dict[bytes, tuple[list[str], Bools]] = {}
        base = family.rows & ~np.isnan(family.values).any(axis=1)
        for name in self._open:
            rows = base & ~np.isnan(self._columns[name])
            alike.setdefault(rows.tobytes(), ([], rows))[0].append(name)
        return [(names, rows) for names, rows in alike.values() if int(rows.sum()) >= _FEWEST_ROWS]

    def _ours(self, names: Sequence[str], rows: Bools) -> _Ours:
        """Return columns on some rows, made ready to be compared; they are kept where other families have the same."""
        if len(names) < len(self._open):
            return _Ours.of([self._columns[name][rows] for name in names])
        key = rows.tobytes()
        if key not in self._readings:
            self._readings[key] = _Ours.of([self._columns[name][rows] for name in names])
        return self._readings[key]

    def _remember(self, names: Sequence[str], explained: Floats, family: Family) -> None:
        honest = np.array([way.window.reach == "before" for way in family.members])
        for best, positions in ((self._honest, np.flatnonzero(honest)), (self._wrong, np.flatnonzero(~honest))):
            leaders = positions[np.argmax(np.round(explained[:, positions], 9), axis=1)]  # the first of equal ones
            for name, leader, found in zip(names, leaders, explained, strict=True):
                if name not in best or found[leader] > best[name].explained + _CLOSE:
                    way, values = family.members[leader], family.values[:, leader]
                    best[name] = Best(float(found[leader]), way, values, family.rows, family)

    def matches(self) -> dict[str, Match]:
        """Return the verdict on every column that resembles anything."""
        return {
            name: _judge(values, self._honest[name], self._wrong[name])
            for name, values in self._columns.items()
            if name in self._honest and name in self._wrong
        }


def _judge(values: Floats, honest: Best, wrong: Best) -> Match:
    differs = differing(values, honest.values) & honest.rows
    others = differing(values, wrong.values) & wrong.rows
    honest_equal = 1 - float(differs.sum() / honest.rows.sum())
    wrong_equal = 1 - float(others.sum() / wrong.rows.sum())
    exact = wrong_equal >= _EXACT and 1 - wrong_equal <= _EXPLAINS * (1 - honest_equal)
    unexplained = 1 - honest.explained
    follows = unexplained >= _SOMETHING and wrong.explained >= _FOLLOWS and 1 - wrong.explained <= _LEAVES * unexplained
    verdict = "open"
    if not differs.any():
        verdict = "confirmed"
    elif exact or follows:
        verdict = "wrong"
    return Match(
        honest.way,
        wrong.way,
        verdict,
        exact,
        differs,
        honest.explained,
        wrong.explained,
        honest_equal,
        wrong_equal,
    )


def differing(values: Floats, way: Floats) -> Bools:
    """Tell which rows differ from a way to compute them, whatever was made of it afterwards.

    A column may hold the value itself, whether there is one, its logarithm, its root, or a rate; the reading that
    leaves the fewest rows different counts. A missing count is the same as none.
    """
    timed = bool(np.isnan(way).any())
    ours = values if timed else np.nan_to_num(values)
    readings = [_unequal(ours, reading) for reading in _readings(ours, way)]
    return min(readings, key=lambda unequal: int(unequal.sum()))


def _readings(values: Floats, way: Floats) -> Iterator[Floats]:
    yield way
    positive = np.nan_to_num(way) > 0
    if np.isnan(way).any() or not positive.any():
        return
    yield positive.astype(np.float64)
    yield np.log1p(np.maximum(way, 0))
    yield np.sqrt(np.maximum(way, 0))
    yield way * float(np.median(values[positive] / way[positive]))


def _unequal(values: Floats, others: Floats) -> Bools:
    known = ~np.isnan(values) & ~np.isnan(others)
    gap = np.abs(values - others) > _EQUAL * np.maximum(np.abs(others), 1)
    unequal: Bools = np.where(known, gap, np.isnan(values) != np.isnan(others))
    return unequal


class _Ours(NamedTuple):
    """Our columns, standardised: as they are, with large values compressed, and squared; whether some are yes or no."""

    plain: Floats
    compressed: Floats
    squared: Floats
    flags: bool

    @classmethod
    def of(cls, columns: Sequence[Floats]) -> _Ours:
        """Make columns ready, one array each; missing counts as 0."""
        ours = np.nan_to_num(np.column_stack(columns))
        flags = bool(((ours == 0) | (ours == 1)).all(axis=0).any())
        return cls(_standard(ours), _standard(_compressed(ours)), _standard(ours**2), flags)


def _explained(ours: _Ours, theirs: Floats) -> Floats:
    """Return how much of each of our columns each of theirs explains, in the reading that explains most.

    The readings are those of :func:`differing`: the value itself or a rate, its logarithm, its root, whether there is
    one; and values against values with the largest ones compressed, which a few outliers do not rule.
    """
    values, logs = _standard(theirs), _standard(_compressed(theirs))
    readings = [(ours.plain, values), (ours.plain, logs), (ours.compressed, logs), (ours.squared, values)]
    if ours.flags:
        readings.append((ours.plain, _standard((theirs > 0).astype(np.float64))))
    found: Floats = np.max([(left.T @ right) ** 2 for left, right in readings], axis=0)
    return found


def _compressed(values: Floats) -> Floats:
    compressed: Floats = np.sign(values) * np.log1p(np.abs(values))
    return compressed


def _standard(values: Floats) -> Floats:
    """Centre and scale each column, so that products are correlations; constant columns become 0."""
    centred = values - values.mean(axis=0)
    norm = np.sqrt((centred**2).sum(axis=0))
    result: Floats = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > _CLOSE)
    return result

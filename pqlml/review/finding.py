"""Changes of the points that the cutoffs before a period suggest: weights, criteria to drop, criteria to add."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.definition.parts import PointsRule
from pqlml.model.scorecard import PointsScorecard
from pqlml.review.association import Bools, Floats, Ints
from pqlml.review.candidates import Candidate, apart, new_ones
from pqlml.review.effect import Z95
from pqlml.review.weights import Weights, fit_weights

Kind = Literal["weight", "drop", "add"]
_SMALL: Final = math.log(1.25)
"""A criterion goes if it surely multiplies the odds by less than that, given all others."""
_CLEAR: Final = 2.5
"""A new criterion comes if its coefficient is so many standard errors from nothing, and more where many are tried."""
_LEVEL: Final = 0.05
_MOST_NEW: Final = 5
_STEP: Final = 5.0
"""Points are rounded to that, as people write them."""
_NOTABLE: Final = 10.0
"""Points are changed if they differ by that, or by half of what they were."""


@dataclass(frozen=True)
class Suggested:
    """One change.

    Attributes
    ----------
    column
        Of the criterion in :attr:`Suggestions.met`.
    place
        Of the rule in the old list; null for a new one.
    old, new
        Points before and after; 0 where there is no rule.
    odds
        By how much the criterion multiplies the odds of converting, given all others, with its 95 % interval.
    """

    kind: Kind
    column: int
    place: int | None
    rule: PointsRule
    old: float
    new: float
    origin: str
    odds: tuple[float, float, float]


@dataclass(frozen=True)
class Suggestions:
    """What the earlier cutoffs suggest.

    Attributes
    ----------
    met
        Row (of all rows) x criterion.
    hand
        Points of each criterion as they are; 0 for a new one.
    settled
        The criteria that stay or come, whose weights were fitted together.
    """

    met: Bools
    hand: Floats
    settled: Ints
    changes: tuple[Suggested, ...]

    @property
    def kinds(self) -> list[Kind]:
        """What each change is."""
        return [change.kind for change in self.changes]

    def given(self) -> Floats:
        """Return, row x change, the points that each change gives or takes."""
        columns = [change.column for change in self.changes]
        worth = np.array([change.new - change.old for change in self.changes], dtype=np.float64)
        return np.asarray(self.met[:, columns] * worth, dtype=np.float64)

    def given_apart(self, rows: Rows, before: Bools, part: Ints) -> Floats:
        """Return the same with points that are fitted without the entities to whom they are given.

        Parameters
        ----------
        part
            Part of each row's entity; -1 where the row is not tried.
        """
        given = np.zeros((len(part), len(self.changes)))
        for number in range(int(part.max()) + 1 if self.changes else 0):
            mine = part == number
            points = dict(zip(self.settled.tolist(), _points(self, rows, before & ~mine), strict=True))
            for column, change in enumerate(self.changes):
                new = 0.0 if change.kind == "drop" else _settled(points[change.column], change.old)
                given[mine, column] = self.met[mine, change.column] * (new - change.old)
        return given


def suggest(definition: Definition, rows: Rows, before: Bools, candidates: Sequence[Candidate]) -> Suggestions:
    """Suggest changes from the rows whose windows were over before a period.

    Weights start from the hand-set ones and move as far as the evidence goes. A criterion is dropped if it surely adds
    little to what the others say; one is added if it clearly does.
    """
    rules, origins = _rules(definition, rows, before, candidates)
    met = PointsScorecard(rules).met(rows.values)
    old = len(definition.points)
    hand = np.array([rule.points for rule in rules])
    entity = _numbered(rows, before)
    label = rows.label[before] == 1
    first = fit_weights(met[before], hand, label, entity)
    least = max(_CLEAR, NormalDist().inv_cdf(1 - _LEVEL / (2 * max(len(rules) - old, 1))))
    clear = [place for place in range(old, len(rules)) if abs(first.alone[place]) > least * first.alone_error[place]]
    clear.sort(key=lambda place: -abs(first.alone[place] / first.alone_error[place]))
    kept = [*range(old), *sorted(clear[:_MOST_NEW])]
    weights = fit_weights(met[before][:, kept], hand[kept], label, entity)
    idle = {kept[number] for number in range(old) if _idle(weights, number, hand[number])}
    settled = np.array([column for column in kept if column not in idle], dtype=np.int64)
    bare = Suggestions(met, hand, settled, ())
    points = dict(zip(settled.tolist(), _points(bare, rows, before), strict=True))
    changes = []
    for number, column in enumerate(kept):
        kind: Kind = "add" if column >= old else "drop" if column in idle else "weight"
        new = 0.0 if kind == "drop" else _settled(points[column], hand[column])
        if (kind == "weight" and _hardly(new, hand[column])) or (kind == "add" and not new):
            continue
        rule = rules[column] if kind == "drop" else rules[column].model_copy(update={"points": new})
        place = column if column < old else None
        odds = _odds(weights, number)
        changes.append(Suggested(kind, column, place, rule, float(hand[column]), new, origins[column], odds))
    return Suggestions(met, hand, settled, tuple(changes))


def _points(found: Suggestions, rows: Rows, among: Bools) -> list[float]:
    """Fit the points of the criteria that stay or come on some rows."""
    if not len(found.settled):
        return []
    design, hand = found.met[among][:, found.settled], found.hand[found.settled]
    fitted: list[float] = fit_weights(design, hand, rows.label[among] == 1, _numbered(rows, among)).points.tolist()
    return fitted


def _settled(points: float, hand: float) -> float:
    """Write points as people do, on the side of the hand-set ones: what is surely on the other is dropped."""
    new = float(_STEP * round(points / _STEP))
    return math.copysign(_STEP, hand) if hand and new * hand <= 0 else new


def _hardly(new: float, hand: float) -> bool:
    return abs(new - hand) < max(_STEP, min(_NOTABLE, abs(hand) / 2))


def _numbered(rows: Rows, among: Bools) -> Ints:
    return np.asarray(pd.factorize(rows.keys["entity_id"][among])[0], dtype=np.int64)


def _rules(
    definition: Definition, rows: Rows, before: Bools, candidates: Sequence[Candidate]
) -> tuple[list[PointsRule], list[str]]:
    fresh = new_ones(definition, candidates)
    rules = [*definition.points, *(candidate.rule for candidate in fresh)]
    old = len(definition.points)
    distinct = apart(PointsScorecard(rules).met(rows.values)[before], old)
    return (
        [*definition.points, *(rules[place] for place in distinct)],
        [*("" for _ in range(old)), *(fresh[place - old].origin for place in distinct)],
    )


def _idle(weights: Weights, number: int, hand: float) -> bool:
    """Tell whether a criterion surely adds little in the direction of its points."""
    side = 1.0 if hand >= 0 else -1.0
    return bool(side * weights.alone[number] + Z95 * weights.alone_error[number] < _SMALL)


def _odds(weights: Weights, number: int) -> tuple[float, float, float]:
    value, error = weights.alone[number], weights.alone_error[number]
    low, high = value - Z95 * error, value + Z95 * error
    return (math.exp(value), math.exp(min(low, 50)), math.exp(min(high, 50)))

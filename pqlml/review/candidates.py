"""Criteria that a definition could gain: from its errors in the earlier part, and from moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.definition.parts import PointsRule
from pqlml.features.spec import BEHAVIOUR, Aggregate, Feature
from pqlml.review.association import Bools
from pqlml.review.conditions import MONTH_DAYS, Condition
from pqlml.review.flags import Flags
from pqlml.review.looks import look
from pqlml.review.moments import Condition as MomentCondition
from pqlml.review.moments import FoundMoments
from pqlml.review.slices import find_slices, halves

_WHOLE: Final[frozenset[Aggregate]] = frozenset(
    {"count", "days", "weeks", "users", "events", "distinct", "sessions", "early"}
)
"""Aggregates that are whole numbers."""


class Candidate(NamedTuple):
    """A rule without points yet, and where it comes from."""

    rule: PointsRule
    origin: str


def from_errors(rows: Rows, flags: Flags, among: Bools, *, seed: int) -> Iterator[Candidate]:
    """Yield the conditions of slices of missed leads and of false alarms among some rows."""
    looks = look(rows.keys, flags.flagged, rows.label, among)
    label = rows.label == 1
    missed, flagged = looks.first[~looks.first_flagged], looks.row[looks.flagged]
    for place, wrong, origin in ((missed, label[missed], "missed leads"), (flagged, ~label[flagged], "false alarms")):
        values = rows.values.iloc[place].reset_index(drop=True)
        half = halves(rows.entity[place].astype(str), seed)
        for found in find_slices(values, rows.features, wrong, half, seed=seed):
            for condition in found.conditions:
                rule = _rule(condition, against=origin == "false alarms")
                if rule is not None:
                    yield Candidate(rule, f"{origin}: {found}")


def from_unused(rows: Rows, flags: Flags) -> Iterator[Candidate]:
    """Yield, for each signal that has no part in the score, that it happened at all in the last month."""
    counts = [feature for feature in rows.features if feature.aggregate == "count" and feature.events is not None]
    lengths = {feature.window_days for feature in counts if feature.window_days is not None}
    month = max((days for days in lengths if days <= MONTH_DAYS), default=None)
    for feature in counts:
        if feature.window_days == month and feature.group not in flags.used:
            rule = PointsRule(feature=feature.name, at_least=1, points=0, dimension=feature.dimension)
            yield Candidate(rule, "a signal that was not in the score")


def from_moments(moments: FoundMoments, features: Mapping[str, Feature]) -> Iterator[Candidate]:
    """Yield the conditions of confirmed moments whose features are among those given."""
    for moment in moments.confirmed:
        for name, at_least in early_features(moment.rule.days, moment.rule.conditions):
            if name in features:
                rule = PointsRule(feature=name, at_least=at_least, points=0, dimension=features[name].dimension)
                yield Candidate(rule, f"moment: {moment.rule}")


def moment_features(moments: FoundMoments) -> list[tuple[str, float]]:
    """Return the features of all confirmed moments that a definition can name, with their bounds.

    Single events that are part of a larger signal have no features by name.
    """
    return [
        found
        for moment in moments.confirmed
        for found in early_features(moment.rule.days, moment.rule.conditions)
        if found[0].removesuffix(f".early.{moment.rule.days}d") in moments.nameable
    ]


def early_features(days: int, conditions: Sequence[MomentCondition]) -> list[tuple[str, float]]:
    """Return the names of the features that tell whether conditions of a moment are met, with their bounds."""
    return [(f"{one.action.name}.early.{days}d", float(one.at_least)) for one in conditions]


def new_ones(definition: Definition, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return each candidate once, and none whose condition the points have already."""
    seen = {_condition(rule) for rule in definition.points}
    kept = []
    for candidate in candidates:
        key = _condition(candidate.rule)
        if key not in seen:
            seen.add(key)
            kept.append(candidate)
    return kept


def apart(met: np.ndarray, old: int, most_alike: float = 0.9) -> list[int]:
    """Return the columns from ``old`` on that are not nearly equal to an earlier one that is kept."""
    kept = list(range(old))
    for column in range(old, met.shape[1]):
        mine = met[:, column]
        alike = (_overlap(mine, met[:, other]) for other in kept)
        if 0 < mine.sum() < len(mine) and all(share < most_alike for share in alike):
            kept.append(column)
    return kept[old:]


def _overlap(one: Bools, other: Bools) -> float:
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 1.0


def _condition(rule: PointsRule) -> tuple[object, ...]:
    return (rule.feature, rule.at_least, rule.at_most, rule.values)


def _rule(condition: Condition, *, against: bool) -> PointsRule | None:
    """Write a condition as a rule; what is not known is no condition of the points.

    A false alarm's condition on what was done is turned round, since points tell what speaks for a lead: "at most 2
    invitations" becomes at least 3.
    """
    if condition.unknown:
        return None
    feature, low, high = condition.feature, condition.at_least, condition.at_most
    if against and feature.aggregate in BEHAVIOUR:
        step = 1.0 if feature.aggregate in _WHOLE else 0.0
        low, high = (None if high is None else high + step, None if low is None else low - step)
    return PointsRule(
        feature=condition.feature.name,
        at_least=low,
        at_most=high,
        values=None if condition.text is None else (condition.text,),
        points=0,
        dimension=condition.feature.dimension,
    )

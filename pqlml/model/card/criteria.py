"""Conditions that a points card could give points for: the definition's own, and round thresholds on its features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from pqlml.definition.parts import PointsRule
from pqlml.features.spec import Aggregate, Feature
from pqlml.model.scorecard import PointsScorecard

_QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_ROUND: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0)
_DECADE: Final = 10.0
_IN_DAYS: Final[frozenset[Aggregate]] = frozenset({"recency", "first", "complete", "age", "since", "days_left"})
"""Nobody sets a threshold at a part of a day."""
_MOST_LEVELS: Final = 12
_COMMON: Final = (0.01, 0.6)
"""Share of rows that meet a new condition: what fewer meet teaches little, and what most meet sets nobody apart."""


@dataclass(frozen=True)
class Criteria:
    """Conditions, each with the rows that meet it.

    Attributes
    ----------
    rules
        The definition's own first, with their points; the others with 0.
    group
        Signal of each rule's feature: a card should not say the same thing five times.
    own
        How many of the rules are the definition's own.
    met
        (rows, rules): whether the row meets the condition.
    """

    rules: tuple[PointsRule, ...]
    group: tuple[str, ...]
    own: int
    met: np.ndarray


def find_criteria(values: pd.DataFrame, features: Sequence[Feature], own: Sequence[PointsRule]) -> Criteria:
    """Find conditions worth trying on these rows; of several that the same rows meet, the first is kept.

    Numbers get round thresholds near quantiles, in both directions; categories one condition per frequent level. A null
    value meets no condition.
    """
    found = [*own, *(rule for feature in features for rule in _rules(values[feature.name], feature))]
    met = PointsScorecard(found).met(values)
    share = met.mean(axis=0)
    groups = {feature.name: feature.group for feature in features}
    kept: list[int] = []
    seen: set[bytes] = set()
    for position in range(len(found)):
        mark = np.packbits(met[:, position]).tobytes()
        common = _COMMON[0] <= share[position] <= _COMMON[1]
        if position < len(own) or (common and mark not in seen):
            kept.append(position)
            seen.add(mark)
    rules = tuple(found[position] for position in kept)
    return Criteria(rules, tuple(groups.get(rule.feature, rule.feature) for rule in rules), len(own), met[:, kept])


def condition(rule: PointsRule) -> str:
    """Write the condition of a rule in the words of the definition."""
    if rule.values is not None:
        return f"{rule.feature} is {' or '.join(rule.values)}"
    if rule.at_least is not None and rule.at_most is not None:
        return f"{rule.feature} {rule.at_least:g} to {rule.at_most:g}"
    return (
        f"{rule.feature} >= {rule.at_least:g}" if rule.at_least is not None else f"{rule.feature} <= {rule.at_most:g}"
    )


def round_number(value: float) -> float:
    """Return the round number that lies nearest to a threshold, as people would set it.

    Examples
    --------
    >>> [round_number(value) for value in (0.0, 0.37, 1.2, 2.9, 37.0, 1834.0, -6.1)]
    [0.0, 0.4, 1.0, 3.0, 40.0, 2000.0, -7.0]
    """
    if value == 0 or not math.isfinite(value):
        return value
    unit = _DECADE ** math.floor(math.log10(abs(value)))
    digit = min(_ROUND, key=lambda number: abs(number - abs(value) / unit))
    return float(f"{math.copysign(digit * unit, value):.6g}")


def _rules(column: pd.Series, feature: Feature) -> list[PointsRule]:
    if feature.category:
        levels = column.value_counts().head(_MOST_LEVELS).index
        return [_rule(feature, values=(str(level),)) for level in levels]
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return []
    in_days = feature.aggregate in _IN_DAYS
    whole = in_days or bool((known == np.round(known)).all())
    active = known[known > known.min()]
    places = {*np.quantile(known, _QUANTILES), *(np.quantile(active, _QUANTILES) if len(active) else ())}
    thresholds = sorted({_threshold(float(place), whole=whole) for place in places})
    if in_days:
        thresholds = sorted({threshold or 1.0 for threshold in thresholds})
    return [
        *(_rule(feature, at_least=threshold) for threshold in thresholds),
        *(_rule(feature, at_most=threshold) for threshold in thresholds),
    ]


def _threshold(value: float, *, whole: bool) -> float:
    rounded = round_number(value)
    return float(round(rounded)) if whole else rounded


def _rule(
    feature: Feature,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    values: tuple[str, ...] | None = None,
) -> PointsRule:
    given = {"at_least": at_least, "at_most": at_most, "values": values}
    condition = {name: value for name, value in given.items() if value is not None}
    return PointsRule.model_validate(
        {"feature": feature.name, **condition, "points": 0, "dimension": feature.dimension}
    )

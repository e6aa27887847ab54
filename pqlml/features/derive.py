"""Features made of other features, computed in one place after any executor: the same numbers on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from pqlml.features.spec import DERIVED, Feature

Values = npt.NDArray[np.float64]


def executed(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """Return what executors have to compute: the features that are not derived, and what the derived ones are made of.

    Unique by name, in the order in which they are first needed.
    """
    found: dict[str, Feature] = {}
    for feature in features:
        needed = executed(feature.inputs) if feature.aggregate in DERIVED else (feature,)
        found |= {one.name: one for one in needed}
    return tuple(found.values())


def derived(feature: Feature, columns: Mapping[str, Values]) -> Values:
    """Compute a derived feature.

    Parameters
    ----------
    columns
        Values of the executed features by name; NaN = null.
    """
    inputs = [derived(one, columns) if one.aggregate in DERIVED else columns[one.name] for one in feature.inputs]
    match feature.aggregate:
        case "acceleration":
            week, fortnight, three_weeks = inputs
            return week - 2 * (fortnight - week) + (three_weeks - fortnight)
        case "complete":
            return np.asarray(np.max(inputs, axis=0))  # null as soon as one is: that event never happened
        case "matches":
            return np.asarray(np.sum([np.nan_to_num(one) for one in inputs], axis=0))
        case "ratio":
            return _over(
                inputs[0], inputs[1] if feature.constant is None else np.full_like(inputs[0], feature.constant)
            )
        case "days_left":
            return _left(feature, inputs)
        case _:
            return np.clip(_over(inputs[0], inputs[0] + _left(feature, inputs)), 0.0, 1.0)


def _left(feature: Feature, inputs: list[Values]) -> Values:
    """Return the days until the trial ends: its length less what has gone by, or until the instant that is stated."""
    return -inputs[1] if feature.constant is None else feature.constant - inputs[0]


def _over(part: Values, whole: Values) -> Values:
    """Divide; null where the whole is 0 or null."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole != 0)

"""What a lead did, as label and value, for the page that a rep reads before calling."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

from pqlml.explain.numbers import plain, share
from pqlml.explain.sentences import when
from pqlml.features.spec import Feature
from pqlml.schema import Dimension

_SECTIONS: dict[Dimension, str] = {
    "engagement": "use",
    "team": "team",
    "value": "outcomes",
    "upgrade": "upgrade",
    "fit": "company",
}
_TOLD = (
    "count",
    "days",
    "users",
    "sum",
    "distinct",
    "sessions",
    "current_streak",
    "newest",
    "ratio",
    "days_left",
    "attribute",
)


class Fact(NamedTuple):
    """One line of a lead's profile; ``value`` is ready to read."""

    section: str
    label: str
    value: str


def told_features(features: tuple[Feature, ...]) -> list[Feature]:
    """Choose what a profile tells: per group and aggregate the longest window up to a month, and attributes."""
    chosen: dict[tuple[str, str], Feature] = {}
    for feature in features:
        if feature.aggregate not in _TOLD:
            continue
        key = (feature.group, feature.aggregate)
        best = chosen.get(key)
        if best is None or _preference(feature) > _preference(best):
            chosen[key] = feature
    return list(chosen.values())


def profile(features: list[Feature], values: pd.DataFrame) -> list[list[Fact]]:
    """Return the facts of each row; zeros and unknowns are left out."""
    columns = {feature.name: values[feature.name].to_numpy() for feature in features}
    return [
        [fact for feature in features if (fact := _fact(feature, columns[feature.name][row])) is not None]
        for row in range(len(values))
    ]


def _preference(feature: Feature) -> float:
    window = feature.window_days
    if window is None:
        return 0.5
    return window if window <= 31 else 1 / window  # noqa: PLR2004 - a month is what people can picture


def _fact(feature: Feature, value: object) -> Fact | None:
    if pd.isna(value) or value == 0:  # type: ignore[call-overload]  # a scalar by the table's contract
        return None
    if isinstance(value, str):
        label, text = feature.noun, value
    elif math.isfinite(number := float(value)):  # type: ignore[arg-type]  # a number by the table's contract
        label, text = _line(feature, number)
    else:
        return None
    return Fact(_SECTIONS[feature.dimension], label[:1].upper() + label[1:], text)


def _line(feature: Feature, number: float) -> tuple[str, str]:  # noqa: PLR0911 - one return per aggregate
    """Return the label of a number, and the number as people read it."""
    noun, span = feature.noun, when(feature.window_days)
    match feature.aggregate:
        case "days" | "users":
            return f"{'days with' if feature.aggregate == 'days' else 'people behind'} {noun} {span}", plain(number)
        case "current_streak":
            return f"days in a row up to now with {noun}", plain(number)
        case "newest":
            return f"{noun} at last count", plain(number)
        case "ratio":
            told = f"share of {noun} that {feature.did}"
            return told if feature.window_days is None else f"{told} {span}", share(number)
        case "days_left":
            return f"days {'until the trial ends' if number > 0 else 'since the trial ended'}", plain(abs(number))
        case "attribute":
            return noun, plain(number)
        case _:
            return f"{noun} {span}", plain(number)

"""What a lead did, as label and value, for the page that a rep reads before calling."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pqlml.explain.statements import shown, when
from pqlml.features.spec import Feature
from pqlml.language import ENGLISH, Language, language
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


def profile(features: list[Feature], values: pd.DataFrame, told_in: Language | None = None) -> pd.DataFrame:
    """Return the facts of all rows, in English by default; zeros and unknowns are left out.

    Returns
    -------
    One row per fact, by lead in the order of the features: ``lead`` (position in ``values``), ``position`` (from 1),
    ``section``, ``label`` and ``value`` (ready to read).
    """
    told_in = told_in if told_in is not None else language(ENGLISH)
    parts = [_column(number, feature, values[feature.name], told_in) for number, feature in enumerate(features)]
    columns = ["lead", "feature", "section", "label", "value"]
    facts = pd.concat([pd.DataFrame(columns=columns), *parts]) if parts else pd.DataFrame(columns=columns)
    facts = facts.sort_values(["lead", "feature"], kind="stable").reset_index(drop=True)
    facts["position"] = facts.groupby("lead", sort=False).cumcount() + 1
    return facts[["lead", "position", "section", "label", "value"]]


def _column(number: int, feature: Feature, column: pd.Series[Any], told_in: Language) -> pd.DataFrame:
    """Tell a feature of all rows; each different value is put into words once."""
    codes, different = pd.factorize(column)
    told = [_fact(feature, value, told_in) for value in different]
    kept = np.array([fact is not None for fact in told] + [False])[codes]  # unknown is -1, the last
    facts = [fact if fact is not None else Fact("", "", "") for fact in told]
    own = codes[kept]
    return pd.DataFrame(
        {
            "lead": np.flatnonzero(kept),
            "feature": number,
            **{name: np.array([getattr(fact, name) for fact in facts], dtype=object)[own] for name in Fact._fields},
        }
    )


def _preference(feature: Feature) -> float:
    window = feature.window_days
    if window is None:
        return 0.5
    return window if window <= 31 else 1 / window  # noqa: PLR2004 - a month is what people can picture


def _fact(feature: Feature, value: object, told_in: Language) -> Fact | None:
    if pd.isna(value) or value == 0:  # type: ignore[call-overload]  # a scalar by the table's contract
        return None
    if isinstance(value, str):
        label, text = feature.noun, value.replace("_", " ")
    elif math.isfinite(number := float(value)):  # type: ignore[arg-type]  # a number by the table's contract
        label, text = _line(feature, number, told_in)
    else:
        return None
    return Fact(_SECTIONS[feature.dimension], label[:1].upper() + label[1:], text)


def _line(feature: Feature, number: float, told_in: Language) -> tuple[str, str]:
    """Return the label of a number, and the number as people read it."""
    key: str = "number"
    read = number
    slots = {"noun": feature.noun, "did": feature.did, "span": when(feature.window_days, told_in)}
    match feature.aggregate:
        case "days" | "users" | "current_streak" | "newest":
            key = feature.aggregate
        case "ratio":
            label = told_in.text(f"profile.{'ratio' if feature.window_days is None else 'ratio_in'}", **slots)
            return label, told_in.numbers.share(number)
        case "days_left":
            key, read = ("days_left" if number > 0 else "days_over"), abs(number)
        case "attribute":
            return feature.noun, told_in.text("yes_no.yes") if feature.yes_no else shown(feature, number, told_in)
        case _:
            pass
    return told_in.text(f"profile.{key}", **slots), shown(feature, read, told_in)

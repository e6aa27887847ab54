"""The review of one past period: whom the definition flagged, who converted, and where it errs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.features.spec import Feature
from pqlml.review.association import Bools
from pqlml.review.dispositions import Said, by_disposition, heard
from pqlml.review.drift import TrainedOn, baseline, drifts
from pqlml.review.flags import Flags, reaches
from pqlml.review.looks import FlagCounts, Looks, count, look
from pqlml.review.mistakes import errors_of
from pqlml.review.period import Period
from pqlml.review.reckoning import reckon
from pqlml.review.reviewed import OrBetter, Portion, Reviewed
from pqlml.schema import TIERS

_MOST_LEVELS: Final = 6
_QUARTERS: Final = (0.25, 0.5, 0.75)


def review_rows(
    rows: Rows,
    flags: Flags,
    period: Period,
    *,
    said: Said | None = None,
    trained: TrainedOn | None = None,
    seed: int = 0,
) -> Reviewed:
    """Review the rows of a period.

    Parameters
    ----------
    said
        What sales said.
    trained
        On which cutoffs the champion was trained; drift is told since then.
    """
    looks = look(rows.keys, flags.flagged, rows.label, period.inside)
    label = rows.label == 1
    not_flagged = looks.first[~looks.first_flagged]
    flagged = looks.row[looks.flagged]
    earlier = _earlier(rows, period)
    compared = baseline(rows, period, trained)
    names = rows.entity[looks.row].astype(str)
    return Reviewed(
        flags.by,
        flags.from_tier,
        period,
        reckon(rows.label, period.inside, looks),
        count(looks, rows.amount),
        count(look(rows.keys, flags.flagged, rows.label, earlier), rows.amount)
        if earlier.any() and flags.by == "points"
        else None,
        float(label[period.before].mean()) if period.before.any() else None,
        float(label[period.inside].mean()),
        float(flags.score[period.inside].mean()) if flags.by == "model" else None,
        tuple(_parts(rows, flags, looks)),
        tuple(_or_better(rows, flags, period)),
        errors_of(rows, flags, flagged, ~label[flagged], seed=seed, best_first=True),
        errors_of(rows, flags, not_flagged, label[not_flagged], seed=seed, best_first=False),
        () if said is None else by_disposition(said, names, looks.flagged, looks.converted),
        None if said is None else heard(said, names, np.unique(rows.entity.astype(str))),
        () if compared is None else drifts(rows.values[compared[1]], rows.values[period.inside], rows.features),
        None if compared is None else compared[0],
    )


def _earlier(rows: Rows, period: Period) -> Bools:
    """Return the rows of as long a time before the period, whose windows were over by then."""
    cutoff = rows.keys["cutoff"].to_numpy("datetime64[us]")
    length = np.datetime64(period.end) - np.datetime64(period.start)
    last = cutoff[period.before].max() if period.before.any() else np.datetime64(period.start)
    earlier: Bools = period.before & (cutoff > last - length)
    return earlier


def _parts(rows: Rows, flags: Flags, looks: Looks) -> Iterator[Portion]:
    """Yield counts by tier, by the strongest dimension of the flagged, and by segment."""
    tier = flags.tier[looks.row]
    for name in TIERS:
        yield from _some("tier", name, looks, rows, tier == name)
    by_dimension = flags.by_dimension.iloc[looks.row]
    strongest = np.array(by_dimension.columns)[by_dimension.to_numpy().argmax(axis=1)]
    for dimension in map(str, by_dimension.columns):
        yield from _some("strongest dimension", dimension, looks, rows, (strongest == dimension) & looks.flagged)
    values = rows.values.iloc[looks.row].reset_index(drop=True)
    for feature in rows.features:
        if feature.aggregate == "attribute":
            named, order = _levels(values[feature.name], feature)
            for level in order:
                yield from _some(feature.noun or feature.name, level, looks, rows, (named == level).to_numpy())


def _some(by: str, value: str, looks: Looks, rows: Rows, among: Bools) -> Iterator[Portion]:
    counts: FlagCounts = count(looks, rows.amount, among)
    if counts.total:
        yield Portion(by, value, counts, int((looks.bought >= 0).sum()))


def _or_better(rows: Rows, flags: Flags, period: Period) -> Iterator[OrBetter]:
    """Yield what flagging from each tier on does; from the last one on, everybody is flagged."""
    for name in TIERS[:-1]:
        looks = look(rows.keys, reaches(flags.tier, name), rows.label, period.inside)
        yield OrBetter(name, count(looks, rows.amount))


def _levels(column: pd.Series, feature: Feature) -> tuple[pd.Series, list[str]]:
    if feature.category:
        frequent = [str(text) for text in column.value_counts().index[:_MOST_LEVELS]]
        text = column.astype("str")
        return text.where(text.isin(frequent), "other").where(column.notna(), "not known"), [
            *frequent,
            "other",
            "not known",
        ]
    edges = np.unique(column.quantile(_QUARTERS).dropna())
    if not len(edges):
        return pd.Series("not known", index=column.index), ["not known"]
    names = [f"up to {edges[0]:,g}", *(f"above {edge:,g}" for edge in edges)]
    place = np.searchsorted(edges, column.fillna(0).to_numpy(np.float64))
    return pd.Series(np.array(names)[place]).where(column.notna(), "not known"), [*names, "not known"]

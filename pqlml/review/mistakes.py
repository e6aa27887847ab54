"""Where a definition errs: false positives among the flagged, false negatives among the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.explain.reasons import as_value
from pqlml.explain.statements import statement
from pqlml.language import ENGLISH, language
from pqlml.review.association import Bools, Ints
from pqlml.review.effect import Z95
from pqlml.review.flags import Flags
from pqlml.review.reviewed import Apart, Errors, Example
from pqlml.review.slices import Slice, find_slices, halves
from pqlml.times import iso

_EXAMPLES: Final = 5
_PARTS: Final = 8
_FEW: Final = 5


def errors_of(rows: Rows, flags: Flags, place: Ints, wrong: Bools, *, seed: int, best_first: bool) -> Errors:
    """Describe the leads at some rows that were judged wrongly, against those that were judged rightly.

    Parameters
    ----------
    place
        Row of each lead, one per entity.
    best_first
        Whether the examples are those with the highest scores, or the lowest.
    """
    values = rows.values.iloc[place].reset_index(drop=True)
    entity = rows.entity[place].astype(str)
    slices = find_slices(values, rows.features, wrong, halves(entity, seed), seed=seed)
    inside = [found.met(values) for found in slices]
    return Errors(
        len(place),
        int(wrong.sum()),
        slices,
        {str(found): tuple(_unused(found, flags)) for found in slices},
        tuple(_apart(flags, place, wrong)),
        tuple(_examples(rows, flags, place, wrong, slices, inside, best_first=best_first)),
    )


def _unused(found: Slice, flags: Flags) -> Iterator[str]:
    """Yield the features of a slice that have no part in the score."""
    for condition in found.conditions:
        if condition.feature.group not in flags.used:
            yield condition.feature.name


def _apart(flags: Flags, place: Ints, wrong: Bools) -> list[Apart]:
    """Compare the parts of the score of wrong and right leads, farthest apart first."""
    number = (int(wrong.sum()), int((~wrong).sum()))
    if min(number) < _FEW:
        return []
    told: list[tuple[float, Apart]] = []
    for name, column in flags.parts.iloc[place].items():
        values = column.to_numpy(np.float64)
        one, other = values[wrong], values[~wrong]
        error = math.sqrt(one.var(ddof=1) / number[0] + other.var(ddof=1) / number[1])
        apart = float(one.mean() - other.mean())
        if error > 0 and abs(apart) > Z95 * error:
            interval = (apart, apart - Z95 * error, apart + Z95 * error)
            found = Apart(str(name), flags.dimensions[str(name)], float(one.mean()), float(other.mean()), interval)
            told.append((abs(apart) / error, found))
    told.sort(key=lambda item: -item[0])
    return [found for _, found in told[:_PARTS]]


def _examples(
    rows: Rows,
    flags: Flags,
    place: Ints,
    wrong: Bools,
    slices: Sequence[Slice],
    inside: Sequence[Bools],
    *,
    best_first: bool,
) -> Iterator[Example]:
    """Yield some wrong leads, those in slices first."""
    in_slices = np.sum(inside, axis=0) if inside else np.zeros(len(place))
    score = flags.score[place]
    among = rows.values.iloc[place]
    rarity = _rarity(rows, among)
    order = np.lexsort((rows.entity[place].astype(str), -score if best_first else score, -in_slices))
    for number in [one for one in order if wrong[one]][:_EXAMPLES]:
        row = place[number]
        yield Example(
            str(rows.entity[row]),
            iso(pd.Timestamp(rows.keys["cutoff"].iloc[row]).to_pydatetime()),
            str(flags.tier[row]),
            float(flags.score[row]),
            tuple(str(found) for found, met in zip(slices, inside, strict=True) if met[number]),
            tuple(_facts(rows, flags, row, rarity.iloc[number])),
        )


def _rarity(rows: Rows, among: pd.DataFrame) -> pd.DataFrame:
    """Return lead x what it did how often: the share of the leads that did it less often; null for what it did not."""
    counted = [feature.name for feature in rows.features if feature.aggregate in ("count", "early")]
    values = among[counted].astype("float64")
    below = (values.rank(method="min") - 1) / max(len(values), 1)
    return below.where(values > 0)


def _facts(rows: Rows, flags: Flags, row: int, rarity: pd.Series[float]) -> Iterator[str]:
    """Yield what speaks for a lead most in its score, and by what it stands out most, each once."""
    features = {feature.name: feature for feature in rows.features}
    parts = flags.parts.iloc[row]
    strongest = [flags.told_by[str(parts.idxmax())]] if len(parts) and parts.max() > 0 else []
    known = rarity.dropna()
    rarest = [features[str(known.idxmax())]] if len(known) else []
    values = rows.values.iloc[row]
    told = [statement(feature, as_value(values[feature.name]), language(ENGLISH)) for feature in [*strongest, *rarest]]
    yield from dict.fromkeys(told)

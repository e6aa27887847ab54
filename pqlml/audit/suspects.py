"""Columns that tell too well, and by what: being known, a text, a date, happening at all, or the value itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pqlml.audit.columns import Bools, Codes, Column
from pqlml.audit.regions import Region, known_region, pure_region, telling_region
from pqlml.audit.strength import Strength

Nature = Literal["known", "text", "date", "happened", "value"]

_PROVEN_MORE = 0.7
"""How much further a column has to go whose value is that of the cutoff."""
_NEARLY = 0.25
_MOSTLY = 0.9
_SOMETIMES = 0.2


@dataclass(frozen=True)
class Suspect:
    """A column that alone tells winners from others better than an honest column can.

    Attributes
    ----------
    certain
        Whether it is beyond what is plausible, rather than close to it.
    region
        The plainest set of values that shows it.
    """

    column: Column
    nature: Nature
    certain: bool
    strength: Strength
    region: Region


def find_suspect(column: Column, strength: Strength, label: Bools, entity: Codes, *, proven: bool) -> Suspect | None:
    """Return what is to be held against a column by its figures alone, or null."""
    pure = pure_region(column, label, entity) if not proven else None
    excess = strength.excess - (_PROVEN_MORE if proven else 0)
    certain = pure is not None or excess >= 0
    if not certain and (column.ordered or proven or excess < -_NEARLY):
        return None
    region = pure if pure is not None and strength.excess < 0 else telling_region(column, label)
    if len(region.inside) != len(label):  # it was found over entities
        region = telling_region(column, label)
    return Suspect(column, _nature(column, label, region), certain, strength, region)


def _nature(column: Column, label: Bools, region: Region) -> Nature:
    known = known_region(column, label)
    if region.by_missing or (known is not None and _as_good(known, region)):
        return "known"
    if column.kind == "date":
        return "date"
    if not column.ordered:
        return "text"
    values = column.numbers[column.known]
    usual = float((values == 0).mean())
    whole = bool((values == np.floor(values)).all()) and float(values.min()) == 0
    return "happened" if whole and usual >= _SOMETIMES and column.distinct > 2 else "value"  # noqa: PLR2004 - a flag has two


def _as_good(known: Region, region: Region) -> bool:
    """Tell whether being known says nearly as much as the values do."""
    return (
        known.winners_share - known.others_share >= _MOSTLY * (region.winners_share - region.others_share)
        and known.rate >= _MOSTLY * region.rate
    )

"""The account of pairs: those asked for are those labelled plus those dropped, by reason and by cutoff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pqlml.schema import DropReason
from pqlml.times import iso

DROP_REASONS: tuple[str, ...] = get_args(DropReason)


@dataclass(frozen=True)
class PairCount:
    """The pairs of one cutoff, or of one month.

    Attributes
    ----------
    start
        The cutoff, or the first instant of the month; null where pairs have no cutoff (unknown sign-up, no times).
    labelled
        Pairs that were kept: with a label, or to be scored.
    conversions
        Pairs with label 1; 0 when scoring.
    dropped
        Reason -> pairs; reasons without a pair are left out.
    """

    start: dt.datetime | None
    labelled: int
    conversions: int
    dropped: Mapping[str, int]

    @property
    def total(self) -> int:
        """Pairs that were asked for."""
        return self.labelled + sum(self.dropped.values())


@dataclass(frozen=True)
class PairAccount:
    """Where every pair of entity and cutoff that was asked for ended up.

    Attributes
    ----------
    per
        What a part is about: one cutoff each, or one month each where cutoffs are too many to list.
    parts
        In the order of time.
    """

    per: Literal["cutoff", "month"]
    parts: tuple[PairCount, ...]

    @property
    def labelled(self) -> int:
        """Pairs that were kept."""
        return sum(part.labelled for part in self.parts)

    @property
    def conversions(self) -> int:
        """Pairs with label 1."""
        return sum(part.conversions for part in self.parts)

    @property
    def dropped(self) -> dict[str, int]:
        """Reason -> pairs, in the order in which reasons are tried."""
        return _in_order(_added(part.dropped for part in self.parts))

    @property
    def total(self) -> int:
        """Pairs that were asked for: labelled + dropped."""
        return self.labelled + sum(self.dropped.values())

    def by_month(self) -> PairAccount:
        """Return the same account with a part per calendar month."""
        months: dict[dt.datetime | None, list[PairCount]] = {}
        for part in self.parts:
            months.setdefault(month(part.start), []).append(part)
        return PairAccount("month", tuple(_together(start, parts) for start, parts in months.items()))

    def as_dict(self) -> dict[str, Any]:
        """Return the account as plain data, as it is written to JSON; all counts are whole pairs."""
        return {
            "total": self.total,
            "labelled": self.labelled,
            "conversions": self.conversions,
            "dropped": self.dropped,
            "per": self.per,
            "by_cutoff": [
                {
                    "cutoff": None if part.start is None else iso(part.start),
                    "total": part.total,
                    "labelled": part.labelled,
                    "conversions": part.conversions,
                    "dropped": dict(part.dropped),
                }
                for part in self.parts
            ],
        }


def pair_account(rows: Iterable[Mapping[str, Any]], per: Literal["cutoff", "month"] = "cutoff") -> PairAccount:
    """Make the account from counts.

    Parameters
    ----------
    rows
        One mapping per cutoff (or month) and reason, in any order: ``start``, ``reason`` (null = labelled), ``pairs``,
        ``conversions``.
    """
    parts: dict[dt.datetime | None, list[PairCount]] = {}
    for row in rows:
        kept = row["reason"] is None
        dropped = {} if kept else {str(row["reason"]): int(row["pairs"])}
        labelled, conversions = (int(row[name]) if kept else 0 for name in ("pairs", "conversions"))
        count = PairCount(row["start"], labelled, conversions, dropped)
        parts.setdefault(row["start"], []).append(count)
    in_time = sorted(parts, key=lambda start: start or dt.datetime.min)
    return PairAccount(per, tuple(_together(start, parts[start]) for start in in_time))


def month(instant: dt.datetime | None) -> dt.datetime | None:
    """Return the first instant of the month."""
    return None if instant is None else dt.datetime(instant.year, instant.month, 1)


def _together(start: dt.datetime | None, parts: Iterable[PairCount]) -> PairCount:
    parts = list(parts)
    return PairCount(
        start,
        sum(part.labelled for part in parts),
        sum(part.conversions for part in parts),
        _in_order(_added(part.dropped for part in parts)),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for reason, pairs in count.items():
            total[reason] = total.get(reason, 0) + pairs
    return total


def _in_order(dropped: Mapping[str, int]) -> dict[str, int]:
    order = [*DROP_REASONS, *(reason for reason in dropped if reason not in DROP_REASONS)]
    return {reason: dropped[reason] for reason in order if reason in dropped}

"""Where in a column the winners are: the plainest set of values that shows it, or holds only them.

A set is a description, which rows are in it, and whether it is only about being known or missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from pqlml.audit.columns import Bools, Codes, Column, Floats
from pqlml.audit.strength import is_static, separation

_EDGES = 32
_SHOWN = 4
_FEWEST_WINNERS = 10
_ALPHA = 0.05
_PURE_RATE, _PURE_RATIO = 0.75, 50
"""At least so many of a pure set win, and winners are in it so many times as often as others; both lower bounds."""


@dataclass(frozen=True)
class Region:
    """A set of values of a column, and who has them.

    Attributes
    ----------
    words
        The set, as in "is at least 5".
    inside
        Which rows have such a value.
    by_missing
        Whether it is only about being known or missing.
    rows, winners
        Rows inside, and those of them that convert.
    """

    words: str
    inside: Bools
    by_missing: bool
    rows: int
    winners: int
    winners_share: float
    others_share: float

    @property
    def rate(self) -> float:
        """Conversion rate inside."""
        return self.winners / self.rows

    def told(self, column: str, base_rate: float) -> str:
        """Tell it in one sentence."""
        return (
            f"where {column!r} {self.words}, {self.winners:,} of {self.rows:,} rows convert ({self.rate:.1%}; "
            f"{base_rate:.1%} of all do): {self.winners_share:.1%} of the winners and {self.others_share:.2%} of the "
            f"others"
        )

    def numbers(self) -> dict[str, float]:
        """Return the figures by name."""
        return {
            "rate_inside": self.rate,
            "rows_inside": float(self.rows),
            "share_of_winners": self.winners_share,
            "share_of_others": self.others_share,
        }


def telling_region(column: Column, label: Bools) -> Region:
    """Return the plainest set of values that sets winners apart best."""
    sets = _candidates(column, label)
    candidates = [_region(label, words, inside, by_missing=gap) for words, inside, gap in sets]
    return max(candidates, key=lambda region: _apart(region, label))


def known_region(column: Column, label: Bools) -> Region | None:
    """Return the better of "is known" and "is missing", or null if all or none are known."""
    if column.known.all() or not column.known.any():
        return None
    sides = [_region(label, words, inside, by_missing=True) for words, inside in _sides(column)]
    return max(sides, key=lambda region: region.rate)


def pure_region(column: Column, label: Bools, entity: Codes) -> Region | None:
    """Return a set that holds hardly anybody but winners, or null.

    Sets that mean something by themselves are tried: known, missing, any but the usual value, one category. The far end
    of a count is none: few have it, and of an honest one they may all convert.
    """
    if is_static(column, entity):
        _, first = np.unique(entity, return_index=True)
        whole = np.bincount(entity, weights=label) > 0
        return pure_region(column.take(first), whole, np.arange(len(first)))
    found = [_region(label, words, inside, by_missing=gap) for words, inside, gap in _plain_sets(column)]
    pure = [region for region in found if _is_pure(region, label, entity)]
    return max(pure, key=lambda region: region.winners, default=None)


def _is_pure(region: Region, label: Bools, entity: Codes) -> bool:
    hits = len(np.unique(entity[region.inside & label]))
    misses = len(np.unique(entity[region.inside & ~label]))
    if hits < _FEWEST_WINNERS:
        return False
    winners, others = len(np.unique(entity[label])), len(np.unique(entity[~label]))
    rate = float(betaincinv(hits, misses + 1, _ALPHA))
    among_winners = float(betaincinv(hits, winners - hits + 1, _ALPHA))
    among_others = float(betaincinv(misses + 1, max(others - misses, 1), 1 - _ALPHA))
    return rate >= _PURE_RATE and among_winners / among_others >= _PURE_RATIO


def _sides(column: Column) -> Iterator[tuple[str, Bools]]:
    yield "is known", column.known
    yield "is missing", ~column.known


def _plain_sets(column: Column) -> Iterator[tuple[str, Bools, bool]]:
    if not column.known.all():
        yield from ((words, inside, True) for words, inside in _sides(column))
    if column.kind == "category":
        for code, text in enumerate(column.texts):
            yield f"is {text!r}", column.numbers == code, False
    elif column.ordered and column.known.any():
        values, counts = np.unique(column.numbers[column.known], return_counts=True)
        usual = values[int(np.argmax(counts))]
        yield f"is not {column.shown(usual)}", column.known & (column.numbers != usual), False


def _candidates(column: Column, label: Bools) -> Iterator[tuple[str, Bools, bool]]:
    yield from _plain_sets(column)
    if column.kind == "category":
        yield from _unions(column, label)
        return
    if not column.known.any():
        return
    edges = np.unique(np.quantile(column.numbers[column.known], np.linspace(0, 1, _EDGES)))
    for edge in edges:
        yield f"is at least {column.shown(edge)}", column.known & (column.numbers >= edge), False
        yield f"is at most {column.shown(edge)}", column.known & (column.numbers <= edge), False


def _unions(column: Column, label: Bools) -> Iterator[tuple[str, Bools, bool]]:
    """Add categories up, the one of the highest rate first."""
    codes = np.where(column.known, column.numbers, len(column.texts)).astype(np.int64)
    size = np.bincount(codes, minlength=len(column.texts) + 1)
    rate = np.bincount(codes, weights=label, minlength=len(size)) / np.maximum(size, 1)
    order = [int(code) for code in np.argsort(-rate, kind="stable") if size[code]]
    names = [repr(column.texts[code]) if code < len(column.texts) else "missing" for code in order]
    for number in range(2, len(order)):
        shown = ", ".join(names[: min(number, _SHOWN)]) + (" or another" if number > _SHOWN else "")
        yield f"is one of {shown}", np.isin(codes, order[:number]), False


def _region(label: Bools, words: str, inside: Bools, *, by_missing: bool) -> Region:
    rows, winners = int(inside.sum()), int((inside & label).sum())
    everyone, all_winners = len(label), int(label.sum())
    return Region(
        words, inside, by_missing, rows, winners, winners / all_winners, (rows - winners) / (everyone - all_winners)
    )


def _apart(region: Region, label: Bools) -> float:
    winners, others = int(label.sum()), int((~label).sum())
    above: Floats = np.array([np.clip(region.winners_share, 0.5 / winners, 1 - 0.5 / winners)])
    beside: Floats = np.array([np.clip(region.others_share, 0.5 / others, 1 - 0.5 / others)])
    return float(separation(above, beside, winners, others)[0]) if region.rows else -np.inf

"""A line as trees of steps, so that a booster can begin with it and stay a plain sum of trees.

Each column's part of the line becomes one tree that reads this column alone: its shares are then those of the steps,
and whatever explains or stores trees needs to know nothing of lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from pqlml.model.line import Column, Line

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]

_MOST_STEPS: Final = 31
"""With the one of missing numbers 32, as many leaves as :mod:`pqlml.model.forest` counts quickest."""
_BEYOND: Final = 1e300
"""Every number is at most this: a split there tells numbers from missing ones."""
_ZERO: Final = float(np.float32(1e-35))
"""LightGBM's own threshold between 0 and what is above it; some readers of its format take 0 for none."""
_NEGLIGIBLE: Final = 1e-12
_NUMBER, _CATEGORY, _LEFT_IF_MISSING = 8, 9, 2
"""LightGBM's codes of a split whose missing values are NaN: on a number, on a category, and what is added if these go
left."""
_SIZES: Final = re.compile(r"\ntree_sizes=[^\n]*")
_VALUES: Final = re.compile(r"(?<=\n)(leaf_value|internal_value)=([^\n]*)")


@dataclass(frozen=True)
class Steps:
    """What one column adds, in steps.

    Attributes
    ----------
    place
        Position of the column.
    edges
        Of a number: a value belongs to step ``k`` if it is above ``edges[k - 1]`` and at most ``edges[k]``. Of a
        category: its levels, each a step; the last step is that of all others, and of missing ones.
    added
        What each step adds, one more than edges.
    rows
        Training rows in each step.
    missing
        What a missing number adds; null where none was missing, so that the step ``typical`` stands in for it.
    typical
        Step of the column's middle.
    """

    place: int
    edges: Floats
    added: Floats
    rows: Floats
    category: bool = False
    missing: float | None = None
    missing_rows: float = 0.0
    typical: int = 0

    def of(self, values: Floats) -> Floats:
        """Return what each value adds."""
        if self.category:
            step = np.searchsorted(self.edges, values)
            known = self.edges[np.minimum(step, len(self.edges) - 1)] == values
            return np.asarray(self.added[np.where(known, step, len(self.edges))])
        found = self.added[np.searchsorted(self.edges, values)]
        unknown = np.isnan(values)
        return np.where(unknown, self.added[self.typical] if self.missing is None else self.missing, found)


@dataclass(frozen=True)
class Stairs:
    """A line in steps: an intercept and, for each column that matters, what it adds."""

    intercept: float
    columns: tuple[Steps, ...]

    def margin(self, matrix: Floats) -> Floats:
        """Return the log-odds, one per row."""
        found = np.full(len(matrix), self.intercept)
        for column in self.columns:
            found += column.of(matrix[:, column.place])
        return found

    def before(self, *boosters: lgb.Booster, others: Sequence[tuple[float, Sequence[str]]] = ()) -> lgb.Booster:
        """Return a booster whose trees are these steps, and then the mean of what each of ``boosters`` says.

        Trees of several boosters take turns: the first of each, the second of each, and so on. One that has fewer adds
        nothing in the turns that are left.

        Parameters
        ----------
        others
            Further sums of trees, each with its factor, which follow the steps. The factors together are the part of
            the whole that steps and boosters leave to them.
        """
        head, *_, end = _parts(boosters[0])
        left = 1 - sum(by for by, _ in others)
        forests = [_times(left / len(boosters), tree_texts(booster)) for booster in boosters]
        turns = zip_longest(*forests, fillvalue=_leaf(0.0))
        steps = [_leaf(self.intercept), *(_tree(column) for column in self.columns)]
        more = chain.from_iterable(_times(by, trees) for by, trees in others)
        return _booster(head, [*_times(left, steps), *more, *chain.from_iterable(turns)], end)


def mean_of(stairs: Sequence[Stairs]) -> Stairs:
    """Return the mean of what several say; one may be there several times, and each has columns of its own, or none."""
    counts = Counter(map(id, stairs))
    distinct = {id(one): one for one in stairs}
    shares = [(counts[key] / len(stairs), one) for key, one in distinct.items()]
    columns = (
        replace(column, added=share * column.added, missing=None if column.missing is None else share * column.missing)
        for share, one in shares
        for column in one.columns
    )
    return Stairs(sum(share * one.intercept for share, one in shares), tuple(columns))


def _parts(booster: lgb.Booster) -> list[str]:
    """Return what LightGBM writes before the trees, the trees, and what it writes after them."""
    text, end, tail = booster.model_to_string().partition("\nend of trees")
    head, *trees = text.split("\nTree=")
    return [head, *(tree.split("\n", 1)[1] for tree in trees), end + tail]


def tree_texts(booster: lgb.Booster) -> list[str]:
    """Return the trees of a booster in LightGBM's words."""
    return _parts(booster)[1:-1]


def _times(share: float, trees: Sequence[str]) -> Sequence[str]:
    """Scale what trees say."""
    return trees if share == 1 else [_VALUES.sub(partial(_scaled, share), tree) for tree in trees]


def times(booster: lgb.Booster, factors: Sequence[float] | Floats) -> lgb.Booster:
    """Return a booster whose trees say so many times as much, one factor per tree; those of 0 are left out."""
    head, *trees, end = _parts(booster)
    return _booster(head, [_times(by, [tree])[0] for tree, by in zip(trees, factors, strict=True) if by], end)


def _booster(head: str, trees: Iterable[str], end: str) -> lgb.Booster:
    """Read what was written."""
    import lightgbm as lgb

    numbered = "".join(f"\nTree={number}\n{tree.strip()}\n\n" for number, tree in enumerate(trees))
    # Without the sizes LightGBM reads the trees one after the other.
    return lgb.Booster(model_str=f"{_SIZES.sub('', head)}{numbered}{end}")


def _scaled(share: float, found: re.Match[str]) -> str:
    return f"{found[1]}={_text([share * float(value) for value in found[2].split()])}"


def stairs_of(line: Line, matrix: Floats, directions: Sequence[int]) -> Stairs:
    """Turn a line into steps between the values of these rows; a column against its direction adds nothing."""
    columns = []
    for place, (column, direction) in enumerate(zip(line.columns, directions, strict=True)):
        kept = replace(column, weight=0.0) if column.weight * direction < 0 else column
        values = matrix[:, place]
        made = _levels(place, kept, values) if kept.levels is not None else _steps(place, kept, values, line.farthest)
        if made is not None and max(np.ptp(made.added), abs(made.added).max(), abs(made.missing or 0)) > _NEGLIGIBLE:
            columns.append(made)
    return Stairs(line.intercept, tuple(columns))


def _steps(place: int, column: Column, values: Floats, farthest: float) -> Steps | None:
    unknown = np.isnan(values)
    known = values[~unknown]
    if len(known) == 0:
        return None
    distinct = np.unique(known)
    edges = distinct[:-1]
    if len(edges) >= _MOST_STEPS:
        edges = edges[np.linspace(0, len(edges) - 1, _MOST_STEPS - 1).astype(int)]
    step = np.searchsorted(edges, known)
    rows = np.bincount(step, minlength=len(edges) + 1).astype(np.float64)
    added = np.bincount(step, column.added(known, farthest), minlength=len(edges) + 1) / rows
    missing = column.missing if unknown.any() else None
    typical = int(np.searchsorted(edges, column.centre))
    return Steps(place, edges, added, rows, missing=missing, missing_rows=float(unknown.sum()), typical=typical)


def _levels(place: int, column: Column, values: Floats) -> Steps | None:
    levels: Mapping[float, float] = column.levels or {}
    if not levels:
        return None
    edges = np.array(sorted(levels))
    counts = [float((values == level).sum()) for level in edges]
    others = len(values) - sum(counts)
    if len(values) in {*counts, others}:
        return None  # a category that is always the same tells nobody from anybody
    rows = np.maximum(np.array([*counts, others]), 1.0)  # shares divide by the rows of a leaf
    return Steps(place, edges, np.array([*(levels[level] for level in edges), 0.0]), rows, category=True)


@dataclass(frozen=True)
class _Split:
    """One inner node in LightGBM's words; children are inner nodes from 0 on, leaves ``-1 - leaf``."""

    threshold: float
    kind: int
    left: int
    right: int
    rows: float
    members: tuple[int, ...] = ()


def _tree(column: Steps) -> str:
    """Write a balanced tree of the steps as LightGBM does."""
    splits: list[_Split | None] = []

    def grow(first: int, last: int) -> int:
        """Add the nodes of the steps ``first`` to ``last``; return the topmost."""
        if first == last:
            return -1 - first
        place, middle = len(splits), (first + last) // 2
        splits.append(None)
        left, right = grow(first, middle), grow(middle + 1, last)
        rows = float(column.rows[first : last + 1].sum())
        if column.category:
            members = tuple(int(level) for level in column.edges[first : middle + 1])
            splits[place] = _Split(0.0, _CATEGORY, left, right, rows, members)
        else:
            to_left = _LEFT_IF_MISSING if column.typical <= middle else 0
            splits[place] = _Split(float(column.edges[middle]) or _ZERO, _NUMBER + to_left, left, right, rows)
        return place

    added, rows = column.added, column.rows
    if column.missing is not None:
        splits.append(None)
        top = grow(0, len(added) - 1)
        added, rows = np.append(added, column.missing), np.append(rows, column.missing_rows)
        splits[0] = _Split(_BEYOND, _NUMBER, top, -len(added), float(rows.sum()))
    else:
        grow(0, len(added) - 1)
    if not splits:
        return _leaf(float(added[0]))
    return "\n".join(_lines(column.place, [split for split in splits if split is not None], added, rows))


def _lines(place: int, splits: Sequence[_Split], added: Floats, rows: Floats) -> Iterator[str]:
    sets = [split.members for split in splits if split.members]
    words = [_words(members) for members in sets]
    bounds = np.cumsum([0, *map(len, words)])
    number = iter(range(len(sets)))
    threshold = [float(next(number)) if split.members else split.threshold for split in splits]
    yield f"num_leaves={len(added)}"
    yield f"num_cat={len(sets)}"
    yield f"split_feature={_text([place] * len(splits))}"
    yield f"split_gain={_text([0] * len(splits))}"
    yield f"threshold={_text(threshold)}"
    yield f"decision_type={_text([split.kind for split in splits])}"
    yield f"left_child={_text([split.left for split in splits])}"
    yield f"right_child={_text([split.right for split in splits])}"
    yield f"leaf_value={_text(added)}"
    yield f"leaf_weight={_text(rows)}"
    yield f"leaf_count={_text(rows.astype(int))}"
    yield f"internal_value={_text([0] * len(splits))}"
    yield f"internal_weight={_text([split.rows for split in splits])}"
    yield f"internal_count={_text([int(split.rows) for split in splits])}"
    if sets:
        yield f"cat_boundaries={_text(bounds)}"
        yield f"cat_threshold={_text([word for some in words for word in some])}"
    yield "is_linear=0"
    yield "shrinkage=1"


def _leaf(value: float) -> str:
    """Write a tree that says the same of every row."""
    return f"num_leaves=1\nnum_cat=0\nleaf_value={value!r}\nis_linear=0\nshrinkage=1"


def _words(members: Sequence[int]) -> list[int]:
    """Return a set as the bits of 32-bit words."""
    found = [0] * (max(members) // 32 + 1)
    for member in members:
        found[member // 32] |= 1 << member % 32
    return found


def _text(values: Sequence[float] | npt.NDArray[np.generic]) -> str:
    return " ".join(repr(value.item() if isinstance(value, np.generic) else value) for value in values)

"""A booster's trees laid out for the kernel: columns of codes, splits with masks of leaves, leaves' values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]

Missing = Literal["left", "right", "zero"]
"""Where a missing number goes; ``zero``: where 0 goes, in a column that had none missing in training."""

_CATEGORY, _TO_LEFT = 1, 2
_AS_ZERO, _AS_NAN = 0, 2
_SMALL, _LARGE = 32, 64
MAGIC: Final = {_SMALL: 0x077CB531, _LARGE: 0x03F79D71B4CB0A89}
"""De Bruijn numbers: a power of two times it has another beginning for each power, which is where its leaf is kept."""


class Columns(NamedTuple):
    """Columns of codes, each a way to read a feature.

    Attributes
    ----------
    feature
        Which column of the matrix.
    first, edges
        Column ``k`` has the edges from ``first[k]`` to ``first[k + 1]``; a number's code is how many of them lie below
        it.
    missing
        The code of a missing number, or of a missing or unseen category.
    category
        Whether the code is the category itself.
    """

    feature: Codes
    first: Codes
    edges: Floats
    missing: Codes
    category: Flags


class Splits(NamedTuple):
    """Inner nodes, tree by tree.

    Attributes
    ----------
    first
        Tree ``t`` has the splits from ``first[t]`` to ``first[t + 1]``.
    column, code
        A row goes left if its code in that column is at most this.
    lookup_from, lookup
        Of a category: ``lookup[lookup_from + code]`` tells whether it goes left; -1 for a number.
    kept
        The leaves that are left to a row that goes right, as bits.
    """

    first: Codes
    column: Codes
    code: Codes
    lookup_from: Codes
    lookup: Flags
    kept: Masks


@dataclass(frozen=True)
class Plan:
    """All that the kernel needs.

    Attributes
    ----------
    value
        Shape (trees, width): a tree's leaves from left to right are its bits from the lowest on, each at the place that
        :data:`MAGIC` says.
    width
        Most leaves that a tree may have: 32 or 64.
    """

    columns: Columns
    splits: Splits
    value: Floats
    width: int


def plan_of(booster: lgb.Booster, first: int = 0, trees: int | None = None) -> Plan | None:
    """Lay out the trees that a booster predicts with; null where they are not a sum of plain trees of few leaves.

    Parameters
    ----------
    first, trees
        Take part of the trees only: so many, from this one on.
    """
    used = trees if trees is not None else booster.best_iteration if booster.best_iteration > 0 else None
    head, *blocks = booster.model_to_string(num_iteration=used, start_iteration=first).split("\nTree=")
    facts = dict(_pairs(head))
    if facts.get("num_tree_per_iteration", "1") != "1" or "\naverage_output" in head:
        return None
    read = [dict(_pairs(block)) for block in blocks]
    most = max((int(tree["num_leaves"]) for tree in read), default=1)
    if most > _LARGE or any(tree.get("is_linear", "0") != "0" for tree in read):
        return None
    made = _Made(_SMALL if most <= _SMALL else _LARGE)
    for tree in read:
        if not made.add(tree):
            return None
    return made.plan()


@dataclass
class _Made:
    """What has been laid out so far; edges are known once all trees are."""

    width: int
    columns: dict[tuple[int, Missing | None], list[float]] = field(default_factory=dict)
    column: list[tuple[int, Missing | None]] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    members: list[frozenset[int] | None] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=lambda: [0])
    value: list[Floats] = field(default_factory=list)

    def add(self, tree: dict[str, str]) -> bool:
        """Add a tree; false where it reads zeros as missing."""
        values = np.array(tree["leaf_value"].split(), dtype=np.float64)
        order: list[int] = [0]
        left_leaves: list[int] = []
        if len(values) > 1:
            left, right = (tree[name].split() for name in ("left_child", "right_child"))
            order, left_leaves = _leaves([int(child) for child in left], [int(child) for child in right])
            kinds, thresholds = tree["decision_type"].split(), tree["threshold"].split()
            for feature, kind, threshold in zip(tree["split_feature"].split(), kinds, thresholds, strict=True):
                if not self._add_split(tree, int(feature), int(kind), float(threshold)):
                    return False
        all_leaves = (1 << self.width) - 1
        self.kept += [all_leaves & ~mask for mask in left_leaves]
        self.first.append(len(self.column))
        placed = np.zeros(self.width)
        placed[_places(self.width)[: len(values)]] = values[order]
        self.value.append(placed)
        return True

    def plan(self) -> Plan:
        """Give each column its edges, each split its code."""
        keys = list(self.columns)
        edges = [np.unique(self.columns[key]) for key in keys]
        number = {key: place for place, key in enumerate(keys)}
        column = np.array([number[key] for key in self.column], dtype=np.int32)
        code, lookup_from, lookup = np.zeros(len(column), np.int32), np.full(len(column), -1, np.int32), [np.zeros(0)]
        filled = 0
        for split, (place, threshold, members) in enumerate(zip(column, self.threshold, self.members, strict=True)):
            if members is None:
                code[split] = np.searchsorted(edges[place], threshold)
                continue
            goes_left = np.zeros(int(edges[place][-1]) + 2)
            goes_left[list(members)] = 1
            lookup.append(goes_left)
            lookup_from[split], filled = filled, filled + len(goes_left)
        missing = [_missing_code(kind, found) for (_, kind), found in zip(keys, edges, strict=True)]
        return Plan(
            Columns(
                np.array([feature for feature, _ in keys], dtype=np.int32),
                np.cumsum([0, *map(len, edges)], dtype=np.int32),
                np.concatenate([np.zeros(0), *edges]),
                np.array(missing, dtype=np.int32),
                np.array([kind is None for _, kind in keys], dtype=np.uint8),
            ),
            Splits(
                np.array(self.first, dtype=np.int32),
                column,
                code,
                lookup_from,
                np.concatenate(lookup).astype(np.uint8),
                np.array(self.kept, np.uint32) if self.width == _SMALL else np.array(self.kept, np.uint64),
            ),
            np.array(self.value).reshape(len(self.value), self.width),
            self.width,
        )

    def _add_split(self, tree: dict[str, str], feature: int, kind: int, threshold: float) -> bool:
        """Add a split; false where it reads zeros as missing."""
        if kind & _CATEGORY:
            members = _members(tree, int(threshold))
            key: tuple[int, Missing | None] = (feature, None)
            self.columns.setdefault(key, [0.0]).append(float(max(members)))
            self.members.append(members)
        else:
            if kind >> 2 not in {_AS_ZERO, _AS_NAN}:
                return False
            key = (feature, "zero" if kind >> 2 == _AS_ZERO else "left" if kind & _TO_LEFT else "right")
            self.columns.setdefault(key, []).append(threshold)
            self.members.append(None)
        self.column.append(key)
        self.threshold.append(threshold)
        return True


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\n"):
        name, sign, content = line.partition("=")
        if sign:
            yield name, content
        elif name == "end of trees":
            return


def _leaves(left: list[int], right: list[int]) -> tuple[list[int], list[int]]:
    """Return the leaves from left to right, and for each inner node those on its left side, as bits."""
    order: list[int] = []
    masks = [0] * len(left)
    # A node is on the stack twice: before and after its left side, of which it then knows the leaves.
    stack, before = [(0, -1)], 0
    while stack:
        node, before = stack.pop()
        if node < 0:
            order.append(-1 - node)
        elif before < 0:
            stack += [(node, len(order)), (left[node], -1)]
        else:
            masks[node] = (1 << len(order)) - (1 << before)
            stack.append((right[node], -1))
    return order, masks


def _places(width: int) -> npt.NDArray[np.int64]:
    """Return where the kernel finds the leaf of each bit."""
    bits = width.bit_length() - 1
    return np.array([((1 << bit) * MAGIC[width] % (1 << width)) >> (width - bits) for bit in range(width)])


def _members(tree: dict[str, str], number: int) -> frozenset[int]:
    """Return the categories of a set, which LightGBM stores as bits of 32-bit words."""
    bounds = [int(bound) for bound in tree["cat_boundaries"].split()]
    words = [int(word) for word in tree["cat_threshold"].split()[bounds[number] : bounds[number + 1]]]
    return frozenset(32 * place + bit for place, word in enumerate(words) for bit in range(32) if word >> bit & 1)


def _missing_code(kind: Missing | None, edges: Floats) -> int:
    if kind is None:
        return int(edges[-1]) + 1
    return {"left": -1, "right": len(edges), "zero": int(np.searchsorted(edges, 0.0))}[kind]

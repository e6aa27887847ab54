"""A forest as flat arrays, with a table per group of leaves: what the compiled loop walks over."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pqlml.explain.trees.codes import Coding, goes_left
from pqlml.explain.trees.forest import Column, Doubles, Forest, Integers
from pqlml.explain.trees.groups import Group, cut
from pqlml.explain.trees.single import Singles, plan_singles, set_apart
from pqlml.explain.trees.tables import add_leaf, quadrature

MOST_BITS = 11
"""A table has a column per combination of bits: at most 2,048, so that a row of it fits the fastest cache."""
FEWEST_BITS = 1
_AT_ONCE = 50
"""Groups that a thread fills before it asks for more."""


class Splits(NamedTuple):
    """The splits of all trees; those of tree ``k`` are ``start[k]:start[k + 1]``.

    Attributes
    ----------
    column, code, missing
        Column of the codes that a split reads, the highest code that goes left, and whether missing numbers do.
    lookup_from, lookup
        For categories, where the codes' lookup begins (-1 for numbers), which tells whether a code goes left.
    """

    start: Integers
    column: Integers
    code: Integers
    missing: Integers
    lookup_from: Integers
    lookup: npt.NDArray[np.uint8]


class Groups(NamedTuple):
    """The groups of all trees; ``x_from`` tells where the parts of each begin.

    Attributes
    ----------
    start
        Groups of tree ``k`` are ``start[k]:start[k + 1]``.
    condition_split, condition_flip
        Of each condition of each bit, the split (within its tree), and 1 if one must go right there.
    value
        Of a group that is one long path without a table, the leaf's value; else NaN.
    feature, share
        Features of each group; for a long path in the order of the bits, with the share of each.
    table_from, table
        A row of ``2 ** bits`` per feature, or nothing for a long path.
    """

    start: Integers
    bit_from: Integers
    condition_from: Integers
    condition_split: Integers
    condition_flip: Integers
    value: Doubles
    feature_from: Integers
    feature: Integers
    share: Doubles
    table_from: Integers
    table: Doubles


class Plan(NamedTuple):
    """All that explaining takes: what no feature explains, how values are coded, trees of one column, and others."""

    base: float
    features: int
    coding: Coding
    singles: Singles
    splits: Splits
    groups: Groups


def make_plan(forest: Forest, coding: Coding, memory_limit: int) -> Plan:
    """Plan a forest with tables of at most ``memory_limit`` bytes."""
    base = float(sum(tree.expectation for tree in forest.trees))
    alone, others = set_apart(forest)
    return Plan(
        base,
        forest.features,
        coding,
        plan_singles(alone, coding),
        _plan_splits(others, coding),
        _plan_groups(others, memory_limit),
    )


def save_plan(plan: Plan, folder: Path) -> None:
    """Write a plan into a folder: its arrays, and ``plan.json`` last, which tells that all are there."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "edges": plan.coding.edges,
        "edges_start": plan.coding.start,
        **{f"singles_{name}": array for name, array in plan.singles._asdict().items()},
        **{f"splits_{name}": array for name, array in plan.splits._asdict().items()},
        **{f"groups_{name}": array for name, array in plan.groups._asdict().items()},
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    facts = {"base": plan.base, "features": plan.features, "columns": [asdict(one) for one in plan.coding.columns]}
    (folder / "plan.json").write_text(json.dumps(facts), encoding="utf-8")


def load_plan(folder: Path) -> Plan:
    """Read what :func:`save_plan` wrote; large arrays are read from disk as they are needed."""
    facts = json.loads((folder / "plan.json").read_text(encoding="utf-8"))

    def read(name: str) -> np.ndarray:
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))

    columns = tuple(Column(**column) for column in facts["columns"])
    return Plan(
        facts["base"],
        facts["features"],
        Coding(columns, read("edges"), read("edges_start")),
        Singles(*(read(f"singles_{name}") for name in Singles._fields)),
        Splits(*(read(f"splits_{name}") for name in Splits._fields)),
        Groups(*(read(f"groups_{name}") for name in Groups._fields)),
    )


def _plan_splits(forest: Forest, coding: Coding) -> Splits:
    """Translate the splits into codes."""
    place = {column: number for number, column in enumerate(coding.columns)}
    splits = [split for tree in forest.trees for split in tree.splits]
    column = [place[split.column] for split in splits]
    sides = [goes_left(coding, number, split) for number, split in zip(column, splits, strict=True)]
    before = _starts(len(lookup) for _, lookup in sides)[:-1]
    return Splits(
        start=_starts(len(tree.splits) for tree in forest.trees),
        column=_integers(column),
        code=_integers(code for code, _ in sides),
        missing=_integers(split.default_left and split.members is None for split in splits),
        lookup_from=np.where([len(lookup) > 0 for _, lookup in sides], before, -1),
        lookup=np.concatenate([np.empty(0, np.uint8), *(lookup for _, lookup in sides)]),
    )


def _plan_groups(forest: Forest, memory_limit: int) -> Groups:
    """Cut the forest into groups whose tables fit in so many bytes, and fill the tables."""
    most_bits, groups = _fitting(forest, memory_limit)
    tabled = [len(group.path) + len(group.splits) <= most_bits for group in groups]
    table_from = _starts(group.table_values if kept else 0 for group, kept in zip(groups, tabled, strict=True))
    table = np.zeros(table_from[-1])

    def fill(first: int) -> None:
        for number in range(first, min(first + _AT_ONCE, len(groups))):
            if tabled[number]:
                _fill(groups[number], table[table_from[number] : table_from[number + 1]])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(fill, range(0, len(groups), _AT_ONCE)):
            pass
    trees = np.bincount([group.tree for group in groups], minlength=len(forest.trees))
    bits = [bit for group in groups for bit in group.bits]
    conditions = [condition for bit in bits for condition in bit]
    return Groups(
        start=_starts(trees),
        bit_from=_starts(len(group.bits) for group in groups),
        condition_from=_starts(len(bit) for bit in bits),
        condition_split=_integers(split for split, _ in conditions),
        condition_flip=_integers(not left for _, left in conditions),
        value=np.array([np.nan if kept else group.leaves[0].value for group, kept in zip(groups, tabled, strict=True)]),
        feature_from=_starts(len(group.features) for group in groups),
        feature=_integers(feature for group in groups for feature in group.features),
        share=np.array([group.leaves[0].share.get(name, 1.0) for group in groups for name in group.features]),
        table_from=table_from,
        table=table,
    )


def _fitting(forest: Forest, memory_limit: int) -> tuple[int, list[Group]]:
    for most_bits in range(MOST_BITS, FEWEST_BITS, -1):
        groups, values = [], 0
        for group in cut(forest, most_bits):
            groups.append(group)
            values += group.table_values if len(group.path) + len(group.splits) <= most_bits else 0
            if values * 8 > memory_limit:
                break
        else:
            return most_bits, groups
    return FEWEST_BITS, list(cut(forest, FEWEST_BITS))


def _fill(group: Group, table: Doubles) -> None:
    rows = table.reshape(len(group.features), -1)
    place = {feature: number for number, feature in enumerate(group.features)}
    for leaf in group.leaves:
        masks = [group.mask(leaf, feature) for feature in leaf.conditions]
        add_leaf(
            rows,
            _integers(place[feature] for feature in leaf.conditions),
            _integers(care for care, _ in masks),
            _integers(wanted for _, wanted in masks),
            np.array(list(leaf.share.values())),
            leaf.value,
            quadrature(len(masks)),
        )


def _starts(sizes: Iterable[int]) -> Integers:
    return np.cumsum([0, *sizes], dtype=np.int64)


def _integers(values: Iterable[int]) -> Integers:
    return np.array(list(values), dtype=np.int64)

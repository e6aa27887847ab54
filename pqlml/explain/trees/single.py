"""Trees that read one column alone, such as those of a line in steps: one look-up tells what all of them say.

With one feature there is nothing to share: its contribution is the tree's value less the mean over the training rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pqlml.explain.trees.codes import MISSING, Codes, Coding, goes_left
from pqlml.explain.trees.forest import Doubles, Forest, Integers, Tree
from pqlml.features.kernel.compiled import compiled


class Singles(NamedTuple):
    """What the trees of each such column add.

    Attributes
    ----------
    column, feature
        Column of the codes, and the feature that it reads.
    start, table
        Contributions by code are ``table[start[k]:start[k + 1]]``; the last is that of a missing number.
    """

    column: Integers
    feature: Integers
    start: Integers
    table: Doubles


def set_apart(forest: Forest) -> tuple[tuple[Tree, ...], Forest]:
    """Return the trees that read one column alone, and a forest of all others."""
    single = [len({split.column for split in tree.splits}) == 1 for tree in forest.trees]
    alone = tuple(tree for tree, mine in zip(forest.trees, single, strict=True) if mine)
    return alone, replace(forest, trees=tuple(t for t, mine in zip(forest.trees, single, strict=True) if not mine))


def plan_singles(trees: Sequence[Tree], coding: Coding) -> Singles:
    """Add up what trees of one column each say of every code."""
    place = {column: number for number, column in enumerate(coding.columns)}
    columns: list[int] = sorted({place[tree.splits[0].column] for tree in trees})
    sizes = [len(coding.of(column)) + 2 for column in columns]
    start = np.cumsum([0, *sizes], dtype=np.int64)
    table: Doubles = np.zeros(start[-1])
    for tree in trees:
        number = columns.index(place[tree.splits[0].column])
        codes = np.array([*range(sizes[number] - 1), MISSING], dtype=np.int64)
        table[start[number] : start[number + 1]] += _says(tree, coding, columns[number], codes) - tree.expectation
    return Singles(
        np.array(columns, dtype=np.int64),
        coding.features[columns] if columns else np.empty(0, np.int64),
        start,
        table,
    )


@compiled
def add_singles(codes: Codes, singles: Singles, shares: Doubles) -> None:
    """Add the contributions of a block of rows to ``shares``, of shape (features, rows)."""
    for number in range(len(singles.column)):
        of_rows, share = codes[singles.column[number]], shares[singles.feature[number]]
        table = singles.table[singles.start[number] : singles.start[number + 1]]
        last = len(table) - 1
        for row in range(len(of_rows)):
            share[row] += table[min(int(of_rows[row]), last)]


def _says(tree: Tree, coding: Coding, column: int, codes: Integers) -> Doubles:
    """Return the value of the leaf that each code of the column reaches."""
    found = np.empty(len(codes))

    def descend(node: int, mine: Integers) -> None:
        if node < 0:
            found[mine] = tree.value[-1 - node]
            return
        split = tree.splits[node]
        code, lookup = goes_left(coding, column, split)
        if split.members is None:
            left = np.where(codes[mine] == MISSING, split.default_left, codes[mine] <= code)
        else:
            left = lookup[np.minimum(codes[mine], len(lookup) - 1)].astype(np.bool_)
        descend(split.left, mine[left])
        descend(split.right, mine[~left])

    descend(0, np.arange(len(codes)))
    return found

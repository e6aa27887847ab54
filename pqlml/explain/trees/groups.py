"""A forest cut into groups of neighbouring leaves, each small enough for a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pqlml.explain.trees.forest import Forest, Tree

Condition = tuple[int, bool]
"""A split of the tree, and whether one goes left there."""


@dataclass(frozen=True)
class Leaf:
    """A leaf as a game between features: who is satisfied, and how likely the training rows were to be.

    Attributes
    ----------
    value
        In log-odds.
    conditions
        Feature -> its conditions on the path; all must hold.
    share
        Feature -> product of the shares of training rows that went the leaf's way at its splits.
    """

    value: float
    conditions: Mapping[int, tuple[Condition, ...]]
    share: Mapping[int, float]


@dataclass(frozen=True)
class Group:
    """Leaves below one node.

    Attributes
    ----------
    path
        Feature -> its conditions on the way from the root to the node.
    splits
        The splits at and below the node.
    """

    tree: int
    path: Mapping[int, tuple[Condition, ...]]
    splits: tuple[int, ...]
    leaves: tuple[Leaf, ...]

    @property
    def bits(self) -> tuple[tuple[Condition, ...], ...]:
        """What is to be known of a row: per bit, conditions of which all must hold; of the path, then of the splits."""
        return (*self.path.values(), *(((split, True),) for split in self.splits))

    @property
    def features(self) -> tuple[int, ...]:
        """Features that the leaves depend on, those of the path first."""
        below = (feature for leaf in self.leaves for feature in leaf.conditions)
        return tuple(dict.fromkeys((*self.path, *below)))

    def mask(self, leaf: Leaf, feature: int) -> tuple[int, int]:
        """Return which bits tell whether a row satisfies the leaf's conditions on a feature, and what they must be."""
        care = wanted = 0
        on_path = self.path.get(feature, ())
        if on_path:
            care = wanted = 1 << list(self.path).index(feature)
        for split, left in leaf.conditions[feature][len(on_path) :]:
            bit = 1 << (len(self.path) + self.splits.index(split))
            care |= bit
            wanted |= bit if left else 0
        return care, wanted

    @property
    def table_values(self) -> int:
        """Size of a table with one value per feature and combination of bits."""
        return len(self.features) << (len(self.path) + len(self.splits))


def cut(forest: Forest, most_bits: int) -> Iterator[Group]:
    """Cut the trees into groups of at most that many bits; a longer path becomes a group of its one leaf.

    Trees without a split depend on no feature and give no group.
    """
    for number, tree in enumerate(forest.trees):
        if tree.splits:
            below = [0] * len(tree.splits)
            _count(tree, 0, below)
            yield from _below(tree, number, below, 0, {}, {}, most_bits)


def _count(tree: Tree, node: int, below: list[int]) -> int:
    """Write down how many splits there are at and below each."""
    if node < 0:
        return 0
    split = tree.splits[node]
    below[node] = 1 + _count(tree, split.left, below) + _count(tree, split.right, below)
    return below[node]


def _below(
    tree: Tree,
    number: int,
    below: list[int],
    node: int,
    path: dict[int, tuple[Condition, ...]],
    share: dict[int, float],
    most_bits: int,
) -> Iterator[Group]:
    if node < 0 or len(path) + below[node] <= most_bits:
        yield Group(number, path, tuple(_inner(tree, node)), tuple(_leaves(tree, node, path, share)))
        return
    for child, longer, smaller in _children(tree, node, path, share):
        yield from _below(tree, number, below, child, longer, smaller, most_bits)


def _inner(tree: Tree, node: int) -> Iterator[int]:
    if node >= 0:
        yield node
        yield from _inner(tree, tree.splits[node].left)
        yield from _inner(tree, tree.splits[node].right)


def _leaves(tree: Tree, node: int, path: dict[int, tuple[Condition, ...]], share: dict[int, float]) -> Iterator[Leaf]:
    if node < 0:
        yield Leaf(float(tree.value[-1 - node]), path, share)
        return
    for child, longer, smaller in _children(tree, node, path, share):
        yield from _leaves(tree, child, longer, smaller)


def _children(
    tree: Tree, node: int, path: dict[int, tuple[Condition, ...]], share: dict[int, float]
) -> Iterator[tuple[int, dict[int, tuple[Condition, ...]], dict[int, float]]]:
    split = tree.splits[node]
    feature = split.column.feature
    for child, left in ((split.left, True), (split.right, False)):
        longer = {**path, feature: (*path.get(feature, ()), (node, left))}
        smaller = {**share, feature: share.get(feature, 1.0) * tree.rows(child) / split.rows}
        yield child, longer, smaller

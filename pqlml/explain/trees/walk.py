"""The loop that explains: rows in blocks that fit the cache, tree by tree, group by group."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pqlml.explain.trees.codes import MISSING, Codes
from pqlml.explain.trees.forest import Doubles, Integers
from pqlml.explain.trees.plan import Groups, Splits
from pqlml.explain.trees.single import Singles, add_singles
from pqlml.features.kernel.compiled import compiled

Flags = npt.NDArray[np.uint8]
Rules = tuple[Doubles, Doubles, Integers]


@compiled
def explain_block(
    codes: Codes, singles: Singles, splits: Splits, groups: Groups, rules: Rules, shares: Doubles
) -> None:
    """Add the contributions of a block of rows to ``shares``, of shape (features, rows).

    Parameters
    ----------
    codes
        Of shape (columns, rows).
    rules
        Nodes and weights of the quadratures for 1, 2, ... features, and where each begins.
    """
    add_singles(codes, singles, shares)
    rows = codes.shape[1]
    most = 0
    for tree in range(len(splits.start) - 1):
        most = max(most, splits.start[tree + 1] - splits.start[tree])
    left = np.empty((most, rows), np.uint8)
    longest = 0
    for group in range(len(groups.value)):
        longest = max(longest, groups.bit_from[group + 1] - groups.bit_from[group])
    holds = np.empty((longest, rows), np.uint8)
    place = np.empty(rows, np.int64)
    product = np.empty(rows)
    for tree in range(len(splits.start) - 1):
        first = splits.start[tree]
        for split in range(first, splits.start[tree + 1]):
            _decide(codes[splits.column[split]], splits, split, left[split - first])
        for group in range(groups.start[tree], groups.start[tree + 1]):
            _check(groups, group, left, holds)
            if np.isnan(groups.value[group]):
                _look_up(groups, group, holds, place, shares)
            else:
                _integrate(groups, group, holds, rules, product, shares)


@compiled
def _decide(codes: Codes, splits: Splits, split: int, left: Flags) -> None:
    """Tell for each row whether it goes left at the split."""
    lookup = splits.lookup_from[split]
    if lookup >= 0:
        for row in range(len(codes)):
            left[row] = splits.lookup[lookup + codes[row]]
        return
    code = np.uint16(splits.code[split])
    if splits.missing[split]:
        for row in range(len(codes)):
            left[row] = (codes[row] <= code) | (codes[row] == MISSING)
    else:
        for row in range(len(codes)):
            left[row] = codes[row] <= code


@compiled
def _check(groups: Groups, group: int, left: Flags, holds: Flags) -> None:
    """Tell for each bit of the group and each row whether all conditions hold."""
    first = groups.bit_from[group]
    for bit in range(first, groups.bit_from[group + 1]):
        begin, end = groups.condition_from[bit], groups.condition_from[bit + 1]
        held = holds[bit - first]
        flip = np.uint8(groups.condition_flip[begin])
        side = left[groups.condition_split[begin]]
        for row in range(len(held)):
            held[row] = side[row] ^ flip
        for condition in range(begin + 1, end):
            flip = np.uint8(groups.condition_flip[condition])
            side = left[groups.condition_split[condition]]
            for row in range(len(held)):
                held[row] &= side[row] ^ flip


@compiled
def _look_up(groups: Groups, group: int, holds: Flags, place: Integers, shares: Doubles) -> None:
    bits = groups.bit_from[group + 1] - groups.bit_from[group]
    for row in range(len(place)):
        place[row] = 0
    for bit in range(bits):
        held = holds[bit]
        for row in range(len(place)):
            place[row] |= np.int64(held[row]) << bit
    begin = groups.table_from[group]
    for number in range(groups.feature_from[group], groups.feature_from[group + 1]):
        table = groups.table[begin : begin + (1 << bits)]
        share = shares[groups.feature[number]]
        for row in range(len(place)):
            share[row] += table[place[row]]
        begin += 1 << bits


@compiled
def _integrate(
    groups: Groups,
    group: int,
    holds: Flags,
    rules: Rules,
    product: Doubles,
    shares: Doubles,
) -> None:
    """Compute the formula of :mod:`pqlml.explain.trees.tables` row by row: the leaf's path is too long for a table."""
    nodes, weights, rule_from = rules
    first, last = groups.feature_from[group], groups.feature_from[group + 1]
    value = groups.value[group]
    for node in range(rule_from[last - first - 1], rule_from[last - first]):
        t = nodes[node]
        for row in range(len(product)):
            product[row] = weights[node] * value
        for number in range(first, last):
            held = holds[number - first]
            no = groups.share[number] * (1 - t)
            yes = no + t
            for row in range(len(product)):
                product[row] *= yes if held[row] else no
        for number in range(first, last):
            held = holds[number - first]
            no = groups.share[number] * (1 - t)
            when_held = (1 - groups.share[number]) / (no + t)
            otherwise = -groups.share[number] / no
            share = shares[groups.feature[number]]
            for row in range(len(product)):
                share[row] += product[row] * (when_held if held[row] else otherwise)

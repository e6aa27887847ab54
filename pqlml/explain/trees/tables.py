"""What a leaf gives to each feature, for every combination of satisfied conditions.

A leaf of value ``v`` is a game between the features of its path: a coalition gets ``v`` times the product, over the
features that it lacks, of the training rows' share ``z`` that went the leaf's way, and nothing if a member does not go
the leaf's way. With ``o`` = 1 for features that do and 0 for others, the Shapley value of feature ``i`` is

    v (o_i - z_i) * integral over t in [0, 1] of the product over j other than i of (o_j t + z_j (1 - t)),

since ``|S|! (d - |S| - 1)! / d!`` is the integral of ``t**|S| (1 - t)**(d - |S| - 1)``. The integrand is a polynomial
of degree ``d - 1``, on which Gauss-Legendre quadrature with ``ceil(d / 2)`` nodes is exact. All terms are positive, so
nothing cancels.

References
----------
Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees, for the game.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from pqlml.explain.trees.forest import Doubles, Integers
from pqlml.features.kernel.compiled import compiled


class Quadrature(NamedTuple):
    """Nodes in (0, 1) and weights that add up to 1."""

    node: Doubles
    weight: Doubles


@cache
def quadrature(features: int) -> Quadrature:
    """Return the quadrature that is exact for a path of so many different features (at least one)."""
    node, weight = np.polynomial.legendre.leggauss((features + 1) // 2)
    return Quadrature((node + 1) / 2, weight / 2)


@compiled
def add_leaf(
    table: Doubles,
    row: Integers,
    care: Integers,
    wanted: Integers,
    share: Doubles,
    value: float,
    rule: Quadrature,
) -> None:
    """Add a leaf to the table of its group.

    Parameters
    ----------
    table
        One row per feature of the group, one column per combination of the group's bits.
    row, care, wanted, share
        Per feature of the leaf: its row; the bits that tell whether the conditions hold, and what they must be; the
        share of training rows that satisfy them.
    """
    features, columns = len(row), table.shape[1]
    own = _own_table(share, value, rule)
    held = np.zeros(columns, np.int64)
    for place in range(features):
        for bits in range(columns):
            held[bits] |= np.int64(bits & care[place] == wanted[place]) << place
    for place in range(features):
        mine, its = own[place], table[row[place]]
        for bits in range(columns):
            its[bits] += mine[held[bits]]


@compiled
def _own_table(share: Doubles, value: float, rule: Quadrature) -> Doubles:
    """Return what each feature gets (rows) for each combination of features that hold (columns)."""
    features = len(share)
    own = np.zeros((features, 1 << features))
    factor = np.empty(features)
    for held in range(1 << features):
        for node in range(len(rule.node)):
            t = rule.node[node]
            product = rule.weight[node] * value
            for place in range(features):
                factor[place] = share[place] * (1 - t) + t * (held >> place & 1)
                product *= factor[place]
            for place in range(features):
                own[place, held] += product / factor[place]
        for place in range(features):
            own[place, held] *= (held >> place & 1) - share[place]
    return own

"""Slices of leads in which an outcome is over-represented: found in one half of the entities, confirmed in the other.

Own code: the maintained finders (pysubgroup, sliceline) rank slices quickly, but neither correct for their search, nor
leave out what other slices explain, nor test on entities that were not searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.features.spec import Feature
from pqlml.review.association import Bools, Found, Ints, Search, combined, one_sided, search, stratified_z
from pqlml.review.conditions import Condition, conditions
from pqlml.review.effect import Effect, effect
from pqlml.review.parts import parts

SHUFFLES: Final = 99
LOOSE: Final = 0.2
"""Of the searched half: what is that unlikely by chance is put to the test in the other half."""
FALSE_DISCOVERY: Final = 0.1
MOST: Final = 25
_LEAST: Final = 20
_LEAST_SHARE: Final = 0.02
_MOST_PAIRED: Final = 150
_PAIRED_SHARE: Final = 0.05
_HARDLY_BETTER: Final = 3.84


@dataclass(frozen=True)
class Slice:
    """Leads that meet one condition or two, and the outcome among them.

    Attributes
    ----------
    effect
        Measured in the half of the entities that was not searched, among leads that are alike in the slices before it.
    chance
        How often chance gives as much there.
    rows, hits
        In both halves.
    """

    conditions: tuple[Condition, ...]
    effect: Effect
    chance: float
    rows: int
    hits: int

    def met(self, values: pd.DataFrame) -> Bools:
        """Tell which rows are in it."""
        together: Bools = np.logical_and.reduce([condition.met(values) for condition in self.conditions])
        return together

    def __str__(self) -> str:
        """Return words such as ``industry: retail and company size at least 200``."""
        return " and ".join(map(str, self.conditions))

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "words": str(self),
            "conditions": [condition.as_dict() for condition in self.conditions],
            "leads": self.rows,
            "with_outcome": self.hits,
            "rate": self.effect.precision,
            "rate_interval": list(self.effect.precision_interval),
            "rate_of_others": self.effect.others,
            "ratio": list(self.effect.ratio),
            "chance": self.chance,
        }


def find_slices(
    values: pd.DataFrame, features: Sequence[Feature], outcome: Bools, half: Bools, *, seed: int = 0
) -> tuple[Slice, ...]:
    """Find slices with more of an outcome, strongest first.

    One row per entity. Slices are sought in the rows of one half, each among rows that are alike in the slices found
    before it, so that a slice which merely overlaps another is not told again; the search is corrected by shuffling
    outcomes. What is found is tested in the other half, and false discoveries are held at 10 % (Benjamini and Hochberg,
    1995). On data without slices, in about 2 of 100 cases anything is told.

    Parameters
    ----------
    half
        Which rows are searched.
    """
    if min(outcome[half].sum(), (~outcome[half]).sum(), outcome[~half].sum(), (~outcome[~half]).sum()) < _LEAST:
        return ()
    tried, met, pairs = _grid(values, features, half)
    if not tried:
        return ()
    strata = np.zeros(len(values), np.int64)
    found: list[tuple[int, ...]] = []
    inside: list[Bools] = []
    while len(found) < MOST:
        rng = np.random.default_rng([seed, len(found)])
        given = Search(met[half], combined(strata[half]), outcome[half], pairs)
        measured = search(given, SHUFFLES, rng, max(_LEAST, _LEAST_SHARE * half.sum()))
        place = _best(measured, len(tried), len(pairs))
        if measured.chance(float(measured.surprise[place])) >= LOOSE:
            break
        found.append((place,) if place < len(tried) else tuple(int(part) for part in pairs[place - len(tried)]))
        inside.append(np.logical_and.reduce([met[:, part] > 0 for part in found[-1]]))
        strata = combined(strata, inside[-1].astype(np.int64))
    return tuple(
        Slice(
            tuple(tried[part] for part in found[number]),
            measured_effect,
            chance,
            int(inside[number].sum()),
            int((inside[number] & outcome).sum()),
        )
        for number, measured_effect, chance in _confirmed(inside, outcome, ~half)
    )


def _confirmed(inside: Sequence[Bools], outcome: Bools, rest: Bools) -> list[tuple[int, Effect, float]]:
    """Test each slice among rows that are alike in the others, and keep the discoveries.

    What the others explain goes first: the whole of which a part was found later, say.
    """

    def test(number: int, others: Sequence[int]) -> tuple[Effect, float]:
        nothing = np.zeros(int(rest.sum()), np.int64)
        strata = combined(nothing, *(inside[other][rest].astype(np.int64) for other in others))
        exposed = inside[number][rest]
        chance = one_sided(stratified_z(exposed, outcome[rest], strata))
        return effect(exposed, outcome[rest], strata), chance

    kept = list(range(len(inside)))
    for number in range(len(inside)):
        others = [other for other in kept if other != number]
        if test(number, others)[1] > FALSE_DISCOVERY:
            kept = others
    tested = {number: test(number, [other for other in kept if other != number]) for number in kept}
    chances = [tested[number][1] if number in tested else 1.0 for number in range(len(inside))]
    return [(number, *tested[number]) for number in _discoveries(chances)]


def halves(entity: np.ndarray, seed: int = 0) -> Bools:
    """Return which entities are searched; the same entity is always on the same side."""
    side: Bools = parts(entity, 2, seed) == 0
    return side


def _discoveries(chances: Sequence[float]) -> list[int]:
    """Return the places that Benjamini and Hochberg's step-up keeps, in order."""
    order = np.argsort(chances, kind="stable")
    number = len(chances)
    passing = [rank for rank, place in enumerate(order, 1) if chances[place] <= FALSE_DISCOVERY * rank / number]
    return sorted(int(place) for place in order[: max(passing, default=0)])


def _grid(values: pd.DataFrame, features: Sequence[Feature], half: Bools) -> tuple[list[Condition], np.ndarray, Ints]:
    """Return the conditions that enough rows meet, who meets them, and which are tried in pairs."""
    rows = int(half.sum())
    least = max(_LEAST, _LEAST_SHARE * rows)
    tried: list[Condition] = []
    columns: list[Bools] = []
    seen: set[bytes] = set()
    for condition in conditions(values.loc[half], features):
        met = condition.met(values)
        support, key = int(met[half].sum()), np.packbits(met).tobytes()
        if least <= support <= rows - least and key not in seen:
            seen.add(key)
            tried.append(condition)
            columns.append(met)
    if not tried:
        return [], np.zeros((len(values), 0), np.float32), np.zeros((0, 2), np.int64)
    share = np.array([met[half].mean() for met in columns])
    frequent = np.flatnonzero((share >= _PAIRED_SHARE) & (share <= 1 - _PAIRED_SHARE))
    frequent = np.sort(frequent[np.argsort(np.abs(share[frequent] - 0.3), kind="stable")[:_MOST_PAIRED]])
    pairs = [
        (int(i), int(j))
        for n, i in enumerate(frequent)
        for j in frequent[n + 1 :]
        if tried[i].feature.group != tried[j].feature.group
    ]
    return tried, np.column_stack(columns).astype(np.float32), np.array(pairs, np.int64).reshape(-1, 2)


def _best(found: Found, singles: int, pairs: int) -> int:
    """Return the place of the strongest; a pair only if it is clearly stronger than the strongest single."""
    single = int(found.surprise[:singles].argmax())
    if not pairs:
        return single
    pair = singles + int(found.surprise[singles:].argmax())
    return pair if found.surprise[pair] > found.surprise[single] + _HARDLY_BETTER else single

"""Which of the changes that were found are worth proposing: each by what it does beside all the others.

Two periods have two tasks. The earlier one chooses: weights are fitted anew without a fifth of the entities, the
changes are tried on that fifth, and a change that does not catch more conversions there goes. The later one only
strikes: a change that it surely calls worse goes too, and what to expect of the rest is told from entities that had no
part in striking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pqlml.review.association import Bools, Floats, Ints
from pqlml.review.effect import Z95
from pqlml.review.expectation import PairedDifference
from pqlml.review.parts import parts
from pqlml.review.stage import Stage

FOLDS: Final = 5
_WORTH: Final = 0.5
"""A change is worth it if its gain is so many standard errors. In simulated companies with less, changes are proposed
that do nothing later; with more (0.8, 1, the root of 2) changes are lost that help."""
_CLOSE: Final = 1e-9


@dataclass(frozen=True)
class Effect:
    """What one change does: with it minus without it, all other changes made, as many leads flagged both times."""

    precision: PairedDifference
    recall: PairedDifference


@dataclass(frozen=True)
class Trial:
    """Changes on a period.

    Attributes
    ----------
    base
        Points of each row (of all rows) by the old definition.
    given
        Row x change: the points that the change gives or takes.
    number
        How many entities the old definition flags in the period, and so every card here.
    """

    stage: Stage
    base: Floats
    given: Floats
    number: int

    def effects(self, kept: Iterable[int], among: Bools | None = None) -> dict[int, Effect]:
        """Return what each change that is kept does beside the others."""
        made = list(kept)
        total = self.base + self.given[:, made].sum(axis=1)
        whole = self.stage.tally(total, self.number)
        found = {}
        for change in made:
            without = self.stage.tally(total - self.given[:, change], self.number)
            found[change] = Effect(*self.stage.compare(without, whole, among))
        return found

    def together(self, kept: Sequence[int]) -> Effect:
        """Return what all changes that are kept do."""
        total = self.base + self.given[:, list(kept)].sum(axis=1)
        old, new = (self.stage.tally(points, self.number) for points in (self.base, total))
        return Effect(*self.stage.compare(old, new))


@dataclass(frozen=True)
class Settled:
    """What becomes of the changes that were found.

    Attributes
    ----------
    stay
        The changes that are worth proposing.
    left
        Those that the earlier period left out, with what they did there.
    struck
        Those that the later one struck, with what they did in the earlier and in the later one.
    """

    stay: tuple[int, ...]
    left: Mapping[int, Effect]
    struck: Mapping[int, tuple[Effect, Effect]]


def settle(earlier: Trial, later: Trial, kinds: Sequence[str], among: Bools | None = None) -> Settled:
    """Choose by the earlier period, let the later one strike, and choose anew among what stays.

    A change may have been worth it only beside one that was struck. It ends when nothing is struck any more.

    Parameters
    ----------
    among
        Which entities of the later period strike; by default all.
    """
    kept, left = choose(earlier, kinds)
    struck: dict[int, tuple[Effect, Effect]] = {}
    while True:
        stay, gone = strike(later, kept, among)
        if not gone:
            return Settled(tuple(kept), left, struck)
        were = earlier.effects(kept)
        struck |= {change: (were[change], effect) for change, effect in gone.items()}
        kept, more = choose(earlier, kinds, stay)
        left |= more


def choose(
    trial: Trial, kinds: Sequence[str], among: Sequence[int] | None = None
) -> tuple[list[int], dict[int, Effect]]:
    """Leave out, one after the other, what does not clearly enough catch more conversions before the period.

    A criterion that is dropped may make no difference: one criterion less is a gain. If what is left does not do better
    than the old definition, nothing is.

    Parameters
    ----------
    among
        Which changes are tried; by default all.

    Returns
    -------
    The changes that are kept, and what each that was left out did then.
    """
    kept, left = list(range(len(kinds)) if among is None else among), {}
    while kept:
        effects = trial.effects(kept)
        worst = min(kept, key=lambda change: (_short(effects[change], kinds[change]), change))
        if _short(effects[worst], kinds[worst]) >= 0:
            break
        left[worst] = effects[worst]
        kept.remove(worst)
    if kept and any(kinds[change] != "drop" for change in kept) and trial.together(kept).precision.value <= _CLOSE:
        left |= trial.effects(kept)
        kept = []
    return kept, left


def strike(trial: Trial, kept: Sequence[int], among: Bools | None = None) -> tuple[list[int], dict[int, Effect]]:
    """Strike, one after the other, the changes that a period surely calls worse.

    Returns
    -------
    The changes that stay, and what each that was struck did then.
    """
    stay, struck = list(kept), {}
    while stay:
        effects = trial.effects(stay, among)
        worst = min(stay, key=lambda change: (_errors(effects[change]), change))
        if not effects[worst].precision.high < 0:
            break
        struck[worst] = effects[worst]
        stay.remove(worst)
    return stay, struck


def folds(entity: np.ndarray, number: int, seed: int) -> Ints:
    """Return the part of each entity, 0 to ``number - 1``; cut apart from the halves in which slices are sought."""
    return parts(entity, number, seed + 1)


def _short(effect: Effect, kind: str) -> float:
    """Return, in standard errors, by how much a change falls short of being worth it; below 0 it does."""
    return _errors(effect) - (0.0 if kind == "drop" else _WORTH)


def _errors(effect: Effect) -> float:
    """Return a gain in standard errors."""
    value, half = effect.precision.value, effect.precision.high - effect.precision.value
    return 0.0 if abs(value) < _CLOSE or not half > 0 else value / half * Z95

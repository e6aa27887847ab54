"""What is learned from predictions for entities that a learner has not seen: which trees serve, and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple, Protocol, Self, cast

import numpy as np
import pandas as pd
from sklearn.base import clone

from pqlml.dataset.folds import entity_parts
from pqlml.model.base_rate import BaseRate, base_rate_shift
from pqlml.model.calibration import LogOddsCalibrator, fit_calibrator
from pqlml.model.propensity import PropensityClassifier, Shares, Staged
from pqlml.model.side_by_side import side_by_side

_NEWEST_CONVERSIONS: Final = 200
"""The newest cutoffs that hold at least this many conversions stand for those that come."""
_PARTS_BY_ROWS: Final = ((20_000, 5), (200_000, 2))
"""Up to so many rows every entity takes a turn at being unseen, in so many parts: more rows need fewer refits."""
_PARTS_BEYOND: Final = 5
"""Beyond those rows one part of so many is unseen, and one refit is enough."""
_STAGES: Final = (0.05, *(tenth / 10 for tenth in range(1, 11)))
"""Shares of the most trees that are tried; the smallest is for rows that hold hardly more than the line."""
_SHARES: Final = (0.5, 0.75, 1.0)
"""How much of what the trees say beyond the line may be kept: half is what is left where every second of their splits
fits chance."""
_FURTHER: Final = tuple(
    Shares(deep / 10, sharp / 10)
    for deep in range(9)
    for sharp in range(9)
    if deep + sharp <= 8  # noqa: PLR2004
)
"""How much of the model the further forests may be: where a few rows say nothing that lasts, nothing; eight tenths at
most."""
_BOTH: Final = 2


class Learner(Protocol):
    """What learns from a matrix and gives log-odds."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn from a matrix and labels."""
        ...

    def margin(self, X: np.ndarray) -> np.ndarray:
        """Return log-odds, one per row."""
        ...


class History(NamedTuple):
    """The rows that a learner is fitted on, with what tells them apart.

    Attributes
    ----------
    matrix, label, entity
        One per row.
    cutoff
        Per row; null without times.
    window_days
        Gap and horizon of the label: cutoffs closer than that share conversions.
    """

    matrix: np.ndarray
    label: np.ndarray
    entity: np.ndarray
    cutoff: pd.Series | None = None
    window_days: float = 0.0


class KeptTrees(NamedTuple):
    """What of a fitted model is kept.

    Attributes
    ----------
    number, share
        So many boosted trees, and the share of their leaves' values that is added to the line they begin with.
    shares
        How much of the model the further forests are.
    """

    number: int
    share: float
    shares: Shares = Shares()


class Settled(NamedTuple):
    """What unseen entities have settled.

    Attributes
    ----------
    calibrator
        Straight line in log-odds, the base rate's correction within its intercept.
    trees
        How many of the learner's trees serve best, how much of what they say, and how much further forests say beside
        them; null where that was not to be chosen.
    base_rate
        The correction and its cohorts; null without times.
    """

    calibrator: LogOddsCalibrator
    trees: KeptTrees | None = None
    base_rate: BaseRate | None = None


def settle_unseen(learner: Learner, history: History, *, seed: int = 0, parts: int | None = None) -> Settled:
    """Choose what to keep of the trees, and fit the calibrator, on predictions by fits without the entity in question.

    Rows of one entity resemble each other, and their labels overlap: trees that serve an entity they have seen may harm
    one they have not. Where the learner says how many boosted trees there are, these stay, and the shares of further
    forests alone are chosen; where it says how to stop, nothing is. The calibrator is fitted to the unseen rows of all
    cutoffs, and its intercept then corrected to the base rate of the newest ones (:mod:`pqlml.model.base_rate`).

    Parameters
    ----------
    learner
        Says how to fit; it is copied, and not fitted itself.
    parts
        Into how many parts entities are dealt, each unseen in turn; by default fewer where rows are many.
    """
    matrix, label, cutoff = history.matrix, history.label, history.cutoff
    turns = parts if parts is not None else next((n for most, n in _PARTS_BY_ROWS if len(label) <= most), None)
    part = entity_parts(history.entity, turns or _PARTS_BEYOND, seed)
    turn_parts = (part == turn for turn in range(turns if turns is not None else 1))
    held_out = [held for held in turn_parts if held.any() and len(np.unique(label[~held])) >= _BOTH]  # else no turn
    if not held_out:
        return Settled(LogOddsCalibrator(1.0, 0.0))
    sized, numbers, shares = _stages(learner, label)

    def judge(held: np.ndarray) -> Staged:
        held_back = cast("Learner", clone(sized)).fit(matrix[~held], label[~held])
        if isinstance(held_back, PropensityClassifier) and numbers:
            return held_back.staged_margins(matrix[held], [0, *numbers])
        return Staged(held_back.margin(matrix[held])[None, :])

    staged = _joined(side_by_side([partial(judge, held) for held in held_out], len(label)))
    rows = np.concatenate([np.flatnonzero(held) for held in held_out])
    kept = _best_trees(staged, numbers, shares, label[rows]) if numbers else None
    margin = staged.boosted[0] if kept is None else _kept_margin(staged, numbers, kept)
    line = fit_calibrator(margin, label[rows])
    if cutoff is None:
        return Settled(line, kept)
    found = base_rate_shift(
        line.log_odds(margin), label[rows], cutoff.iloc[rows].reset_index(drop=True), history.window_days
    )
    corrected = replace(line, intercept=line.intercept + found.shift, base_rate_shift=found.shift)
    return Settled(corrected, kept, found)


def newest_rows(cutoff: pd.Series | None, label: np.ndarray) -> np.ndarray:
    """Mark the rows of the newest cutoffs that together hold enough conversions; all rows without times."""
    if cutoff is None:
        return np.ones(len(label), dtype=bool)
    by_cutoff = pd.Series(label).groupby(cutoff.to_numpy()).sum().sort_index(ascending=False).cumsum()
    enough = by_cutoff[by_cutoff >= _NEWEST_CONVERSIONS]
    if enough.empty:
        return np.ones(len(label), dtype=bool)
    return np.asarray(cutoff >= enough.index[0])


def _stages(learner: Learner, label: np.ndarray) -> tuple[Learner, Sequence[int], Sequence[float]]:
    """Return the learner with the size that all rows ask for, and what is tried: numbers of its trees, and shares.

    Without a line to begin with all of what trees say is kept: the calibrator scales it.
    """
    if not isinstance(learner, PropensityClassifier):
        return learner, (), ()
    sized = learner.sized(label)
    if learner.stop_after is not None:
        return sized.set_params(n_trees=learner.n_trees), (), ()
    if learner.n_trees is not None:
        return sized, (learner.n_trees,) if sized.further_forests else (), (1.0,)
    most = int(sized.n_trees or 1)
    numbers = sorted({max(1, round(most * stage)) for stage in _STAGES})
    return sized, numbers, _SHARES if sized.linear_start else (1.0,)


def _joined(parts: Sequence[Staged]) -> Staged:
    """Put the rows of all turns behind one another."""
    deep = [part.deep for part in parts if part.deep is not None]
    sharp = [part.sharp for part in parts if part.sharp is not None]
    return Staged(
        np.hstack([part.boosted for part in parts]),
        np.concatenate(deep) if deep else None,
        np.concatenate(sharp) if sharp else None,
    )


def _best_trees(staged: Staged, numbers: Sequence[int], shares: Sequence[float], label: np.ndarray) -> KeptTrees:
    """Choose by the log loss: of the boosted trees before calibration, which would hide that they say too much.

    What further forests say is too little or too much by itself: their shares are chosen after calibration.
    """
    boosted = [KeptTrees(number, share) for number in numbers for share in shares]

    def margin(kept: KeptTrees) -> np.ndarray:
        return _kept_margin(staged, numbers, kept)

    def best(mixtures: Sequence[Shares]) -> KeptTrees:
        of_each = [
            min(
                (kept._replace(shares=mixture) for kept in boosted),
                key=lambda kept: _losses(margin(kept), label).mean(),
            )
            for mixture in mixtures
        ]
        return min(of_each, key=lambda kept: _calibrated_losses(margin(kept), label).mean())

    if staged.deep is None:
        return best([Shares()])
    without, within = best([mixture for mixture in _FURTHER if not mixture.sharp]), best(_FURTHER)
    gain = _calibrated_losses(margin(without), label) - _calibrated_losses(margin(within), label)
    # A forest that fits chance has to show more than a chance gain: one standard error.
    return within if gain.mean() > gain.std() / np.sqrt(len(gain)) else without


def _kept_margin(staged: Staged, numbers: Sequence[int], kept: KeptTrees) -> np.ndarray:
    line, trees = staged.boosted[0], staged.boosted[1 + list(numbers).index(kept.number)]
    found = kept.shares.boosted * np.asarray(line + kept.share * (trees - line))
    for share, said in zip(kept.shares, (staged.deep, staged.sharp), strict=True):
        if share and said is not None:
            found = found + share * said
    return found


def _calibrated_losses(margin: np.ndarray, label: np.ndarray) -> np.ndarray:
    return _losses(fit_calibrator(margin, label).log_odds(margin), label)


def _losses(log_odds: np.ndarray, label: np.ndarray) -> np.ndarray:
    return np.asarray(np.logaddexp(0.0, np.where(label > 0, -log_odds, log_odds)))

"""Learned points: the model distilled into a points card in the definition's own vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from pqlml.dataset.folds import Split, entity_parts
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.definition.parts import PointsRule, Tiers
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.features.directions import directions
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.bundle import Kind, PropensityModel
from pqlml.model.calibration import fit_calibrator, log_odds, sigmoid
from pqlml.model.card.criteria import find_criteria
from pqlml.model.card.weights import Floats, choose, moments, weights
from pqlml.model.card.whole import familiar, points_per_log_odds, restated, whole_points
from pqlml.model.encoding import fit_encoder
from pqlml.model.fit import fit_model, make_learner
from pqlml.model.metrics import Interval, compare
from pqlml.model.scorecard import PointsScorecard
from pqlml.model.tune.part import search_part
from pqlml.schema import DIMENSIONS

MOST_RULES: Final = 15
FIDELITY_METRICS: Final = ("roc_auc", "average_precision", "recall_at_10_percent", "neg_log_loss")
_PARTS: Final = 3
_MOST_ROWS: Final = 20_000
_RESAMPLES: Final = 200


@dataclass(frozen=True)
class LearnedRule:
    """A rule of the card and how sure its points are.

    Attributes
    ----------
    rule
        Condition, whole points, dimension.
    low, high
        95 % interval of the points, from resampled entities; below 0 means that it may be worth nothing.
    before
        Points that the definition gave; null for a condition that is new.
    met
        Share of the rows that meet it.
    """

    rule: PointsRule
    low: int
    high: int
    before: float | None
    met: float

    @property
    def note(self) -> str:
        """What a reader of the definition should know about the rule."""
        sure = f"{self.low} to {self.high}"
        return f"new; {sure}" if self.before is None else f"was {self.before:g}; {sure}"


@dataclass(frozen=True)
class LearnedCard:
    """A learned card with its fidelity, all figures from rows that neither it nor the model had seen.

    Attributes
    ----------
    given, definition
        The definition, and its next version with the card and the thresholds.
    rules
        By dimension, most points first.
    dropped
        The definition's own rules that tell nothing beyond the others, or point the other way.
    shares
        Tier -> share of the rows that lie at or above it: ``model``, ``learned`` and, where there is one, ``points``
        (the card of the definition with its own thresholds).
    rank_correlation
        Spearman's, between the card's points and the model's log-odds.
    metrics
        Candidate (``model``, ``learned``, ``points``) -> metric -> interval.
    lost
        Metric -> the model's figure minus the card's, from the same resamples.
    gained
        Metric -> the learned card's figure minus that of the definition's card; empty where it has none.
    split
        How the rows were kept apart.
    """

    given: Definition
    definition: Definition
    rules: tuple[LearnedRule, ...]
    dropped: tuple[PointsRule, ...]
    shares: Mapping[str, Mapping[str, float]]
    rank_correlation: float
    metrics: Mapping[str, Mapping[str, Interval]]
    lost: Mapping[str, Interval]
    gained: Mapping[str, Interval]
    split: Split

    @property
    def notes(self) -> dict[int, str]:
        """Position of a rule in the new definition -> what its reader should know."""
        return {position: rule.note for position, rule in enumerate(self.rules)}

    @property
    def sentence(self) -> str:
        """What the card keeps of the model."""
        lost = self.lost["roc_auc"]
        told = (
            f"{len(self.rules)} rules keep the model's order with a rank correlation of {self.rank_correlation:.2f} "
            f"and lose {lost.value:.3f} [{lost.low:.3f}, {lost.high:.3f}] of its ROC-AUC"
        )
        if self.gained:
            gained = self.gained["roc_auc"]
            told += (
                f"; against the points of the definition that is {gained.value:+.3f} "
                f"[{gained.low:+.3f}, {gained.high:+.3f}]"
            )
        return f"{told}."


@dataclass(frozen=True)
class CardPlan:
    """How a card is learned.

    Attributes
    ----------
    most
        Most rules of the card.
    step
        Points are multiples of this.
    kind
        Of the model that is distilled.
    """

    most: int = MOST_RULES
    step: int = 1
    kind: Kind = "trees"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check that there can be a card."""
        if self.most < 1 or self.step < 1:
            msg = f"most={self.most}, step={self.step}; a card has at least 1 rule, and points that are whole numbers."
            raise DataError(msg)


def learn_card(
    definition: Definition,
    vocabulary: Vocabulary,
    rows: Rows,
    plan: CardPlan | None = None,
    *,
    progress: Callable[[str], None] = print,
) -> LearnedCard:
    """Distil the model into a points card on the training part, and judge this very card on the rows after it.

    Raises
    ------
    NotEnoughDataError
        If a part of the rows is empty or holds one class only, or no condition tells anything.
    """
    plan = CardPlan() if plan is None else plan
    train, split = search_part(definition, rows.keys, rows.label, plan.seed)
    progress("fitting the model")
    model = fit_model(definition, vocabulary, rows, train, plan.seed, kind=plan.kind)
    progress("asking it about leads that it has not seen")
    teacher = _unseen_log_odds(definition, rows, train, plan)
    progress("choosing criteria and points")
    thresholds = familiar(definition.tiers)
    own_scale = model.scale.points(teacher)
    shares = {tier: float((own_scale >= threshold).mean()) for tier, threshold in thresholds.items()}
    with threadpool_limits(1, user_api="blas"):  # many small products: more threads only wait for each other
        learned = _learned_rules(definition, rows, train, teacher, shares, plan)
    stated = restated(_points([each.rule for each in learned], rows, train), thresholds, shares)
    progress("judging the card on unseen rows")
    chosen = _next_version(definition, learned, stated)
    dropped = [rule for rule in definition.points if not any(_same(rule, each.rule) for each in learned)]
    return _judged(chosen, definition, rows, train, model, learned, dropped, split)


def _unseen_log_odds(definition: Definition, rows: Rows, train: np.ndarray, plan: CardPlan) -> Floats:
    """Return calibrated log-odds of the training rows, each by a fit without its entity.

    What a fit says of its own rows is partly their labels; a card distilled from that would be surer than it may be.
    """
    values, label = rows.values.iloc[train], rows.label[train].astype(np.float64)
    encoder = fit_encoder(values, rows.features)
    matrix = encoder.matrix(values)
    monotone = directions(definition, rows.features)
    part = entity_parts(rows.entity[train], _PARTS, plan.seed)
    margin = np.full(len(train), np.nan)
    for turn in range(_PARTS):
        held = part == turn
        if held.any() and 0 < label[~held].sum() < (~held).sum():
            learner = make_learner(plan.kind, definition, encoder, monotone, plan.seed)
            margin[held] = learner.fit(matrix[~held], label[~held]).margin(matrix[held])
    known = np.isfinite(margin)
    if not known.any():
        msg = f"{int(label.sum())} conversions of too few entities to learn points from; keep those that there are."
        raise NotEnoughDataError(msg)
    found = fit_calibrator(margin[known], label[known]).log_odds(margin)
    return np.where(known, found, log_odds(label.mean()))


def _learned_rules(
    definition: Definition,
    rows: Rows,
    train: np.ndarray,
    teacher: Floats,
    shares: Mapping[str, float],
    plan: CardPlan,
) -> tuple[LearnedRule, ...]:
    picked = _sample(rows.entity[train], plan.seed)
    teacher = teacher[picked]
    criteria = find_criteria(rows.values.iloc[train[picked]], rows.features, definition.points)
    known = moments(criteria.met, teacher)
    taken = choose(known, criteria.own, criteria.group, plan.most)
    if not taken:
        msg = "no condition on a single feature tells what the model tells; keep the points that there are."
        raise NotEnoughDataError(msg)
    weight = weights(known, taken)
    met = criteria.met[:, taken]
    factor = points_per_log_odds(met @ weight, familiar(definition.tiers), shares)
    points = whole_points(weight, known.among[np.ix_(taken, taken)], factor, plan.step)
    apart = _resampled(met, teacher, rows.label[train[picked]], rows.entity[train[picked]], plan.seed)
    low, high = np.round(points + factor * apart[0]), np.round(points + factor * apart[1])
    found = [
        LearnedRule(
            criteria.rules[place].model_copy(update={"points": float(points[position])}),
            int(low[position]),
            int(high[position]),
            criteria.rules[place].points if place < criteria.own else None,
            float(met[:, position].mean()),
        )
        for position, place in enumerate(taken)
    ]
    order = {dimension: number for number, dimension in enumerate(DIMENSIONS)}
    return tuple(sorted(found, key=lambda each: (order[each.rule.dimension], -each.rule.points)))


def _resampled(
    met: np.ndarray, teacher: Floats, label: np.ndarray, entity: np.ndarray, seed: int
) -> tuple[Floats, Floats]:
    """Return how far resampled entities move each weight, down and up, in log-odds.

    What the model says of a row is corrected by what the row then did: otherwise the intervals would know only how
    entities differ, and not how little a few conversions say.
    """
    residual = label - sigmoid(teacher)
    _, code = np.unique(entity, return_inverse=True)
    entities = int(code.max()) + 1
    places = list(range(met.shape[1]))
    middle = weights(moments(met, teacher, residual=residual), places, free=True)
    rng = np.random.default_rng(seed)
    moved = []
    with threadpool_limits(1, user_api="blas"):
        for _ in range(_RESAMPLES):
            drawn = np.bincount(rng.integers(entities, size=entities), minlength=entities).astype(np.float64)
            again = moments(met, teacher, drawn[code], residual)
            moved.append(weights(again, places, free=True) - middle)
    low, high = np.percentile(np.array(moved), [2.5, 97.5], axis=0)
    return low, high


def _sample(entity: np.ndarray, seed: int) -> np.ndarray:
    """Return the positions of all rows of enough entities, drawn at random."""
    if len(entity) <= _MOST_ROWS:
        return np.arange(len(entity))
    names, code = np.unique(entity, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    size = np.bincount(code)[order].cumsum()
    chosen = np.zeros(len(names), dtype=bool)
    chosen[order[: max(int(np.searchsorted(size, _MOST_ROWS)), 1)]] = True
    return np.flatnonzero(chosen[code])


def _judged(  # noqa: PLR0913, PLR0917 - all that was made, to be told in one record
    chosen: Definition,
    given: Definition,
    rows: Rows,
    train: np.ndarray,
    model: PropensityModel,
    learned: Sequence[LearnedRule],
    dropped: Sequence[PointsRule],
    split: Split,
) -> LearnedCard:
    from scipy.stats import spearmanr

    judged = np.unique(np.concatenate([fold.test for fold in split.folds]))
    by_model = model.log_odds(rows.values.iloc[judged])
    cards = {"learned": chosen.points, **({"points": given.points} if given.points else {})}
    totals = {name: _points(card, rows, judged) for name, card in cards.items()}
    probability = {"model": sigmoid(by_model)}
    label = rows.label[train].astype(np.float64)
    for name, card in cards.items():
        before = _points(card, rows, train)
        unit = float(before.std()) or 1.0  # near 1 the straight line is well conditioned
        probability[name] = fit_calibrator(before / unit, label).probability(totals[name] / unit)
    entity, rate = rows.entity[judged], float(label.mean())
    against = compare(rows.label[judged], probability, entity, reference_rate=rate)
    gained: Mapping[str, Interval] = {}
    if given.points:
        both = {name: probability[name] for name in ("learned", "points")}
        gained = compare(rows.label[judged], both, entity, reference_rate=rate).differences["points"]
    scales = {"model": (model.scale.points(by_model), given), "learned": (totals["learned"], chosen)}
    if given.points:
        scales["points"] = (totals["points"], given)
    shares = {
        name: {tier: float((points >= threshold).mean()) for tier, threshold in familiar(whose.tiers).items()}
        for name, (points, whose) in scales.items()
    }
    correlation = spearmanr(totals["learned"], by_model).statistic if len(np.unique(totals["learned"])) > 1 else 0.0
    return LearnedCard(
        given=given,
        definition=chosen,
        rules=tuple(learned),
        dropped=tuple(dropped),
        shares=shares,
        rank_correlation=float(correlation),
        metrics=against.metrics,
        lost=against.differences["learned"],
        gained=gained,
        split=split,
    )


def _next_version(definition: Definition, learned: Sequence[LearnedRule], stated: Mapping[str, float]) -> Definition:
    changed: dict[str, Any] = {
        "points": tuple(each.rule for each in learned),
        "version": definition.version + 1,
    }
    if definition.tiers.by == "points" and dict(stated) != familiar(definition.tiers):
        changed["tiers"] = Tiers(**stated)
    return definition.model_copy(update=changed)


def _same(one: PointsRule, other: PointsRule) -> bool:
    return one.model_copy(update={"points": 0.0}) == other.model_copy(update={"points": 0.0})


def _points(rules: Sequence[PointsRule], rows: Rows, where: np.ndarray) -> Floats:
    return PointsScorecard(rules).points(rows.values.iloc[where])

"""Propose a better definition: weights, criteria to drop, criteria to add, thresholds; found earlier, judged later."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Final

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.definition.parts import PointsRule
from pqlml.errors import DefinitionError, NotEnoughDataError
from pqlml.model.scorecard import PointsScorecard
from pqlml.report.assemble import rule_in_words
from pqlml.review.association import Bools, Floats, Ints
from pqlml.review.candidates import Candidate, apart, new_ones
from pqlml.review.effect import Z95
from pqlml.review.expectation import PairedDifference, differences, expected_share, restlessness
from pqlml.review.looks import Looks, count, look
from pqlml.review.period import Period
from pqlml.review.proposal import Evidence, PointsChange, Proposal
from pqlml.review.weights import Weights, fit_weights
from pqlml.schema import Tier

_LEAST_CONVERSIONS: Final = 30
_SMALL: Final = math.log(1.25)
"""A criterion goes if it surely multiplies the odds by less than that, given all others."""
_CLEAR: Final = 2.5
"""A new criterion comes if its coefficient is so many standard errors from nothing, and more where many are tried."""
_LEVEL: Final = 0.05
_MOST_NEW: Final = 5
_STEP: Final = 5.0
"""Points are rounded to that, as people write them."""
_NOTABLE: Final = 10.0
"""Points are changed if they differ by that, or by half of what they were."""


@dataclass(frozen=True)
class _Part:
    """The rows of all matured cutoffs, with what judges a card on them."""

    rows: Rows
    period: Period
    from_tier: Tier

    def flagged(self, definition: Definition) -> Bools:
        """Flag by the points."""
        threshold: float = getattr(definition.tiers, self.from_tier)
        return np.asarray(PointsScorecard(definition.points).points(self.rows.values) >= threshold)

    @cached_property
    def _before(self) -> tuple[pd.DataFrame, Ints]:
        before = self.period.before
        entity = pd.factorize(self.rows.keys["entity_id"][before])[0].astype(np.int64)
        return self.rows.values[before], entity

    def best_before(self, rules: Sequence[PointsRule]) -> Floats:
        """Return the most points that each entity of the earlier part ever had."""
        values, entity = self._before
        best = np.full(int(entity.max()) + 1, -np.inf)
        np.maximum.at(best, entity, PointsScorecard(rules).points(values))
        return best

    def looks(self, definition: Definition) -> Looks:
        """Look at the later part."""
        return look(self.rows.keys, self.flagged(definition), self.rows.label, self.period.inside)


def propose_rows(
    definition: Definition,
    rows: Rows,
    period: Period,
    candidates: Sequence[Candidate] = (),
    *,
    from_tier: Tier = "hot",
    seed: int = 0,
) -> Proposal:
    """Find changes on the rows before the period, and judge each on the rows of the period.

    Weights start from the hand-set ones and move as far as the evidence goes. A criterion is dropped if it surely adds
    little to what the others say; one is added if it clearly does. Thresholds are set so that each tier holds as many
    leads as before: what changes is who they are.

    Raises
    ------
    DefinitionError
        If the definition has no points, or its tiers are no thresholds on them.
    NotEnoughDataError
        If fewer than 30 conversions lie before the period.
    """
    if not definition.points or definition.tiers.by != "points":
        given = f"its tiers are by {definition.tiers.by}" if definition.points else "it has no points"
        msg = (
            f"a proposal changes points and the tiers' thresholds on them, and {definition.name!r} gives none to "
            f"change: {given}. Give it points (pqlml points learn makes them from data) and 'tiers' by points; leads "
            f"that the model flags are told by pqlml review --by model."
        )
        raise DefinitionError(msg)
    before = period.before
    conversions = int(rows.label[before].sum())
    if conversions < _LEAST_CONVERSIONS:
        msg = (
            f"before {period.start:%Y-%m-%d} there are {conversions} conversions whose window was over; a proposal "
            f"needs {_LEAST_CONVERSIONS}. Judge on a later period (--from), or wait for more data."
        )
        raise NotEnoughDataError(msg)
    part = _Part(rows, period, from_tier)
    rules, origins = _rules(definition, rows, before, candidates)
    met = PointsScorecard(rules).met(rows.values)
    old = len(definition.points)
    hand = np.array([rule.points for rule in rules])
    entity = pd.factorize(rows.keys["entity_id"][before])[0].astype(np.int64)
    label = rows.label[before] == 1
    kept = np.arange(len(rules))
    first = fit_weights(met[before], hand, label, entity)
    least = max(_CLEAR, NormalDist().inv_cdf(1 - _LEVEL / (2 * max(len(rules) - old, 1))))
    clear = [place for place in range(old, len(rules)) if abs(first.alone[place]) > least * first.alone_error[place]]
    clear.sort(key=lambda place: -abs(first.alone[place] / first.alone_error[place]))
    kept = np.array([*range(old), *sorted(clear[:_MOST_NEW])])
    weights = fit_weights(met[before][:, kept], hand[kept], label, entity)
    idle = [place for place in range(old) if _idle(weights, place, hand[place])]
    final = np.array([number for number in range(len(kept)) if number not in idle])
    if len(final):
        settled = fit_weights(met[before][:, kept[final]], hand[kept[final]], label, entity)
        points = dict(zip(final.tolist(), settled.points.tolist(), strict=True))
    else:
        points = {}
    changes = _changes(part, definition, rules, origins, met, kept, weights, idle, points, seed)
    return _judged(part, definition, changes, seed)


def with_changes(
    definition: Definition, changes: Sequence[PointsChange], thresholds: Mapping[str, float]
) -> Definition:
    """Return the definition with changes and thresholds."""
    by_place = {change.place: change for change in changes if change.place is not None}
    points: list[PointsRule] = []
    for place, rule in enumerate(definition.points):
        change = by_place.get(place)
        if change is None:
            points.append(rule)
        elif change.new is not None:
            points.append(rule.model_copy(update={"points": change.new}))
    points += [change.rule for change in changes if change.place is None]
    tiers = definition.tiers.model_copy(update=dict(thresholds))
    return definition.model_copy(update={"points": tuple(points), "tiers": tiers})


def _rules(
    definition: Definition, rows: Rows, before: Bools, candidates: Sequence[Candidate]
) -> tuple[list[PointsRule], list[str]]:
    fresh = new_ones(definition, candidates)
    rules = [*definition.points, *(candidate.rule for candidate in fresh)]
    old = len(definition.points)
    distinct = apart(PointsScorecard(rules).met(rows.values)[before], old)
    return (
        [*definition.points, *(rules[place] for place in distinct)],
        [*("" for _ in range(old)), *(fresh[place - old].origin for place in distinct)],
    )


def _idle(weights: Weights, place: int, hand: float) -> bool:
    """Tell whether a criterion surely adds little in the direction of its points."""
    side = 1.0 if hand >= 0 else -1.0
    return bool(side * weights.alone[place] + Z95 * weights.alone_error[place] < _SMALL)


def _changes(  # noqa: PLR0913, PLR0917 - what one loop over the criteria needs
    part: _Part,
    definition: Definition,
    rules: Sequence[PointsRule],
    origins: Sequence[str],
    met: Bools,
    kept: np.ndarray,
    weights: Weights,
    idle: Sequence[int],
    points: Mapping[int, float],
    seed: int,
) -> list[PointsChange]:
    features = {feature.name: feature for feature in part.rows.features}
    old, before = len(definition.points), part.period.before
    changes = []
    for number, place in enumerate(kept.tolist()):
        hand = rules[place].points
        new = None if number in idle else _rounded(points[number])
        if place < old:
            if new is not None and new * hand <= 0:
                new = math.copysign(_STEP, hand)  # whether it speaks against is not sure, or it would be dropped
            if new is not None and abs(new - hand) < max(_STEP, min(_NOTABLE, abs(hand) / 2)):
                continue
        elif not new:
            continue
        rule = rules[place] if new is None else rules[place].model_copy(update={"points": new})
        change = PointsChange(
            "add" if place >= old else "drop" if new is None else "weight",
            rule,
            rule_in_words(rule, features),
            place if place < old else None,
            hand if place < old else None,
            new,
            origins[place],
            _evidence(met[before][:, place], part.rows.label[before] == 1, weights, number),
            PairedDifference(math.nan, math.nan, math.nan),
            PairedDifference(math.nan, math.nan, math.nan),
        )
        precision, recall = _alone(part, definition, change, seed)
        changes.append(PointsChange(**{**vars(change), "precision": precision, "recall": recall}))
    return changes


def _alone(
    part: _Part, definition: Definition, change: PointsChange, seed: int
) -> tuple[PairedDifference, PairedDifference]:
    changed = _same_volume(part, definition, [change])
    return differences(part.looks(definition), part.looks(changed), np.random.default_rng(seed))


def _judged(part: _Part, definition: Definition, changes: Sequence[PointsChange], seed: int) -> Proposal:
    new = _same_volume(part, definition, changes) if changes else definition
    rows, period = part.rows, part.period
    old_looks, new_looks = part.looks(definition), part.looks(new)
    before, after = count(old_looks, rows.amount), count(new_looks, rows.amount)
    matured = period.before | period.inside
    restless = restlessness(rows.keys, part.flagged(new), rows.label, matured)
    precision, recall = differences(old_looks, new_looks, np.random.default_rng(seed))
    return Proposal(
        definition,
        new,
        tuple(changes),
        {
            tier: (getattr(definition.tiers, tier), getattr(new.tiers, tier))
            for tier in ("critical", "hot", "warm")
            if getattr(definition.tiers, tier) != getattr(new.tiers, tier)
        },
        part.from_tier,
        period,
        int(period.before.sum()),
        int(period.inside.sum()),
        before,
        after,
        expected_share(after.true_positives, after.flagged, restless),
        expected_share(after.true_positives, after.converted, restless),
        precision,
        recall,
    )


def _same_volume(part: _Part, definition: Definition, changes: Sequence[PointsChange]) -> Definition:
    """Apply changes, with thresholds that as many entities of the earlier part ever reach as before."""
    changed = with_changes(definition, changes, {})
    old, new = (part.best_before(one.points) for one in (definition, changed))
    thresholds: dict[str, float] = {}
    above = math.inf
    for tier in ("critical", "hot", "warm"):
        wanted = float((old >= getattr(definition.tiers, tier)).mean())
        threshold = _threshold(new, wanted, getattr(definition.tiers, tier))
        thresholds[tier] = above = min(threshold, above - 1)
    return with_changes(definition, changes, thresholds)


def _threshold(points: Floats, share: float, usual: float) -> float:
    """Return the whole number that the share nearest to the one wanted reaches."""
    if not 0 < share < 1:
        return usual
    values, counts = np.unique(np.ceil(points), return_counts=True)
    above = counts[::-1].cumsum()[::-1] / len(points)
    return float(values[np.abs(above - share).argmin()])


def _rounded(points: float) -> float:
    return float(_STEP * round(points / _STEP))


def _evidence(met: Bools, label: Bools, weights: Weights, number: int) -> Evidence:
    value, error = weights.alone[number], weights.alone_error[number]
    low, high = value - Z95 * error, value + Z95 * error
    return Evidence(
        float(met.mean()),
        float(label[met].mean()) if met.any() else math.nan,
        float(label[~met].mean()) if not met.all() else math.nan,
        (math.exp(value), math.exp(min(low, 50)), math.exp(min(high, 50))),
    )

"""Propose a better definition: weights, criteria to drop, criteria to add, thresholds; found earlier, judged later."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
from pqlml.review.candidates import Candidate
from pqlml.review.choice import FOLDS, Effect, Settled, Trial, folds, settle
from pqlml.review.expectation import Expected, differences, expected_share, restlessness
from pqlml.review.finding import Suggested, Suggestions, suggest
from pqlml.review.looks import Looks, count, look
from pqlml.review.period import Period
from pqlml.review.proposal import Evidence, PointsChange, Proposal, Why
from pqlml.review.stage import stage
from pqlml.schema import Tier

_LEAST_CONVERSIONS: Final = 30


@dataclass(frozen=True)
class _Part:
    """The rows of all matured cutoffs, with what judges a card on them."""

    definition: Definition
    rows: Rows
    period: Period
    from_tier: Tier
    seed: int

    @property
    def threshold(self) -> float:
        """Points from which on the old definition flags."""
        threshold: float = getattr(self.definition.tiers, self.from_tier)
        return threshold

    def flagged(self, definition: Definition) -> Bools:
        """Flag by the points."""
        threshold: float = getattr(definition.tiers, self.from_tier)
        return np.asarray(PointsScorecard(definition.points).points(self.rows.values) >= threshold)

    def trial(self, inside: Bools, given: Floats) -> Trial:
        """Try changes on some rows."""
        stand = stage(self.rows.keys, self.rows.label, inside)
        base = PointsScorecard(self.definition.points).points(self.rows.values)
        return Trial(stand, base, given, stand.flagged(base, self.threshold))

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
    """Find and choose changes on the rows before the period, and judge each on the rows of the period.

    What is found (:mod:`pqlml.review.finding`) is proposed if it helps beside the other changes before the period, and
    if the period does not surely call it worse (:mod:`pqlml.review.choice`). Thresholds are set so that each tier holds
    as many leads as before: what changes is who they are.

    Raises
    ------
    DefinitionError
        If the definition has no points, or its tiers are no thresholds on them.
    NotEnoughDataError
        If fewer than 30 conversions lie before the period, or nobody is flagged there.
    """
    require_points_with_tiers(definition)
    before = period.before
    conversions = int(rows.label[before].sum())
    if conversions < _LEAST_CONVERSIONS:
        msg = (
            f"before {period.start:%Y-%m-%d} there are {conversions} conversions whose window was over; a proposal "
            f"needs {_LEAST_CONVERSIONS}. Judge on a later period (--from), or wait for more data."
        )
        raise NotEnoughDataError(msg)
    part = _Part(definition, rows, period, from_tier, seed)
    found = suggest(definition, rows, before, candidates)
    aside = np.where(before, folds(rows.entity.astype(str), FOLDS, seed), -1)
    earlier = part.trial(before, found.given_apart(rows, before, aside))
    if not earlier.number:
        msg = (
            f"before {period.start:%Y-%m-%d} no lead was {from_tier} or better by the points, so there is nothing to "
            f"compare a change with. Flag from a lower tier on (--flag warm), or lower its threshold."
        )
        raise NotEnoughDataError(msg)
    later = part.trial(period.inside, found.given())
    return _judged(_Told(part, found, earlier, later, settle(earlier, later, found.kinds)))


def require_points_with_tiers(definition: Definition) -> None:
    """Refuse a definition in which no points decide who is flagged.

    Raises
    ------
    DefinitionError
        If it has no points, or its tiers are no thresholds on them; says what is possible instead.
    """
    name, tiers = definition.name, definition.tiers.by
    what = "a proposal changes points and the tiers' thresholds on them"
    if not definition.points:
        msg = f"{what}, and {name!r} has no points. 'pqlml points learn' makes them from data."
        raise DefinitionError(msg)
    if tiers != "points":
        decides = {
            "probability": "a threshold on the model's probability",
            "capacity": "the model's order of the leads",
        }
        msg = (
            f"{what}, and the tiers of {name!r} are by {tiers}: {decides[tiers]} decides who is flagged, whatever the "
            f"points are, so neither a weight nor a threshold can be proposed. Possible are 'pqlml review --by model', "
            f"which tells where the model errs, and 'pqlml replay', which compares two such definitions. For a "
            f"proposal give 'tiers' by points."
        )
        raise DefinitionError(msg)


def with_changes(definition: Definition, changes: Sequence[Suggested], thresholds: Mapping[str, float]) -> Definition:
    """Return the definition with changes and thresholds."""
    by_place = {change.place: change for change in changes if change.place is not None}
    points: list[PointsRule] = []
    for place, rule in enumerate(definition.points):
        change = by_place.get(place)
        if change is None:
            points.append(rule)
        elif change.kind != "drop":
            points.append(rule.model_copy(update={"points": change.new}))
    points += [change.rule for change in changes if change.place is None]
    tiers = definition.tiers.model_copy(update=dict(thresholds))
    return definition.model_copy(update={"points": tuple(points), "tiers": tiers})


def _same_volume(part: _Part, changes: Sequence[Suggested]) -> Definition:
    """Apply changes, with thresholds that as many entities of the earlier part ever reach as before."""
    definition = part.definition
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


@dataclass(frozen=True)
class _Told:
    """What was found, with what becomes of it.

    Attributes
    ----------
    earlier, later
        The changes on the two parts.
    """

    part: _Part
    found: Suggestions
    earlier: Trial
    later: Trial
    settled: Settled

    def proposed(self) -> list[PointsChange]:
        """Describe the changes that stay, each beside the others."""
        stay = self.settled.stay
        were, are = self.earlier.effects(stay), self.later.effects(stay)
        return [self._change(one, were[one], are[one]) for one in stay]

    def left_out(self) -> list[tuple[PointsChange, Why]]:
        """Describe the other changes: beside those that stay, and what was struck as it was then."""
        found: list[tuple[PointsChange, Why]] = []
        for one in range(len(self.found.changes)):
            if one in self.settled.struck:
                found.append((self._change(one, *self.settled.struck[one]), "later"))
            elif one in self.settled.left:
                beside = self.later.effects([*self.settled.stay, one])[one]
                found.append((self._change(one, self.settled.left[one], beside), "earlier"))
        return found

    def definition(self, which: Sequence[int]) -> Definition:
        """Make changes, with thresholds that keep as many leads in each tier."""
        made = [self.found.changes[one] for one in which]
        return _same_volume(self.part, made) if made else self.part.definition

    def _change(self, number: int, earlier: Effect, later: Effect) -> PointsChange:
        change, part = self.found.changes[number], self.part
        features = {feature.name: feature for feature in part.rows.features}
        return PointsChange(
            change.kind,
            change.rule,
            rule_in_words(change.rule, features),
            change.place,
            None if change.kind == "add" else change.old,
            None if change.kind == "drop" else change.new,
            change.origin,
            _evidence(part, self.found.met[:, change.column], change),
            earlier.precision,
            later.precision,
            later.recall,
        )


def _judged(told: _Told) -> Proposal:
    part, stay = told.part, told.settled.stay
    old, new = part.definition, told.definition(stay)
    rows, period = part.rows, part.period
    old_looks, new_looks = part.looks(old), part.looks(new)
    before, after = count(old_looks, rows.amount), count(new_looks, rows.amount)
    precision, recall = differences(old_looks, new_looks, np.random.default_rng(part.seed))
    return Proposal(
        old,
        new,
        tuple(told.proposed()),
        tuple(told.left_out()),
        {
            tier: (getattr(old.tiers, tier), getattr(new.tiers, tier))
            for tier in ("critical", "hot", "warm")
            if getattr(old.tiers, tier) != getattr(new.tiers, tier)
        },
        part.from_tier,
        period,
        int(period.before.sum()),
        int(period.inside.sum()),
        before,
        after,
        *_expected(told, new, new_looks),
        precision,
        recall,
        told.later.together(stay).precision,
    )


def _expected(told: _Told, new: Definition, looks: Looks) -> tuple[Expected, Expected]:
    """Say what to expect; where the later part struck changes, each half of its entities is judged by the other.

    What was struck looks worse there than it is, and the rest better; that is not so for entities that had no part in
    striking.
    """
    part = told.part
    flagged, caught = looks.flagged, looks.flagged & looks.converted
    if told.settled.struck:
        half = folds(told.later.stage.entity, 2, part.seed) == 0
        for mine in (half, ~half):
            others = settle(told.earlier, told.later, told.found.kinds, ~mine)
            seen = part.looks(told.definition(others.stay))
            flagged = np.where(mine, seen.flagged, flagged)
            caught = np.where(mine, seen.flagged & seen.converted, caught)
    matured = part.period.before | part.period.inside
    restless = restlessness(part.rows.keys, part.flagged(new), part.rows.label, matured)
    hits = int(caught.sum())
    return (
        expected_share(hits, int(flagged.sum()), restless),
        expected_share(hits, int((looks.bought >= 0).sum()), restless),
    )


def _evidence(part: _Part, met: Bools, change: Suggested) -> Evidence:
    label, before = part.rows.label == 1, part.period.before
    with_it, without = label[before & met], label[before & ~met]
    return Evidence(
        float(met[before].mean()),
        float(with_it.mean()) if len(with_it) else math.nan,
        float(without.mean()) if len(without) else math.nan,
        change.odds,
    )

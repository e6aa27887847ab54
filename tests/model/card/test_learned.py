"""A learned card: judged on rows that it has not seen, readable, and the next version of its definition."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest

from pqlml.definition import dump_definition, parse_definition
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.features import check_points
from pqlml.model.card import CardPlan, LearnedCard, learn_card, learned
from pqlml.model.card.learned import _resampled, _sample
from pqlml.model.card.weights import moments, weights
from pqlml.model.scorecard import PointsScorecard
from tests.helpers.synthetic import CUTOFFS, TEXT, VOCABULARY, definition, make_rows

PLAN = "evaluation: {test_from: 2026-04-01, origins: 1}\n"
ROWS = make_rows(240)


@functools.cache
def card() -> LearnedCard:
    return learn_card(definition(PLAN), VOCABULARY, ROWS, progress=lambda _: None)


def test_the_card_says_what_drives_the_label() -> None:
    strongest = max(card().rules, key=lambda each: each.rule.points)
    assert strongest.rule.feature == "limit_hit.count.28d"
    assert strongest.low > 0
    assert {"limit_hit.count.28d", "active.days.28d"} <= {each.rule.feature for each in card().rules}


def test_points_are_whole_and_lie_in_their_interval() -> None:
    for each in card().rules:
        assert each.rule.points == round(each.rule.points) >= 1
        assert each.low <= each.rule.points <= each.high
        assert 0 < each.met < 1


def test_every_rule_of_the_definition_is_learned_or_left_out() -> None:
    own = len(definition().points)
    assert sum(each.before is not None for each in card().rules) + len(card().dropped) == own


def test_the_card_keeps_the_models_order() -> None:
    found = card()
    assert found.rank_correlation > 0.8
    assert found.lost["roc_auc"].low < 0.05
    assert found.lost["roc_auc"].value == pytest.approx(
        found.metrics["model"]["roc_auc"].value - found.metrics["learned"]["roc_auc"].value
    )
    assert found.gained["roc_auc"].value == pytest.approx(
        found.metrics["learned"]["roc_auc"].value - found.metrics["points"]["roc_auc"].value
    )
    assert f"rank correlation of {found.rank_correlation:.2f}" in found.sentence


def test_the_card_is_the_next_version_of_its_definition() -> None:
    found = card().definition
    assert found.version == definition().version + 1
    assert [rule.points for rule in found.points] == [each.rule.points for each in card().rules]
    again = parse_definition(dump_definition(found))
    assert again == found
    assert check_points(again) == []
    assert set(card().notes) == set(range(len(found.points)))
    assert any(note.startswith(("new; ", "was ")) for note in card().notes.values())


def test_thresholds_mean_about_the_same_as_with_the_model() -> None:
    found = card()
    for tier in ("warm", "hot"):
        assert found.shares["learned"][tier] == pytest.approx(found.shares["model"][tier], abs=0.08)
    late = ROWS.values[(ROWS.keys["cutoff"] >= "2026-04-01").to_numpy()]
    points = PointsScorecard(found.definition.points).points(late)
    assert found.shares["learned"]["warm"] == pytest.approx((points >= found.definition.tiers.warm).mean())


def test_rows_after_the_first_origin_teach_the_card_nothing() -> None:
    late = (ROWS.keys["cutoff"] >= "2026-04-01").to_numpy()
    turned = dataclasses.replace(ROWS, label=np.where(late, 1 - ROWS.label, ROWS.label))
    again = learn_card(definition(PLAN), VOCABULARY, turned, progress=lambda _: None)
    assert again.rules == card().rules
    assert again.metrics["learned"]["roc_auc"].value == pytest.approx(
        1 - card().metrics["learned"]["roc_auc"].value, abs=1e-9
    )


def test_points_can_be_multiples_and_rules_few() -> None:
    small = learn_card(
        definition(PLAN), VOCABULARY, make_rows(120), CardPlan(3, 5, kind="linear"), progress=lambda _: None
    )
    assert len(small.rules) <= 3
    assert all(each.rule.points % 5 == 0 for each in small.rules)


def test_a_definition_without_points_learns_its_first() -> None:
    text = TEXT[: TEXT.index("points:")] + PLAN + "tiers: {by: probability, warm: 0.1, hot: 0.2, critical: 0.3}\n"
    found = learn_card(
        parse_definition(text), VOCABULARY, make_rows(120), CardPlan(kind="linear"), progress=lambda _: None
    )
    assert found.dropped == ()
    assert found.gained == {}
    assert list(found.metrics) == ["model", "learned"]
    assert "against the points" not in found.sentence
    assert found.definition.tiers == found.given.tiers, "thresholds on probabilities are not about points"
    assert all(each.before is None for each in found.rules)


def test_resampled_entities_hold_the_true_weight_as_often_as_they_say() -> None:
    hit = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        met = rng.random((600, 2)) < 0.4
        entity = np.repeat(np.arange(200), 3)
        log_odds = -1.5 + met @ np.array([1.0, 0.5])
        label = rng.random(600) < 1 / (1 + np.exp(-log_odds))
        low, high = _resampled(met, log_odds, label, entity, seed)
        middle = weights(moments(met, log_odds, residual=label - 1 / (1 + np.exp(-log_odds))), [0, 1], free=True)
        hit += int(middle[0] + low[0] <= 1.0 <= middle[0] + high[0])
    assert hit >= 17, "of 20 intervals of 95 %"


def test_many_rows_are_thinned_by_entity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "_MOST_ROWS", 100)
    entity = ROWS.entity
    picked = _sample(entity, 0)
    assert 0 < len(picked) <= 100
    chosen = set(entity[picked])
    assert len(picked) == len(chosen) * len(CUTOFFS), "all rows of an entity, or none"


def test_what_cannot_be_learned_is_told() -> None:
    with pytest.raises(DataError, match="most=0"):
        CardPlan(most=0)
    alike = ROWS.values.iloc[[0] * 600].reset_index(drop=True)
    same = dataclasses.replace(make_rows(120), values=alike)
    with pytest.raises(NotEnoughDataError, match="no condition on a single feature"):
        learn_card(definition(PLAN), VOCABULARY, same, CardPlan(kind="linear"), progress=lambda _: None)

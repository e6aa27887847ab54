"""The report's content: every number is one of the evaluation's, and the counts reconcile."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from pqlml.dataset import split_rows
from pqlml.definition import PointsRule
from pqlml.events.tables import Finding
from pqlml.explain import contributions
from pqlml.model.evaluation import Evaluation, evaluate_candidates
from pqlml.report.assemble import group_strength, report_content, rows_by_split, rule_in_words
from pqlml.report.content import ReportContent
from tests.helpers.synthetic import FEATURES, VOCABULARY, definition, make_rows

ROWS = make_rows()
NOW = dt.datetime(2026, 6, 1)
FINDING = Finding("PQD022", "note", "entities without an event", "silence is information", 3)


def judged(more: str) -> Evaluation:
    plan = definition(more)
    split = split_rows(plan, ROWS.keys, ROWS.label)
    return evaluate_candidates(plan, VOCABULARY, ROWS, split, progress=lambda _: None)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return judged("evaluation: {test_from: 2026-03-15}")


@pytest.fixture(scope="module")
def content(evaluation: Evaluation) -> ReportContent:
    return report_content(evaluation, ROWS, [FINDING], "worth it", {"run": "r-1"}, created_at=NOW)


def test_what_was_given_is_shown(content: ReportContent, evaluation: Evaluation) -> None:
    assert content.headline == "worth it"
    assert content.how_judged == evaluation.split.headline
    assert content.metrics is evaluation.metrics
    assert content.findings == [FINDING]
    assert content.run_ids == {"run": "r-1"}
    assert content.created_at == NOW
    assert content.dropped == {"immature": 7}
    np.testing.assert_array_equal(content.label, evaluation.label)


def test_without_a_time_it_is_now(evaluation: Evaluation) -> None:
    made = report_content(evaluation, ROWS, [], "", {}).created_at
    assert made.tzinfo is None
    assert abs(made - dt.datetime.now(dt.UTC).replace(tzinfo=None)) < dt.timedelta(minutes=1)


def test_rows_and_conversions_reconcile(content: ReportContent) -> None:
    assert content.rows_by_split == {"train": 480, "purged": 240, "test": 480}
    assert sum(content.rows_by_split.values()) + sum(content.dropped.values()) == ROWS.total
    assert sum(content.conversions_by_split.values()) == ROWS.label.sum()
    assert content.conversions_by_split["test"] == content.label.sum()


def test_folds_judge_every_row() -> None:
    counts, conversions = rows_by_split(judged("evaluation: {folds: 2}"), ROWS)
    assert counts == {"judged in folds": 1200}
    assert conversions == {"judged in folds": ROWS.label.sum()}


def test_explained_rows_are_judged_rows_with_their_values(content: ReportContent, evaluation: Evaluation) -> None:
    values = ROWS.values.iloc[evaluation.rows]
    shares = contributions(evaluation.model, values)
    np.testing.assert_allclose(content.shap_values, shares.values)
    assert content.shap_data.shape == content.shap_values.shape
    np.testing.assert_array_equal(content.shap_data[:, 0], values["limit_hit.count.28d"])
    assert np.isnan(content.shap_data[:, 6]).all(), "industry is a text"
    assert content.feature_labels[0] == "Plan limits hit in the last 28 days"
    assert len(content.feature_labels) == len(FEATURES)


def test_only_a_sample_is_explained(evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pqlml.report.assemble._SAMPLE", 50)
    first, again = (report_content(evaluation, ROWS, [], "", {}, created_at=NOW) for _ in range(2))
    assert first.shap_values.shape == (50, len(FEATURES))
    np.testing.assert_array_equal(first.shap_values, again.shap_values)


def test_groups_come_strongest_first(content: ReportContent) -> None:
    groups = content.groups
    assert groups["mean_abs_contribution"].is_monotonic_decreasing
    assert groups["group"].iloc[0] == "limit_hit"
    assert len(groups) == 6
    assert groups.set_index("group")["label"]["limit_hit"] == "plan limits hit"


def test_a_group_without_a_noun_goes_by_its_name(evaluation: Evaluation) -> None:
    nameless = tuple(dataclasses.replace(feature, noun="") for feature in FEATURES)
    shares = dataclasses.replace(contributions(evaluation.model, ROWS.values.head(20)), features=nameless)
    assert set(group_strength(shares)["label"]) == {feature.group for feature in FEATURES}


def test_each_rule_stands_beside_what_happened(content: ReportContent, evaluation: Evaluation) -> None:
    card = content.points_card.set_index("rule")
    assert card.index.tolist() == [
        "Plan limits hit in the last 28 days: 2 or more",
        "Days with sign-ins in the last 28 days: 10 or more",
        "Industry: Fintech or saas",
    ]
    hits = ROWS.values["limit_hit.count.28d"].to_numpy()[evaluation.rows] >= 2
    row = card.loc["Plan limits hit in the last 28 days: 2 or more"]
    assert row["points"] == 40
    assert row["dimension"] == "upgrade"
    assert row["share_met"] == pytest.approx(hits.mean())
    assert row["rate_met"] == pytest.approx(evaluation.label[hits].mean())
    assert row["rate_not_met"] == pytest.approx(evaluation.label[~hits].mean())
    by_group = content.shap_values[:, :2].sum(axis=1)
    expected = evaluation.model.scale.factor * (by_group[hits].mean() - by_group[~hits].mean())
    assert row["model_points"] == pytest.approx(expected)
    assert expected > 0


def test_a_rule_that_nobody_or_everybody_meets_has_no_contrast(evaluation: Evaluation) -> None:
    rules = tuple(
        PointsRule(feature="limit_hit.count.28d", at_least=bound, points=1, dimension="upgrade") for bound in (0, 999)
    )
    plan = evaluation.model.definition.model_copy(update={"points": rules})
    model = dataclasses.replace(evaluation.model, definition=plan)
    card = report_content(dataclasses.replace(evaluation, model=model), ROWS, [], "", {}).points_card
    assert card["share_met"].tolist() == [1, 0]
    assert card["model_points"].isna().all()
    assert card["rate_not_met"].isna().tolist() == [True, False]
    assert card["rate_met"].isna().tolist() == [False, True]


def test_model_and_hand_points_stand_on_one_scale(content: ReportContent, evaluation: Evaluation) -> None:
    expected = evaluation.model.scale.points(evaluation.model.log_odds(ROWS.values.iloc[evaluation.rows]))
    assert content.model_points is not None
    np.testing.assert_allclose(content.model_points, expected)
    np.testing.assert_array_equal(content.hand_points, evaluation.card_points)


def test_a_probability_rounded_to_one_has_finite_points(evaluation: Evaluation) -> None:
    certain = {name: np.ones(len(evaluation.label)) for name in evaluation.probability}
    made = report_content(dataclasses.replace(evaluation, probability=certain), ROWS, [], "", {})
    assert made.model_points is not None
    assert np.isfinite(made.model_points).all()


def test_without_a_card_there_is_nothing_to_compare(evaluation: Evaluation) -> None:
    plan = evaluation.model.definition.model_copy(update={"points": ()})
    bare = dataclasses.replace(
        evaluation, model=dataclasses.replace(evaluation.model, definition=plan), card_points=None
    )
    made = report_content(bare, ROWS, [], "", {})
    assert made.model_points is None
    assert made.hand_points is None
    assert made.points_card.empty


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"at_least": 3}, "Company size: 3 or more"),
        ({"at_most": 2.5}, "Company size: 2.5 or less"),
        ({"at_least": 50, "at_most": 500}, "Company size: 50 to 500"),
        ({"values": ("a", "b")}, "Company size: a or b"),
    ],
)
def test_a_rule_in_words(condition: dict[str, object], said: str) -> None:
    rule = PointsRule.model_validate({"feature": "company_size", "points": 5, "dimension": "fit", **condition})
    assert rule_in_words(rule, {feature.name: feature for feature in FEATURES}) == said
    assert rule_in_words(rule, {}) == said.replace("Company size", "company_size")

"""The records behind the page: rounding, signs, verdicts and sums."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pqlml.audit import CHECKS, Audited, Leak, Lift, Result
from pqlml.audit.records import SEVERITIES
from pqlml.model.metrics import Interval, compare
from pqlml.report import ReportContent, sections
from pqlml.report.content import CARD_COLUMNS


def with_points(content: ReportContent, points: np.ndarray) -> ReportContent:
    probabilities = {"model": content.probabilities["model"], "points": points}
    compared = compare(content.label, probabilities, content.entity, reference_rate=0.04, replicates=100)
    return dataclasses.replace(
        content, probabilities=probabilities, metrics=compared.metrics, differences=compared.differences
    )


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_rows_used_and_set_aside_reconcile(content: ReportContent) -> None:
    found = sections.account(content)
    assert sum(number(row.rows) for row in found.used) == number(found.used_total.rows)
    assert sum(number(row.rows) for row in found.dropped) == number(found.dropped_total.rows)
    looked_at = sum(content.rows_by_split.values()) + sum(content.dropped.values())
    assert number(found.used_total.rows) + number(found.dropped_total.rows) == number(found.total) == looked_at


def test_purged_rows_are_set_aside_and_reasons_without_rows_are_not_listed(content: ReportContent) -> None:
    found = sections.account(content)
    assert [row.name for row in found.used] == ["Training", "Test"]
    assert "window reaches into the test period" in [row.name for row in found.dropped]
    assert "signed up too recently" not in [row.name for row in found.dropped]
    assert [number(row.rows) for row in found.dropped] == [3120, 2904, 1480, 960, 212, 77]


def test_a_part_without_rows_has_no_rate(content: ReportContent) -> None:
    empty = dataclasses.replace(content, rows_by_split={"later": 0}, conversions_by_split={"later": 0}, dropped={})
    found = sections.account(empty)
    assert found.used == (sections.CountRow("Later", "0", "0", "\N{EN DASH}"),)


def test_losses_are_shown_positive_and_their_least_is_best(content: ReportContent) -> None:
    row = next(row for row in sections.metric_rows(content) if row.label == "Log loss")
    values = [float(cell.value) for cell in row.cells]
    model = content.metrics["model"]["neg_log_loss"]
    assert values[0] == pytest.approx(-model.value, abs=0.0006)
    assert row.cells[0].interval == f"[{-model.high:.3f}, {-model.low:.3f}]"
    assert [cell.best for cell in row.cells] == [value == min(values) for value in values]


def test_one_candidate_alone_is_not_called_best(content: ReportContent) -> None:
    alone = dataclasses.replace(
        content,
        probabilities={"model": content.probabilities["model"]},
        metrics={"model": content.metrics["model"]},
        differences={},
    )
    assert not any(cell.best for row in sections.metric_rows(alone) for cell in row.cells)
    assert sections.verdict(alone) is None
    assert all(card.against == "" for card in sections.cards(alone))


def test_the_verdict_names_the_better_one_or_says_that_it_is_open(content: ReportContent) -> None:
    rng = np.random.default_rng(0)
    model = content.probabilities["model"]
    perfect = np.where(content.label == 1, 0.9, 0.1)
    found = {
        name: sections.verdict(with_points(content, points))
        for name, points in {"chance": rng.random(len(model)), "same": model, "perfect": perfect}.items()
    }
    assert {name: verdict.tone for name, verdict in found.items() if verdict} == {
        "chance": "good",
        "same": "open",
        "perfect": "bad",
    }
    assert found["chance"] is not None
    assert "ROC-AUC +0." in found["chance"].text


def test_cards_show_the_points_beside_the_model(content: ReportContent) -> None:
    caught, lift, auc, actual = sections.cards(content)
    assert caught.cell.value.endswith("%")
    assert lift.against.startswith("hand-set points: ")
    assert auc.cell.value == f"{content.metrics['model']['roc_auc'].value:.3f}"
    assert actual.against == ""


def test_few_conversions_are_warned_of(content: ReportContent) -> None:
    many = dataclasses.replace(content, label=np.resize([0, 1], len(content.label)))
    few = dataclasses.replace(content, label=np.array([1] * 7 + [0] * (len(content.label) - 7)))
    assert sections.warnings(many) == ()
    assert sections.warnings(few)[0].startswith("Only 7 of the judged accounts converted")


def test_shares_of_groups_and_dimensions_add_up_to_all() -> None:
    groups = pd.DataFrame(
        {
            "group": ["a", "b", "c"],
            "dimension": ["fit", "other", "team"],
            "label": ["A", "B", "C"],
            "mean_abs_contribution": [0.5, 0.3, 0.2],
        }
    )
    assert [(row.share, row.width) for row in sections.group_rows(groups)] == [("50%", 100), ("30%", 60), ("20%", 40)]
    assert [(row.dimension, row.width) for row in sections.dimension_rows(groups)] == [
        ("team", 20),
        ("fit", 50),
        ("other", 30),
    ]


@pytest.mark.parametrize(
    ("points", "model_points", "word"),
    [
        (20, 23, "about as given"),
        (20, 45, "worth more"),
        (20, 9, "worth less"),
        (20, -9, "the opposite"),
        (-20, -40, "worth more"),
        (20, np.nan, "not in the model"),
    ],
)
def test_a_rule_is_compared_in_words(points: float, model_points: float, word: str) -> None:
    card = pd.DataFrame([("r", "fit", points, 0.1, 0.2, 0.05, model_points)], columns=list(CARD_COLUMNS))
    (row,) = sections.rule_rows(card)
    assert row.word == word
    assert row.lift == "4.0\N{MULTIPLICATION SIGN}"
    assert row.rates == "20% against 5.0%"


@pytest.mark.parametrize(("met", "not_met"), [(np.nan, 0.04), (0.1, 0.0), (0.1, np.nan)])
def test_a_lift_that_cannot_be_told_is_a_dash(met: float, not_met: float) -> None:
    card = pd.DataFrame([("r", "fit", 10, 0.1, met, not_met, 10.0)], columns=list(CARD_COLUMNS))
    assert sections.rule_rows(card)[0].lift == "\N{EN DASH}"


def audited(*severities: str) -> Audited:
    lift = Lift(0.7, 0.95, Interval(0.25, 0.2, 0.3), 2.0, 6.0)
    leaks = tuple(
        Leak("PQL012", "known only for winners", severity, f"column_{severity}", "why", {}, 9, lift, ignored=False)
        for severity in SEVERITIES
        if severity in severities
    )
    return Audited(100, 20, 4, (Result(CHECKS[11], "found", "", leaks),))


def test_a_leak_for_certain_is_warned_of_before_anything_else(content: ReportContent) -> None:
    leaky = dataclasses.replace(content, audited=audited("error", "warning", "note"))
    assert sections.warnings(leaky)[0].startswith("No figure on this page can be trusted: column_error leak into")
    assert sections.warnings(dataclasses.replace(content, audited=audited("warning"))) == sections.warnings(content)
    rows = sections.leak_rows(leaky)
    assert [(row.severity, row.column, row.without, row.made) for row in rows] == [
        ("error", "column_error", "0.700", "0.950"),
        ("warning", "column_warning", "0.700", "0.950"),
    ]


def test_without_an_audit_nothing_is_said_of_leaks(content: ReportContent) -> None:
    assert sections.leak_rows(content) == ()

"""What `points learn` prints: every rule with its interval, what is left out, and what the thresholds mean."""

from __future__ import annotations

import functools
import io
from pathlib import Path

from rich.console import Console

from pqlml.cli.learning import as_shape, as_text
from pqlml.model.card import CardPlan, LearnedCard, condition, learn_card
from tests.helpers.synthetic import VOCABULARY, definition, make_rows

PLAN = "evaluation: {test_from: 2026-04-01, origins: 1}\n"


@functools.cache
def card() -> LearnedCard:
    plan = CardPlan(3, kind="linear")
    return learn_card(definition(PLAN), VOCABULARY, make_rows(120), plan, progress=lambda _: None)


def printed(written: Path | None) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    as_text(console, card(), written)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # it is the buffer above
    return text


def test_every_rule_is_told_with_its_interval() -> None:
    text = printed(None)
    for each in card().rules:
        assert condition(each.rule) in text
        assert f"[{each.low}, {each.high}]" in text
    for rule in card().dropped:
        assert condition(rule) in text
    assert card().sentence in " ".join(text.split())
    assert "--to FILE" in text


def test_what_was_written_is_told() -> None:
    text = printed(Path("learned.yaml"))
    assert "Written: learned.yaml, version 2. Next: pqlml train learned.yaml" in text


def test_machines_get_the_same_card() -> None:
    told = as_shape(card(), Path("learned.yaml"))
    assert [rule["points"] for rule in told["rules"]] == [each.rule.points for each in card().rules]
    assert len(told["rules"]) + len(told["left_out"]) >= len(definition().points)
    assert (told["written"], told["chosen"]["version"]) == ("learned.yaml", 2)
    assert set(told["shares"]) == {"model", "learned", "points"}


def test_conditions_read_as_the_definition_has_them() -> None:
    between = definition(PLAN).points[0].model_copy(update={"at_least": 5.0, "at_most": 9.0})
    assert condition(between) == "limit_hit.count.28d 5 to 9"
    assert condition(between.model_copy(update={"at_least": None})) == "limit_hit.count.28d <= 9"
    assert condition(definition(PLAN).points[2]) == "industry is Fintech or saas"

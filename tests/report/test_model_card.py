"""The card of a version: what it says of leaks, and of a base rate that has moved."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest

from pqlml.audit import audit
from pqlml.model.bundle import Training
from pqlml.report.content import ReportContent
from pqlml.report.model_card import ModelCard, base_rate, render_model_card
from pqlml.report.plots.canvas import Picture


@pytest.fixture
def card(content: ReportContent) -> ModelCard:
    return ModelCard(
        name="trial",
        version="3",
        learner="trees",
        decision="promote",
        because="it beats the hand-set points",
        content=content,
        calibration=Picture("data:,", "data:,", (1, 1), "calibration"),
        training=Training(900, 90, None, None, None),
        made_with={"python": "3.11"},
    )


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        (0.0, ""),
        (0.005, ""),
        (math.log(2), "had risen beyond chance: everybody's odds are 100% higher"),
        (-math.log(2), "had fallen beyond chance: everybody's odds are 50% lower"),
    ],
)
def test_a_base_rate_that_has_moved_is_told_as_odds(card: ModelCard, shift: float, told: str) -> None:
    moved = dataclasses.replace(card, base_rate_shift=shift)
    found = base_rate(moved)
    assert (told in found) if told else found == ""
    assert ("beyond chance: everybody" in render_model_card(moved)) == bool(told)


def test_the_card_tells_what_the_audit_found_or_that_there_was_none(card: ModelCard) -> None:
    assert "Not part of this training" in render_model_card(card)
    wins = [number % 3 == 0 for number in range(300)]
    rows = pd.DataFrame(
        {
            "entity_id": [f"a{number}" for number in range(300)],
            "label": [int(win) for win in wins],
            "contract": pd.Series("signed", index=range(300)).where(pd.Series(wins)),
        }
    )
    leaky = dataclasses.replace(card, content=dataclasses.replace(card.content, audited=audit(rows)))
    told = render_model_card(leaky)
    assert "Not part of this training" not in told
    assert "<strong>contract</strong>" in told

"""The card of a released version: what it is for, what it was made of, what it is worth, and where its limits are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pqlml.definition import dump_definition
from pqlml.model.bundle import Training
from pqlml.report import numbers, sections
from pqlml.report.content import ReportContent
from pqlml.report.page import conversion_in_words, environment, write_page
from pqlml.report.plots.canvas import Picture

_LEARNERS: Final = {
    "trees": "boosted trees (LightGBM)",
    "linear": "a regularised linear model (logistic regression)",
}
_FEW: Final = 100
_OFF: Final = 0.2
_MOVED: Final = 0.01
"""A correction of the odds by less than this share is not worth a sentence."""


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What the card tells beside the figures of the report.

    Attributes
    ----------
    name, version
        Of the released model.
    learner
        ``trees`` or ``linear``.
    decision, because
        The verdict.
    training
        What the released model was fitted on: more than it was judged on.
    made_with
        Package -> version.
    base_rate_shift
        What the log-odds were corrected by because the rate of conversions had moved by the newest cohorts.
    """

    name: str
    version: str
    learner: str
    decision: str
    because: str
    content: ReportContent
    calibration: Picture
    training: Training
    made_with: Mapping[str, str]
    base_rate_shift: float = 0.0


def write_model_card(card: ModelCard, path: Path) -> Path:
    """Write the card as one HTML file that needs no network."""
    return write_page(render_model_card(card), path)


def render_model_card(card: ModelCard) -> str:
    """Return the card as HTML; the same content gives the same text."""
    content = card.content
    return (
        environment()
        .get_template("model_card.html")
        .render(
            card=card,
            content=content,
            definition=content.definition,
            definition_yaml=dump_definition(content.definition),
            candidates=list(content.probabilities),
            learner=_LEARNERS[card.learner],
            purpose=purpose(content),
            limits=limits(card),
            base_rate=base_rate(card),
            figures=sections.cards(content),
            metric_rows=sections.metric_rows(content),
            segment_rows=sections.slice_rows(content.segments),
            time_rows=sections.slice_rows(content.over_time),
            leak_rows=sections.leak_rows(content),
            account=sections.account(content),
            calibration=card.calibration,
        )
    )


def purpose(content: ReportContent) -> str:
    """Say what the model is for."""
    definition = content.definition
    meaning = conversion_in_words(definition.conversion)
    return (
        f"Ranks {definition.entity}s by their chance of a conversion ({meaning}), so that sales look at the most "
        f"promising first. A person reviews each lead before anybody is contacted."
    )


def base_rate(card: ModelCard) -> str:
    """Say how far the chances were moved to the rate of the newest cohorts; nothing where they were not."""
    odds = math.expm1(abs(card.base_rate_shift))
    if odds < _MOVED:
        return ""
    direction = ("risen", "higher") if card.base_rate_shift > 0 else ("fallen", "lower")
    odds = odds if card.base_rate_shift > 0 else -math.expm1(-abs(card.base_rate_shift))
    return (
        f"By the newest cutoffs the rate of conversions had {direction[0]} beyond chance: everybody's odds are "
        f"{odds:.0%} {direction[1]} than the older ones alone would say."
    )


def limits(card: ModelCard) -> list[str]:
    """Return what the model must not be used for, and where its figures are weak."""
    content = card.content
    conversions, expected = float(content.label.sum()), float(content.probabilities[content.model].sum())
    found = [
        "It says who is likely to buy, not whom a call helps: that takes an experiment with a control group.",
        "It knows what the tables hold, as far as it was known in time. What no table holds, it does not see.",
    ]
    if "NOT forward in time" in content.how_judged:
        found.append("It was not judged forward in time: on next month's leads it may do worse.")
    if content.converted < _FEW:
        found.append(
            f"Only {content.converted} of the judged {content.definition.entity}s converted: read the intervals, not "
            f"the values."
        )
    if conversions and abs(expected / conversions - 1) > _OFF:
        found.append(
            f"Its probabilities were off on the judged rows: {numbers.count(expected)} conversions were expected, and "
            f"{numbers.count(conversions)} came."
        )
    weak = [part for part in content.segments if part.roc_auc is None]
    if weak:
        named = ", ".join(f"{part.by.replace('_', ' ')}: {part.value}" for part in weak[:5])
        more = f" and {len(weak) - 5} more" if len(weak) > 5 else ""  # noqa: PLR2004 - as many as are named
        found.append(f"Too few conversions to say how it ranks within: {named}{more}.")
    if card.training.known_until is not None:
        until = f"{card.training.known_until:%-d %B %Y}"
        found.append(f"It has seen nothing after {until}; judge it anew on what became known since.")
    return found

"""The pages of the definition loop, in the house style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from pqlml.definition import Definition
from pqlml.report import numbers
from pqlml.report.numbers import percentage_points, unsigned_zero
from pqlml.report.page import environment
from pqlml.report.wording import reason_label
from pqlml.review.changes import changes_in_words
from pqlml.review.moments import FoundMoments
from pqlml.review.replay import Replayed
from pqlml.review.reviewed import Reviewed

_MOST_DIGITS: Final = 4
_TEMPLATES: Final = Path(__file__).parent / "templates"
NO_VALUE: Final = (
    "Value is not known, since no amounts are mapped: name their column in sources.outcomes.amount, and the stage they "
    "belong to in conversion.revenue_stage."
)
"""What a review says where conversions have no value."""


def render_moments(definition: Definition, moments: FoundMoments) -> str:
    """Return the page of a search for moments; the same content gives the same text."""
    rows = [
        (
            days,
            {
                "looked_at": counts["looked_at"],
                "converted": counts["converted"],
                "aside": "; ".join(
                    f"{reason_label(reason)}: {numbers.count(count)}"
                    for reason, count in counts.items()
                    if reason not in {"looked_at", "converted"}
                ),
            },
        )
        for days, counts in moments.looked_at.items()
    ]
    return _render(
        "aha.html", definition, kind="Moments that matter", headline=moments.headline, moments=moments, rows=rows
    )


def render_review(definition: Definition, reviewed: Reviewed) -> str:
    """Return the page of a review; the same content gives the same text."""
    by_points = reviewed.by == "points"
    return _render(
        "review.html",
        definition,
        kind="Review of a definition",
        headline=reviewed.headline,
        reviewed=reviewed,
        no_value=NO_VALUE,
        unit=_digits(1 if by_points else 2),
        score="{:.0f}".format if by_points else numbers.percent,
    )


def render_replay(old: Definition, new: Definition, replayed: Replayed) -> str:
    """Return the page of a replay; the same content gives the same text."""
    return _render(
        "replay.html",
        new,
        kind="Replay of two definitions",
        headline=replayed.headline,
        old=old,
        replayed=replayed,
        differences=changes_in_words(old, new),
        points_of=_points_of,
    )


def conversion_words(definition: Definition) -> str:
    """Say what a conversion is."""
    conversion = definition.conversion
    after = f", after a gap of {conversion.gap_days:g} days" if conversion.gap_days else ""
    return f"{conversion.event or conversion.stage} within {conversion.horizon_days:g} days{after}"


def _render(template: str, definition: Definition, **content: Any) -> str:  # noqa: ANN401 - what the template shows
    return (
        environment(_TEMPLATES)
        .get_template(template)
        .render(
            definition=definition,
            entities=f"{definition.entity}s",
            conversion=conversion_words(definition),
            **content,
        )
    )


def _digits(fewest: int) -> Callable[[Sequence[float]], list[str]]:
    """Return how numbers that stand together are written: with digits enough that what is not zero does not look so."""

    def written(together: Sequence[float]) -> list[str]:
        least = min((abs(number) for number in together if number), default=1.0)
        digits = min(max(fewest, math.ceil(-math.log10(2 * least))), _MOST_DIGITS)
        return [_minus(unsigned_zero(f"{number:.{digits}f}")) for number in together]

    return written


def _minus(text: str) -> str:
    return text.replace("-", numbers.MINUS)


def _points_of(difference: float) -> str:
    """Write a difference of shares in percentage points."""
    return _minus(percentage_points(difference))

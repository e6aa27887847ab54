"""Options that the commands of the definition loop share."""

from __future__ import annotations

import datetime as dt
import enum
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.cli.arguments import instant

if TYPE_CHECKING:
    from pqlml.review.expectation import PairedDifference


class FlaggedBy(enum.StrEnum):
    """What flags leads."""

    points = "points"
    model = "model"


class FromTier(enum.StrEnum):
    """The lowest tier that counts as flagged."""

    critical = "critical"
    hot = "hot"
    warm = "warm"


Start = Annotated[
    dt.datetime | None,
    typer.Option(
        "--from",
        metavar="INSTANT",
        parser=instant,
        help="First cutoff of the period (ISO 8601, UTC).",
        show_default=False,
    ),
]
End = Annotated[
    dt.datetime | None,
    typer.Option("--until", metavar="INSTANT", parser=instant, help="The period's end, exclusive.", show_default=False),
]
By = Annotated[
    FlaggedBy | None,
    typer.Option(help="What flags leads. Default: the points, where tiers are thresholds on them.", show_default=False),
]
Flag = Annotated[FromTier, typer.Option("--flag", help="Leads of this tier or a better one are flagged.")]
Page = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", dir_okay=False, help="Write a page, too.", show_default=False)
]


def points_difference(difference: PairedDifference) -> str:
    """Write a difference of shares in percentage points, with its interval; the unit stands beside it."""
    if math.isnan(difference.value):
        return "not known"
    from pqlml.report.numbers import percentage_points

    value, low, high = map(percentage_points, (difference.value, difference.low, difference.high))
    return f"{value} [{low}, {high}]"

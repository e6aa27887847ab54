"""``pqlml review``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.cli.arguments import DATA, Data, Given, Seed, find_definition
from pqlml.cli.loop_options import By, End, Flag, FromTier, Page, Start
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

if TYPE_CHECKING:
    from rich.console import Console

    from pqlml.review.reviewed import Errors, Reviewed


def review(
    given: Given,
    data: Data = DATA,
    *,
    start: Start = None,
    end: End = None,
    by: By = None,
    flag: Flag = FromTier.hot,
    dispositions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What sales said: a table with entity_id and disposition (Parquet or CSV).",
            show_default=False,
        ),
    ] = None,
    to: Page = None,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Review one past period: who was flagged, who converted, and what false alarms and missed leads have in common.

    Slices are found among half of the leads and confirmed among the other half.

    Example: pqlml review saas --data data/sample --from 2026-03-01 --until 2026-04-01 --to review.html
    """
    from pqlml import pipeline
    from pqlml.cli import shapes

    definition = find_definition(given)
    with spinner(output) as progress:
        asked = pipeline.Asked(start, end, None if by is None else by.value, flag.value, dispositions, seed)
        found = pipeline.review(definition, data, asked, page=to, progress=progress)
    told = shapes.shape(
        "review", definition=shapes.reference(definition), page=None if to is None else str(to), **found.as_dict()
    )
    show(output, told, lambda console: _tell(console, found, to))


def _tell(console: Console, found: Reviewed, page: Path | None) -> None:
    from pqlml.cli.console import line, table
    from pqlml.report import numbers

    counts = found.counts
    rows = [
        ("flagged", *map(numbers.count, (counts.true_positives, counts.false_positives, counts.flagged))),
        (
            "not flagged",
            *map(numbers.count, (counts.false_negatives, counts.true_negatives, counts.total - counts.flagged)),
        ),
    ]
    title = f"Flagged ({found.from_tier} or better, by {found.by}) and converted: leads of the period"
    table(console, title, ("", "#converted", "#not converted", "#in all"), rows)
    _slices(console, "False alarms: flagged, did not convert", found.false_positives)
    _slices(console, "Missed: not flagged when first looked at, and converted", found.false_negatives)
    said = [
        (one.disposition, *map(numbers.count, (one.flagged, one.flagged_converted, one.not_flagged)))
        for one in found.dispositions
    ]
    if said:
        table(console, "What sales said", ("", "#flagged", "#of them converted", "#not flagged"), said)
    line(console, found.headline, style="bold")
    if page is not None:
        line(console, f"Page: {page}")


def _slices(console: Console, title: str, errors: Errors) -> None:
    from pqlml.cli.console import line, table
    from pqlml.report import numbers

    rows = [
        (
            str(found),
            f"{numbers.count(found.hits)} of {numbers.count(found.rows)}",
            numbers.percent(found.effect.precision),
            numbers.percent(found.effect.others),
            "{} [{}, {}]".format(*map(numbers.times, found.effect.ratio)),
            "not in the score" if errors.unused[str(found)] else "",
        )
        for found in errors.slices
    ]
    if rows:
        table(console, title, ("slice", "#leads", "#rate", "#rate of others", "#ratio", ""), rows)
    else:
        line(console, f"{title}: no slice stands out beyond chance ({errors.wrong:,} of {errors.leads:,} leads).")

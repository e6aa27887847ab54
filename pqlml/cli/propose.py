"""``pqlml propose``."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.cli.arguments import DATA, Data, Given, Seed, definition_file, find_definition
from pqlml.cli.loop_options import End, Flag, FromTier, Start
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

if TYPE_CHECKING:
    from rich.console import Console

    from pqlml.review.expectation import PairedDifference
    from pqlml.review.proposal import Proposal


def propose(
    given: Given,
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FILE", dir_okay=False, help="The definition to write.", show_default=False),
    ],
    data: Data = DATA,
    *,
    start: Start = None,
    end: End = None,
    flag: Flag = FromTier.hot,
    moments: Annotated[bool, typer.Option(help="Whether moments of the first days may become criteria.")] = True,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Propose a better definition: weights, criteria to drop and to add, thresholds, each with what to expect of it.

    Changes are found before the period and judged on it, with as many leads in each tier as before. Nothing is written
    if there is nothing to change; a person adopts what is (pqlml definition adopt).

    Example: pqlml propose saas --data data/sample --to proposal.yaml
    """
    from pqlml import pipeline
    from pqlml.cli import shapes
    from pqlml.report.page import write_page

    definition = find_definition(given)
    with spinner(output) as progress:
        asked = pipeline.Asked(start, end, "points", flag.value, None, seed)
        found = pipeline.propose(definition, data, asked, moments=moments, progress=progress)
    old = definition_file(given).read_text(encoding="utf-8")
    new = pipeline.proposed_text(old, found) if found.changes else None
    if new is not None:
        write_page(new, to)
    diff = [] if new is None else list(_diff(old, new))
    told = shapes.shape(
        "propose",
        definition=shapes.reference(definition),
        file=None if new is None else str(to),
        diff=diff,
        **found.as_dict(),
    )
    show(output, told, lambda console: _tell(console, found, diff, to))


def _diff(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "old", "new", lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _tell(console: Console, found: Proposal, diff: list[str], to: Path) -> None:
    from pqlml.cli.console import line, table
    from pqlml.report import numbers

    rows = [
        (
            change.kind,
            change.words,
            numbers.NOTHING if change.old is None else f"{change.old:g}",
            numbers.NOTHING if change.new is None else f"{change.new:g}",
            "{} [{}, {}]".format(*map(numbers.times, change.evidence.odds)),
            f"{numbers.percent(change.evidence.rate_met)} / {numbers.percent(change.evidence.rate_not_met)}",
            _points(change.precision),
            _points(change.recall),
        )
        for change in found.changes
    ]
    heads = ("change", "criterion", "#old", "#new", "#odds", "#rate met / not", "#precision", "#recall")
    if rows:
        title = "Changes; odds and rates before the period, precision and recall (percentage points) on the period"
        table(console, title, heads, rows)
        line(console, "\n".join(diff))
    line(console, found.headline, style="bold")
    if rows:
        line(console, f"Proposal: {to}. To adopt it: pqlml definition adopt {to} --into YOUR_FILE --by NAME")


def _points(difference: PairedDifference) -> str:
    return f"{100 * difference.value:+.1f} [{100 * difference.low:+.1f}, {100 * difference.high:+.1f}]"

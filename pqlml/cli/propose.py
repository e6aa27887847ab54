"""``pqlml propose``."""

from __future__ import annotations

import difflib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.cli.arguments import DATA, Data, Given, Seed, definition_file, find_definition
from pqlml.cli.loop_options import End, Flag, FromTier, Start, points_difference
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner
from pqlml.errors import DefinitionError

if TYPE_CHECKING:
    from rich.console import Console

    from pqlml.review.proposal import PointsChange, Proposal


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

    Changes are found and chosen before the period and judged on it, with as many leads in each tier as before. Nothing
    is written if there is nothing to change, or if the period calls it worse; a person adopts what is (pqlml definition
    adopt).

    Example: pqlml propose saas --data data/sample --to proposal.yaml
    """
    from pqlml import pipeline
    from pqlml.cli import shapes
    from pqlml.report.page import write_page

    definition, file = find_definition(given), definition_file(given)
    if to.exists() and to.samefile(file):
        msg = f"--to {to} is the definition itself; a proposal is a file of its own, until somebody adopts it."
        raise DefinitionError(msg)
    with spinner(output) as progress:
        asked = pipeline.Asked(start, end, "points", flag.value, None, seed)
        found = pipeline.propose(definition, data, asked, moments=moments, progress=progress)
    old = file.read_text(encoding="utf-8")
    new = pipeline.proposed_text(old, found) if found.adoptable else None
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
    show(output, told, lambda console: _tell(console, found, given, to))


def _diff(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "old", "new", lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _tell(console: Console, found: Proposal, given: str, to: Path) -> None:
    from pqlml.cli.console import line
    from pqlml.report import numbers

    rows = numbers.count(found.found_on), numbers.count(found.judged_on)
    first, last = f"{found.period.first:%Y-%m-%d}", f"{found.period.last:%Y-%m-%d}"
    line(console, f"Before: found and chosen on {rows[0]} looks (one lead at one cutoff), over by {first}.")
    line(
        console,
        f"Later: judged on {rows[1]} looks at cutoffs from {first} to {last}. They choose nothing, and strike what "
        f"they surely call worse. The effect of a change is with it minus without it, as many leads flagged.",
    )
    if found.period.unripe is not None:
        line(console, str(found.period.unripe))
    console.print()
    for number, change in enumerate(found.changes, start=1):
        _change(console, number, change)
    _left_out(console, found)
    if found.changes:
        _whole(console, found)
    line(console, found.headline, style="bold")
    if found.adoptable:
        line(console, f"Proposal: {to}. Strike from it what you do not believe; see what it would have done with")
        line(console, f"  pqlml replay {given} {to} --data ...")
        line(console, "and adopt it with")
        line(console, f'  pqlml definition adopt {to} --into YOUR_FILE --by NAME --why "..."')
    else:
        line(console, f"{to} was not written.")


def _change(console: Console, number: int, change: PointsChange) -> None:
    from pqlml.cli.console import line
    from pqlml.report import numbers

    evidence = change.evidence
    odds = "{} [{}, {}]".format(*map(numbers.times, evidence.odds))
    line(console, f"{number}. {_what(change)}: {change.words} [{change.rule.feature}]", style="bold")
    if change.kind == "add":
        line(console, f"   from: {change.origin}")
    line(
        console,
        f"   before: {numbers.percent(evidence.rate_met)} of those who meet it converted, "
        f"{numbers.percent(evidence.rate_not_met)} of the others; odds {odds} given all other criteria",
    )
    line(console, f"   later: {_words(change)}; precision {points_difference(change.precision)} percentage points")


def _left_out(console: Console, found: Proposal) -> None:
    from pqlml.cli.console import line

    for why, title, of in (
        ("earlier", "Left out: no gain before the period, beside the others", "before"),
        ("later", "Struck: the later period surely calls it worse", "later"),
    ):
        mine = [change for change, because in found.left_out if because == why]
        if mine:
            console.print()
            line(console, f"{title} (precision {of}, percentage points)", style="bold")
        for change in mine:
            effect = points_difference(change.earlier if why == "earlier" else change.precision)
            line(console, f" - {_what(change)}: {change.words}: {effect}")
    console.print()


def _whole(console: Console, found: Proposal) -> None:
    from pqlml.cli.console import table
    from pqlml.report import numbers

    old, new = found.before, found.after
    rows = [
        ("flagged", numbers.count(old.flagged), numbers.count(new.flagged), f"{new.flagged - old.flagged:+,}"),
        ("precision", _share(old.precision), _share(new.precision), points_difference(found.precision_difference)),
        ("  as many flagged", _share(old.precision), "", points_difference(found.at_same_number)),
        ("recall", _share(old.recall), _share(new.recall), points_difference(found.recall_difference)),
        *(
            (f"{tier} from", f"{before:g} points", f"{after:g} points", "")
            for tier, (before, after) in found.thresholds.items()
        ),
    ]
    title = "All changes together, in the later period (differences of shares in percentage points)"
    table(console, title, ("", "#old", "#new", "#new minus old"), rows)


def _what(change: PointsChange) -> str:
    if change.kind == "drop":
        return f"drop, {change.old:g} points"
    return f"add, {change.new:g} points" if change.kind == "add" else f"{change.old:g} -> {change.new:g} points"


def _words(change: PointsChange) -> str:
    return {"better": "better", "worse": "worse", "open": "no measurable difference"}[change.verdict]


def _share(share: float) -> str:
    from pqlml.report import numbers

    return numbers.NOTHING if math.isnan(share) else f"{share:.1%}"

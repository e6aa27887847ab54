"""``pqlml replay``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pqlml.cli.arguments import DATA, Data, Seed, definition_file, find_definition
from pqlml.cli.loop_options import By, End, Flag, FromTier, Page, Start, points_difference
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

if TYPE_CHECKING:
    from rich.console import Console

    from pqlml.review.replay import Replayed

_GIVEN: Final = "A YAML file, or the name of a shipped definition."


def replay(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_GIVEN, show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_GIVEN, show_default=False)],
    data: Data = DATA,
    *,
    start: Start = None,
    end: End = None,
    by: By = None,
    flag: Flag = FromTier.hot,
    to: Page = None,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Run two definitions over the same history, week by week.

    PQLs per week, precision, recall, overlap, who enters and who leaves, and the revenue that each catches. Where NEW
    is a proposal, the weeks it was found on stand apart, and the later ones count.

    Example: pqlml replay saas proposal.yaml --data data/sample --to replay.html
    """
    from pqlml import pipeline
    from pqlml.cli import shapes

    before, after = find_definition(old), find_definition(new)
    with spinner(output) as progress:
        asked = pipeline.Asked(start, end, None if by is None else by.value, flag.value, None, seed)
        since = pipeline.found_before(definition_file(new).read_text(encoding="utf-8"))
        found = pipeline.replay(before, after, data, asked, found_before=since, page=to, progress=progress)
    told = shapes.shape(
        "replay",
        old=shapes.reference(before),
        new=shapes.reference(after),
        page=None if to is None else str(to),
        **found.as_dict(),
    )
    show(output, told, lambda console: _tell(console, found, to))


def _tell(console: Console, found: Replayed, page: Path | None) -> None:
    from pqlml.cli.console import line, table
    from pqlml.report import numbers

    rows = []
    for week in found.weeks:
        told = week.as_dict()
        precision = [told[side]["precision"] for side in ("old", "new")]
        rows.append(
            (
                week.start,
                *(() if found.part == "all" else (week.part,)),
                *(f"{number:,}" for number in week.new_pqls),
                *(numbers.NOTHING if share is None else numbers.percent(share) for share in precision),
                numbers.percent(week.overlap),
            )
        )
    parts = () if found.part == "all" else ("weeks",)
    heads = ("week", *parts, "#PQLs, old", "#new", "#precision, old", "#new", "#overlap")
    table(console, f"Leads that become PQLs ({found.from_tier} or better, by {found.by})", heads, rows)
    if found.period.unripe is not None:
        line(console, str(found.period.unripe))
    if found.old.value_flagged is not None and found.new.value_flagged is not None:
        values = map(numbers.money, (found.old.value_flagged, found.new.value_flagged))
        line(console, "Revenue caught: {} by the old, {} by the new definition.".format(*values))
    line(console, found.basis)
    line(console, found.beside_review)
    if found.found_on is not None:
        early = found.found_on
        shares = [numbers.percent(one.precision) for one in (early.old, early.new)]
        gains = points_difference(early.precision), points_difference(early.recall)
        line(
            console,
            f"Weeks it was found on: precision {shares[0]} old, {shares[1]} new; new minus old, percentage points: "
            f"precision {gains[0]}, recall {gains[1]}.",
        )
    gains = points_difference(found.precision), points_difference(found.recall)
    line(console, f"New minus old, percentage points: precision {gains[0]}, recall {gains[1]}.")
    line(console, found.headline, style="bold")
    if page is not None:
        line(console, f"Page: {page}")
    else:
        line(console, "With --to replay.html: as a page, with who enters and leaves, and what differs.")

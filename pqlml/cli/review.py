"""``pqlml review``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pqlml.cli.arguments import DATA, WORKSPACE, Data, Given, Seed, Workspace, find_definition
from pqlml.cli.loop_options import By, End, Flag, FromTier, Page, Start
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

if TYPE_CHECKING:
    from rich.console import Console

    from pqlml.definition import Definition
    from pqlml.review.reviewed import Errors, Portion, Reviewed

_STRONGEST: Final = 3
"""Slices and signals that are told on the terminal; the page tells all."""
_FEW: Final = 40
_MOST_SEGMENTS: Final = 5
_OTHER_THAN_SEGMENTS: Final = ("tier", "strongest dimension")
"""What leads are told by, besides their attributes."""


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
    workspace: Workspace = WORKSPACE,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Review one past period: who was flagged, who converted, and what false alarms and missed leads have in common.

    Slices are found among half of the leads and confirmed among the other half. Drift is told since the training of the
    champion, where the workspace holds one.

    Example: pqlml review saas --data data/sample --from 2026-03-01 --until 2026-04-01 --to review.html
    """
    from pqlml import pipeline
    from pqlml.cli import shapes

    definition = find_definition(given)
    with spinner(output) as progress:
        asked = pipeline.Asked(start, end, None if by is None else by.value, flag.value, dispositions, seed, workspace)
        found = pipeline.review(definition, data, asked, page=to, progress=progress)
    told = shapes.shape(
        "review", definition=shapes.reference(definition), page=None if to is None else str(to), **found.as_dict()
    )
    show(output, told, lambda console: _tell(console, definition, found, to))


def _tell(console: Console, definition: Definition, found: Reviewed, page: Path | None) -> None:
    from pqlml.cli.console import line
    from pqlml.report import numbers

    period, flagged_by = (
        found.period,
        "the points" if found.by == "points" else "a model fitted on what was over before",
    )
    line(console, f"{definition.name} version {definition.version}", style="bold")
    line(
        console,
        f"Cutoffs from {period.first:%Y-%m-%d} to {period.last:%Y-%m-%d}. Flagged: {found.from_tier} or better, by "
        f"{flagged_by}. Converted: {_conversion(definition)} of the cutoff.",
    )
    if period.unripe is not None:
        line(console, str(period.unripe))
    console.print()
    _counts(console, found)
    _parts(console, found)
    tell_slices(
        console, "False alarms", f"of {numbers.count(found.false_positives.leads)} flagged leads", found.false_positives
    )
    first = f"of {numbers.count(found.false_negatives.leads)} leads not flagged at their first look"
    tell_slices(console, "Missed leads", first, found.false_negatives, found.reckoning.of_first_looks)
    _said(console, found)
    _drift(console, found)
    line(console, found.headline, style="bold")
    if page is not None:
        line(console, f"Page: {page}")
    else:
        line(console, "With --to review.html: as a page, with examples, segments, and what the scores are made of.")


def _conversion(definition: Definition) -> str:
    from pqlml.review.pages import conversion_words

    return conversion_words(definition)


def _counts(console: Console, found: Reviewed) -> None:
    from pqlml.cli.console import line, table
    from pqlml.report import numbers

    counts, before = found.counts, found.counts_before
    flagged = (counts.true_positives, counts.late, counts.false_positives - counts.late, counts.flagged)
    others = (counts.false_negatives, counts.true_negatives, counts.total - counts.flagged)
    rows = [
        ("flagged", *map(numbers.count, flagged)),
        ("never flagged", numbers.count(others[0]), numbers.NOTHING, *map(numbers.count, others[1:])),
    ]
    heads = ("leads", "#converted in time", "#later", "#not", "#in all")
    table(console, "Flagged and converted; each lead counts once", heads, rows)
    measures = [
        ("precision", *(_share(one.precision, one.precision_interval) for one in (counts, before) if one is not None)),
        ("recall", *(_share(one.recall, one.recall_interval) for one in (counts, before) if one is not None)),
    ]
    if counts.value_flagged is not None and counts.value_missed is not None:
        for name in ("value_flagged", "value_missed"):
            values = [getattr(one, name) for one in (counts, before) if one is not None]
            told = "value, flagged in time" if name == "value_flagged" else "value, never flagged"
            measures.append((told, *map(numbers.money, values)))
    heads = ("with 95% intervals", "#this period", *(("#as long before",) if before is not None else ()))
    table(console, "How good that was", heads, measures)
    line(console, found.reckoning.of_leads)
    console.print()


def _parts(console: Console, found: Reviewed) -> None:
    from pqlml.cli.console import line, table
    from pqlml.report import numbers
    from pqlml.review.pages import NO_VALUE

    rows = [
        (
            one.tier if one is found.or_better[0] else f"{one.tier} or better",
            numbers.count(one.counts.flagged),
            numbers.count(one.counts.true_positives),
            _share(one.counts.precision, one.counts.precision_interval),
            _share(one.counts.recall, one.counts.recall_interval),
        )
        for one in found.or_better
    ]
    table(console, "If flags began at", ("tier", "#leads", "#in time", "#precision", "#recall"), rows)
    valued = found.counts.value_flagged is not None
    heads = ("", "#leads", "#converted", "#rate", "#recall", *(("#value",) if valued else ()))
    segments = [part for part in found.parts if part.by not in _OTHER_THAN_SEGMENTS]
    largest = sorted(segments, key=lambda part: -part.counts.converted)[:_MOST_SEGMENTS]
    for title, parts in (
        ("By tier when looked at", [part for part in found.parts if part.by == _OTHER_THAN_SEGMENTS[0]]),
        ("Flagged leads by strongest dimension", [part for part in found.parts if part.by == _OTHER_THAN_SEGMENTS[1]]),
        ("By segment, those with most conversions", largest),
    ):
        if parts:
            table(console, title, heads, [_part(part, valued=valued) for part in parts])
    if len(segments) > len(largest):
        line(console, f"and {len(segments) - len(largest)} more segments (--to, --output json).")
    line(
        console,
        f"Recall of a part: the share that it holds of all {numbers.count(found.counts.converted)} conversions, "
        f"late ones too; where flags begin at a tier, the share that was flagged in time.",
    )
    if not valued:
        line(console, NO_VALUE)
    console.print()


def _part(part: Portion, *, valued: bool) -> tuple[str, ...]:
    """Return the cells of a tier, a dimension or a segment; the interval is that of its share of the conversions."""
    from pqlml.report import numbers

    counts = part.counts
    value = (counts.value_flagged or 0.0) + (counts.value_missed or 0.0)
    return (
        part.value if part.by in _OTHER_THAN_SEGMENTS else f"{part.by}: {part.value}",
        numbers.count(counts.total),
        numbers.count(counts.converted),
        numbers.percent(part.rate),
        _share(part.recall, part.recall_interval),
        *((numbers.money(value),) if valued else ()),
    )


def tell_slices(console: Console, title: str, among: str, errors: Errors, note: str = "") -> None:
    """Print the strongest slices of errors; each figure says which half of the leads it is of."""
    from pqlml.cli.console import line
    from pqlml.report import numbers

    did = "did not convert" if title == "False alarms" else "converted"
    line(console, f"{title}: {numbers.count(errors.wrong)} {among} {did}", style="bold")
    if note:
        line(console, f" {note}")
    if not errors.slices:
        line(console, f" {_no_slices(errors)}")
    for number, found in enumerate(errors.slices[:_STRONGEST], start=1):
        shares = numbers.percent(found.effect.precision), numbers.percent(found.effect.others)
        ratio = "{} [{}, {}]".format(*map(numbers.times, found.effect.ratio))
        unused = " (not in the score)" if errors.unused[str(found)] else ""
        line(console, f" {number}. {found}{unused}")
        whole = f"both halves: {numbers.count(found.hits)} of {numbers.count(found.rows)} leads in it"
        line(console, f"    confirming half: {shares[0]} {did}, of the others {shares[1]}: {ratio}; {whole}")
    if len(errors.slices) > _STRONGEST:
        line(console, f" and {len(errors.slices) - _STRONGEST} more (--to, --output json)")
    console.print()


def _no_slices(errors: Errors) -> str:
    """Say why no group is told."""
    least = min(errors.wrong, errors.leads - errors.wrong)
    if not errors.leads:
        return "There are no leads to look at."
    if least < _FEW:
        return f"Too few to look for groups: it takes about {_FEW} that were judged wrongly and {_FEW} rightly."
    return "No group stands out beyond chance."


def _said(console: Console, found: Reviewed) -> None:
    from pqlml.cli.console import line, table
    from pqlml.report import numbers

    if found.heard is None:
        return
    rows = [
        (one.disposition, *map(numbers.count, (one.flagged, one.flagged_converted, one.not_flagged)))
        for one in found.dispositions
    ]
    table(console, "What sales said, in leads", ("", "#flagged", "#of them converted", "#not flagged"), rows)
    line(console, str(found.heard))
    console.print()


def _drift(console: Console, found: Reviewed) -> None:
    from pqlml.cli.console import line
    from pqlml.report import numbers

    line(console, "Drift", style="bold")
    if found.compared is None:
        line(console, " Nothing was over before this period, so there is nothing to compare it with.")
    else:
        line(console, f" {found.compared}")
        rates = numbers.percent(found.compared.rate), numbers.percent(found.rate)
        line(console, f" {rates[0]} of those looks led to a conversion, {rates[1]} of this period's.")
        if not found.drift:
            line(console, " No signal moved.")
        for one in found.drift[:_STRONGEST]:
            what = f"{one.words}{'' if one.level is None else f' (share of {one.level})'}"
            line(console, f" {what}: {one.before:.3g} -> {one.now:.3g} (stability index {one.stability:.2f})")
        if len(found.drift) > _STRONGEST:
            line(console, f" and {len(found.drift) - _STRONGEST} more signals (--to, --output json)")
    console.print()


def _share(share: float, interval: tuple[float, float]) -> str:
    from pqlml.report import numbers

    if math.isnan(share):
        return numbers.NOTHING
    return "{} [{}, {}]".format(*map(numbers.percent, (share, *interval)))

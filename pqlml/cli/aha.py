"""``pqlml aha``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.cli.arguments import DATA, Data, Given, Seed, find_definition
from pqlml.cli.loop_options import Page
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

if TYPE_CHECKING:
    from rich.console import Console

    from pqlml.review.moments import FoundMoments


def aha(
    given: Given,
    data: Data = DATA,
    days: Annotated[
        list[int] | None,
        typer.Option("--days", min=1, max=365, help="Days after sign-up; repeat for more. Default: 1 to 28."),
    ] = None,
    to: Page = None,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Find the moment: which action, how often, within how many days of sign-up, goes together with later conversion.

    Searched among earlier sign-ups and equally active ones, confirmed on later sign-ups. Association, with the
    experiment that would prove it.

    Example: pqlml aha saas --data data/sample --to aha.html
    """
    from pqlml import pipeline
    from pqlml.cli import shapes

    definition = find_definition(given)
    with spinner(output) as progress:
        found = pipeline.aha(definition, data, days=days, page=to, seed=seed, progress=progress)
    told = shapes.shape(
        "aha", definition=shapes.reference(definition), page=None if to is None else str(to), **found.as_dict()
    )
    show(output, told, lambda console: tell(console, found, to))


def tell(console: Console, found: FoundMoments, page: Path | None) -> None:
    """Print the moments, how much of each is activity, and the experiment that would prove the best one."""
    from pqlml.cli.console import line, table
    from pqlml.report import numbers

    rows = [
        (
            str(moment.rule),
            moment.judged,
            f"{numbers.count(moment.later.exposed)} of {numbers.count(moment.later.rows)}",
            numbers.percent(moment.later.precision),
            numbers.percent(moment.later.others),
            numbers.percent(moment.later.recall),
            f"{moment.later.correlation:.2f}",
            _ratio(moment.later.ratio),
        )
        for moment in (*found.confirmed, *found.unconfirmed)
    ]
    heads = ("rule", "verdict", "#did it", "#converted", "#others", "#recall", "#Matthews", "#against equally active")
    if rows:
        table(console, "Moments: all figures are of the later sign-ups, which were not searched", heads, rows)
    for moment in (*found.confirmed, *found.unconfirmed):
        if moment.activity:
            line(console, f"{str(moment.rule)[:1].upper()}{str(moment.rule)[1:]}: {moment.activity}")
    only = [(str(rule), numbers.times(it.crude_ratio), _ratio(it.ratio)) for rule, it in found.only_activity]
    if only:
        title = "Looks like a moment, and is mostly heavy use (all sign-ups)"
        table(console, title, ("rule", "#ratio", "#against equally active"), only)
    for moment in found.confirmed[:1]:
        plan = moment.experiment
        if plan is not None:
            line(
                console,
                f"To prove it: help a random half of new sign-ups towards it; {plan.per_arm:,} per half, about "
                f"{plan.weeks:.0f} weeks of sign-ups and {plan.days:.0f} days more, {plan.assumption}; "
                f"{plan.at_worst}.",
            )
    line(console, found.headline, style="bold")
    if page is not None:
        line(console, f"Page: {page}")


def _ratio(found: tuple[float, float, float]) -> str:
    from pqlml.report import numbers

    return f"{numbers.times(found[0])} [{numbers.times(found[1])}, {numbers.times(found[2])}]"

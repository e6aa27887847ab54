"""``pqlml features``: what is counted, what it means, and how it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pqlml.cli.arguments import Given, find_definition
from pqlml.cli.failures import handled
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

OptionalData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of the tables, which add attributes and events that no signal names. Default: not looked at.",
        show_default=False,
    ),
]


def list_(given: Given, data: OptionalData = None, output: Output = Format.text) -> None:
    """List the features that a definition gives, by dimension.

    Example: pqlml features list saas
    """
    from pqlml import pipeline
    from pqlml.cli import shapes
    from pqlml.cli.console import table
    from pqlml.explain.described import described

    definition = find_definition(given)
    with spinner(output) as progress:
        found = [described(feature) for feature in pipeline.features(definition, data, progress=progress)]
    told = shapes.shape(
        "features list", definition=shapes.reference(definition), features=[each.as_dict() for each in found]
    )
    rows = [(each.name, each.dimension, each.unit, each.null, each.example) for each in found]
    columns = ("name", "dimension", "value", "missing when", "told to sales as")
    show(output, told, lambda console: table(console, f"{len(rows)} features of {definition.name}", columns, rows))


def show_(
    given: Given,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A feature, such as active.days.7d.", show_default=False)],
    data: OptionalData = None,
    output: Output = Format.text,
) -> None:
    """Say what one feature is: any that the definition can give, usual or not.

    Example: pqlml features show saas any.current_streak
    """
    from pqlml import pipeline
    from pqlml.cli import shapes
    from pqlml.cli.console import line
    from pqlml.explain.described import described

    definition = find_definition(given)
    with spinner(output) as progress:
        feature, usual = pipeline.feature(definition, name, data, progress=progress)
    found = described(feature)
    told = shapes.shape(
        "features show", definition=shapes.reference(definition), feature={**found.as_dict(), "built": usual}
    )
    built = "yes" if usual else "no: name it under 'features' or in points"
    facts = {
        "dimension": found.dimension,
        "told along with": found.group,
        "made of": found.of,
        "window": found.window or "none of its own",
        "value": found.unit,
        "missing when": found.null,
        "told to sales as": found.example,
        "told when missing": found.missing or "never missing",
        "built": built,
    }
    text = "\n".join([found.name, *(f"  {what}: {fact}" for what, fact in facts.items())])
    show(output, told, lambda console: line(console, text))


app = typer.Typer(
    help="List features, and say what one is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for _name, _command in (("list", list_), ("show", show_)):
    app.command(_name)(handled(_command))

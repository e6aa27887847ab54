"""``pqlml check``."""

from __future__ import annotations

import typer

from pqlml.cli.arguments import DATA, ENGINE, Data, Engine, Given, find_definition
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner
from pqlml.errors import DataError


def check(given: Given, data: Data = DATA, engine: Engine = ENGINE, output: Output = Format.text) -> None:
    """Check the tables before training: every row accounted for.

    Lists what a person should know as findings. Exits with 0 if nothing stands in the way of training, else with 5.

    Example: pqlml check saas --data data/sample
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    definition = find_definition(given)
    with spinner(output) as progress:
        result = pipeline.check(definition, data, engine=engine, progress=progress)
    show(output, shapes.checked(definition, result), lambda console: text.checked(console, result))
    if not result.passed:
        raise typer.Exit(DataError.exit_code)

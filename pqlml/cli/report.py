"""``pqlml report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pqlml.cli.arguments import DATA, ENGINE, Data, Engine, Given, Seed, find_definition
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner


def report(
    given: Given,
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", dir_okay=False, help="The page to write.", show_default=False)
    ],
    data: Data = DATA,
    seed: Seed = 0,
    engine: Engine = ENGINE,
    output: Output = Format.text,
) -> None:
    """Write the evidence as one self-contained page.

    Evaluates for that, and releases nothing.

    Example: pqlml report saas --data data/sample --to report.html
    """
    from pqlml import pipeline
    from pqlml.cli import shapes
    from pqlml.cli.console import line

    definition = find_definition(given)
    with spinner(output) as progress:
        result = pipeline.evaluate(definition, data, seed=seed, engine=engine, progress=progress)
        progress("writing the report")
        path = pipeline.report(result, to)
    told = shapes.shape("report", definition=shapes.reference(definition), headline=result.headline, report=str(path))
    show(output, told, lambda console: line(console, f"{result.headline}\nReport: {path}"))

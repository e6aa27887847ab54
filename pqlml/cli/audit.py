"""``pqlml audit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from pqlml.cli.arguments import DATA, ENGINE, Data, Engine, Given, Seed, find_definition
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

LEAKS: Final = 9
"""Exit code where a column in use leaks."""

Earlier = Annotated[
    Path | None,
    typer.Option(
        "--earlier",
        metavar="DIR",
        help="Folder of an earlier extract of the same tables: past rows must look the same in both.",
        show_default=False,
    ),
]


def audit(
    given: Given,
    data: Data = DATA,
    earlier: Earlier = None,
    seed: Seed = 0,
    engine: Engine = ENGINE,
    output: Output = Format.text,
) -> None:
    """Look for leaks: columns that know what nobody knew at the cutoff, with the evidence and what they fake.

    Columns that the definition ignores are examined too. Exits with 9 if a column in use leaks for certain, else 0.

    Example: pqlml audit saas --data data/sample
    """
    from pqlml import pipeline
    from pqlml.cli import leaks

    definition = find_definition(given)
    with spinner(output) as progress:
        result = pipeline.audit(definition, data, earlier=earlier, seed=seed, engine=engine, progress=progress)
    show(output, leaks.as_shape(definition, result), lambda console: leaks.as_text(console, result))
    if not result.passed:
        raise typer.Exit(LEAKS)

"""``pqlml evaluate``."""

from __future__ import annotations

from typing import Annotated

import typer

from pqlml.cli.arguments import DATA, ENGINE, Data, Engine, Given, Seed, find_definition
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner


def evaluate(
    given: Given,
    data: Data = DATA,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Fit on ever more months of history, too; takes longer.")
    ] = False,
    seed: Seed = 0,
    engine: Engine = ENGINE,
    output: Output = Format.text,
) -> None:
    """Judge the model on unseen rows, and release nothing.

    It is fitted anew at several instants and judged beside the hand-set points, a linear model and newest activity
    first, with intervals: over time, by segment, and against what a random split would have promised.

    Example: pqlml evaluate saas --data data/sample --learning-curve
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    definition = find_definition(given)
    with spinner(output) as progress:
        result = pipeline.evaluate(
            definition, data, seed=seed, learning=learning_curve, engine=engine, progress=progress
        )
    show(output, shapes.evaluated(result), lambda console: text.evaluated(console, result))

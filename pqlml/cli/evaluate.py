"""``pqlml evaluate``."""

from __future__ import annotations

from pqlml.cli.arguments import DATA, Data, Given, Seed, find_definition
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner


def evaluate(given: Given, data: Data = DATA, seed: Seed = 0, output: Output = Format.text) -> None:
    """Judge the model on unseen rows, and release nothing.

    It is judged beside the hand-set points, with intervals: for trying definitions.

    Example: pqlml evaluate saas --data data/sample
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    definition = find_definition(given)
    with spinner(output) as progress:
        result = pipeline.evaluate(definition, data, seed=seed, progress=progress)
    show(output, shapes.evaluated(result), lambda console: text.evaluated(console, result))

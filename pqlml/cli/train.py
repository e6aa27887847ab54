"""``pqlml train``."""

from __future__ import annotations

from pqlml.cli.arguments import (
    DATA,
    WORKSPACE,
    Data,
    Given,
    Seed,
    Workspace,
    find_definition,
)
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner


def train(
    given: Given,
    data: Data = DATA,
    workspace: Workspace = WORKSPACE,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Judge the model on unseen rows, fit it, and release it.

    It is judged beside the hand-set points, then fitted on all rows that have a label. Model, figures and report go to
    MLflow, kept in the workspace.

    Example: pqlml train saas --data data/sample
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    definition = find_definition(given)
    with spinner(output) as progress:
        result = pipeline.train(definition, data, workspace, seed=seed, progress=progress)
    show(output, shapes.trained(result, workspace), lambda console: text.trained(console, result))

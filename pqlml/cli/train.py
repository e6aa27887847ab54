"""``pqlml train``."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from pqlml.cli.arguments import (
    DATA,
    ENGINE,
    WORKSPACE,
    Data,
    Engine,
    Given,
    Seed,
    Workspace,
    find_definition,
)
from pqlml.cli.next_step import next_step
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner


class Learner(enum.StrEnum):
    """What ``train`` can release."""

    auto = "auto"
    trees = "trees"
    linear = "linear"


def train(
    given: Given,
    data: Data = DATA,
    workspace: Workspace = WORKSPACE,
    candidate: Annotated[
        Learner,
        typer.Option(
            "--candidate",
            help="What to release. auto: boosted trees, or the linear model where it does as well.",
        ),
    ] = Learner.auto,
    seed: Seed = 0,
    engine: Engine = ENGINE,
    output: Output = Format.text,
) -> None:
    """Judge the model on unseen rows, fit it, and release it.

    It is judged beside simpler rivals and the champion, then fitted on all rows that have a label, and becomes the
    champion if it beats them. Model, figures and report go to MLflow, kept in the workspace.

    Example: pqlml train saas --data data/sample
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    definition = find_definition(given)
    with spinner(output) as progress:
        result = pipeline.train(
            definition, data, workspace, candidate=candidate.value, seed=seed, engine=engine, progress=progress
        )
    step = next_step(result, given, data, workspace)
    show(output, shapes.trained(result, workspace), lambda console: text.trained(console, result, step))

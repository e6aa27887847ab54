"""``pqlml tune``."""

from __future__ import annotations

from pathlib import Path
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
    To,
    Workspace,
    definition_text,
    find_definition,
)
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import steps_and_bar

_TRIALS = 50


def tune(
    given: Given,
    data: Data = DATA,
    workspace: Workspace = WORKSPACE,
    *,
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials",
            min=1,
            help=f"Until the study holds so many trials, those of earlier runs too ({_TRIALS} without --seconds).",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=1, help="Or for so many seconds.", show_default=False)
    ] = None,
    objective: Annotated[
        str, typer.Option("--objective", help="What makes a setting better: neg_log_loss or average_precision.")
    ] = "neg_log_loss",
    space: Annotated[
        Path | None,
        typer.Option(
            "--space",
            metavar="FILE",
            dir_okay=False,
            help="YAML file that says where to search; by default the definition, else the usual.",
            show_default=False,
        ),
    ] = None,
    to: To = None,
    seed: Seed = 0,
    engine: Engine = ENGINE,
    output: Output = Format.text,
) -> None:
    """Search for better settings of the model, and judge once what they bring.

    The search sees the training part alone, forward in time, with the defaults always in the race. What it finds is
    judged against the defaults on the rows of the test part; only if it is better beyond the interval, the next version
    of the definition has it (--to). The study is kept in the workspace: run it again to continue, or several times at
    once to share the work.

    Example: pqlml tune saas --data data/sample --trials 50 --to tuned.yaml
    """
    from pqlml import pipeline
    from pqlml.cli import tuning
    from pqlml.definition.rewrite import rewrite
    from pqlml.model.tune import DEFAULT_SPACE, Budget, SearchPlan, as_objective, load_space

    definition = find_definition(given)
    plan = SearchPlan(
        DEFAULT_SPACE if space is None else load_space(space),
        as_objective(objective),
        workspace / "tuning" / f"{definition.name}.db",
        seed,
    )
    budget = Budget(_TRIALS if trials is None and seconds is None else trials, seconds)
    with steps_and_bar(output) as (progress, searching):
        result = pipeline.tune(definition, data, budget, plan, engine=engine, progress=progress, searching=searching)
    written = to if result.chosen != definition else None
    if written is not None:
        written.write_text(rewrite(definition_text(given), result.chosen), encoding="utf-8")
    show(
        output,
        tuning.as_shape(result, plan, written),
        lambda console: tuning.as_text(console, result, plan, written),
    )

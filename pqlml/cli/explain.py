"""``pqlml explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from pqlml.cli.arguments import DATA, WORKSPACE, Data, Workspace
from pqlml.cli.output import Format, Output, show


def explain(
    entity: Annotated[
        str, typer.Argument(metavar="ENTITY", help="Id of a scored account or user.", show_default=False)
    ],
    workspace: Workspace = WORKSPACE,
    moves: Annotated[
        bool, typer.Option("--moves", help="Also look for what would move the score, in the data that was scored.")
    ] = False,
    data: Data = DATA,
    output: Output = Format.text,
) -> None:
    """Tell why a lead of the published list stands where it does.

    Example: pqlml explain a000042
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text
    from pqlml.comparing import moves_of

    run = pipeline.published(workspace).run
    lead = pipeline.explain(workspace, entity)
    found, note = moves_of(workspace, data, entity) if moves else ((), "")
    show(
        output,
        shapes.explained(run, lead, found, note) if moves else shapes.explained(run, lead),
        lambda console: text.explained(console, run, lead, found, note),
    )

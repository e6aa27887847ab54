"""``pqlml explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from pqlml.cli.arguments import WORKSPACE, Workspace
from pqlml.cli.output import Format, Output, show


def explain(
    entity: Annotated[
        str, typer.Argument(metavar="ENTITY", help="Id of a scored account or user.", show_default=False)
    ],
    workspace: Workspace = WORKSPACE,
    output: Output = Format.text,
) -> None:
    """Tell why a lead of the published list stands where it does.

    Example: pqlml explain a000042
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    run = pipeline.published(workspace).run
    lead = pipeline.explain(workspace, entity)
    show(output, shapes.explained(run, lead), lambda console: text.explained(console, run, lead))

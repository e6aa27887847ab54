"""``pqlml score``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pqlml.cli.arguments import DATA, ENGINE, WORKSPACE, AsOf, Data, Engine, Workspace, find_definition_or_name
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

BEST_SHOWN = 5


def score(  # noqa: PLR0917 - options are named on the command line
    given: Annotated[
        str,
        typer.Argument(
            metavar="DEFINITION", help="A definition (file or shipped), or the name of its models.", show_default=False
        ),
    ],
    data: Data = DATA,
    workspace: Workspace = WORKSPACE,
    version: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="VERSION|ALIAS",
            help="Which of its models; 'newest' is one. Default: the alias 'champion'.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="A state that holds the events (pqlml state update). Default: read them from the source.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            metavar="CODE",
            help="Language of the reasons, such as 'de'. Default: that of the definition.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="RUN|last",
            help="Also tell what changed since an earlier run; 'last' is the one that is published now.",
            show_default=False,
        ),
    ] = None,
    over_newer: Annotated[
        bool,
        typer.Option("--over-newer", help="Publish even over a list of this definition as of a later instant."),
    ] = False,
    engine: Engine = ENGINE,
    output: Output = Format.text,
) -> None:
    """Score every candidate, and publish the ranked list.

    Uses the champion among the released models, with the definition that made it; another definition of that name is
    refused. Readers see the new list with its reasons whole or not at all.

    Example: pqlml score saas --data data/sample
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    asked = find_definition_or_name(given)
    with spinner(output) as progress:
        result = pipeline.score(
            asked,
            data,
            workspace,
            version=version,
            as_of=as_of,
            state=state,
            language=language,
            since=since,
            over_newer=over_newer,
            engine=engine,
            progress=progress,
        )
    published = pipeline.published(workspace)
    best = published.leads(limit=BEST_SHOWN).leads
    show(
        output,
        shapes.shape("score", **shapes.scored(result, best)),
        lambda console: text.published(console, result, best, published.run.horizon_days),
    )

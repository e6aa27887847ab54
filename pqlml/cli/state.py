"""``pqlml state``: what was counted, kept for tomorrow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pqlml.cli.arguments import DATA, Data, Given, find_definition
from pqlml.cli.failures import handled
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

State = Annotated[Path, typer.Option("--state", metavar="DIR", help="Folder of the state.", show_default=False)]


def update(
    given: Given,
    state: State,
    data: Data = DATA,
    new: Annotated[
        Path | None,
        typer.Option(
            "--new",
            metavar="FILE",
            help="The new events. Default: those of the source that became known since the last time.",
            show_default=False,
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Compare the whole source with the state, and repair the days that differ.")
    ] = False,
    output: Output = Format.text,
) -> None:
    """Take new events into a state, which is made where there is none.

    Scoring with it (pqlml score --state) need not read all events again, and finds the same values.

    Example: pqlml state update saas --data data/sample --state state
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    if new is not None and full:
        msg = "give either --new or --full"
        raise typer.BadParameter(msg)
    definition = find_definition(given)
    with spinner(output) as progress:
        change = pipeline.update_state(definition, data, state, new=new, full=full, progress=progress)
    told = shapes.shape("state update", definition=shapes.reference(definition), **shapes.change(change))
    show(output, told, lambda console: text.change(console, change))


def forget(
    given: Given,
    state: State,
    entity: Annotated[list[str] | None, typer.Option("--entity", help="All of an entity. Repeat for more.")] = None,
    user: Annotated[list[str] | None, typer.Option("--user", help="All of a user. Repeat for more.")] = None,
    event: Annotated[list[str] | None, typer.Option("--event", help="One event, by its id. Repeat for more.")] = None,
    output: Output = Format.text,
) -> None:
    """Delete events from a state: of entities, of users, or one by one.

    Delete them in the source first: what it still has comes back with the next comparison (state update --full).

    Example: pqlml state forget saas --state state --user u-17
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text

    definition = find_definition(given)
    with spinner(output) as progress:
        change = pipeline.forget(
            definition,
            state,
            entity_ids=entity or (),
            user_ids=user or (),
            event_ids=event or (),
            progress=progress,
        )
    told = shapes.shape("state forget", definition=shapes.reference(definition), **shapes.change(change))
    show(output, told, lambda console: text.change(console, change))


app = typer.Typer(
    help="Keep what was counted, so that one more day costs little.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for _name, _command in (("update", update), ("forget", forget)):
    app.command(_name)(handled(_command))

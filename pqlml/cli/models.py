"""``pqlml models``: which versions there are, which one scores, and the way back."""

from __future__ import annotations

from typing import Annotated

import typer

from pqlml.cli.arguments import DATA, ENGINE, WORKSPACE, Data, Engine, Seed, Workspace, find_definition
from pqlml.cli.failures import handled
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner
from pqlml.errors import InputError

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the models: that of their definition.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, kept in the history.", show_default=False)]


def list_models(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Only the models of that name.", show_default=False)
    ] = None,
    workspace: Workspace = WORKSPACE,
    output: Output = Format.text,
) -> None:
    """List released versions with what they were worth, and who was champion when and why.

    Example: pqlml models list saas-trial
    """
    from pqlml.cli import shapes, text_of_models
    from pqlml.model import registry

    names = registry.names(workspace) if name is None else [name]
    found = {each: (registry.versions(workspace, each), registry.history(workspace, each)) for each in names}
    told = shapes.shape(
        "models list",
        models=[item for versions, _ in found.values() for item in shapes.versions(versions)],
        champions=[shapes.reign(each, item) for each, (_, reigns) in found.items() for item in reigns],
    )
    show(output, told, lambda console: text_of_models.listed(console, found))


def compare(
    name: Name,
    first: Annotated[str, typer.Argument(help="Version or alias.")],
    second: Annotated[str, typer.Argument(help="Version or alias.")] = "champion",
    *,
    given: Annotated[
        str | None,
        typer.Option(
            "--definition",
            metavar="DEFINITION",
            help="Judge both as released, on what became known since: by this definition, of the tables in --data.",
            show_default=False,
        ),
    ] = None,
    data: Data = DATA,
    workspace: Workspace = WORKSPACE,
    engine: Engine = ENGINE,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Compare two versions on the rows on which both were judged, with the interval of their difference.

    With --definition both are judged anew, on leads of which neither has learned anything.

    Example: pqlml models compare saas-trial challenger champion
    """
    from pqlml.cli import shapes, text_of_models

    if given is None:
        if data != DATA:
            msg = f"--data {data} has no use without --definition, which says what its tables hold; give both, or none."
            raise InputError(msg)
        from pqlml.release import compare_versions

        result = compare_versions(workspace, name, first, second, seed)
        show(output, shapes.compared(result), lambda console: text_of_models.compared(console, result))
        return
    from pqlml import pipeline

    definition = find_definition(given)
    with spinner(output) as progress:
        later = pipeline.compare(
            definition, data, workspace, name, (first, second), seed=seed, engine=engine, progress=progress
        )
    show(output, shapes.compared_later(later), lambda console: text_of_models.compared_later(console, later))


def promote(
    name: Name,
    version: Annotated[str, typer.Argument(help="Version or alias.")] = "challenger",
    why: Annotated[
        str | None,
        typer.Option(
            "--why",
            metavar="TEXT",
            help="Your reason. Needed where the verdict is against it.",
            show_default=False,
        ),
    ] = None,
    workspace: Workspace = WORKSPACE,
    output: Output = Format.text,
) -> None:
    """Make a version the champion, with which 'pqlml score' scores from then on.

    Without a reason only a version whose verdict allows it is promoted.

    Example: pqlml models promote saas-trial 2 --why "agreed with sales: same ranking, fewer signals"
    """
    from pqlml.cli import shapes, text_of_models
    from pqlml.model import registry

    reign = registry.promote(workspace, name, version, why=why)
    told = shapes.shape("models promote", **shapes.reign(name, reign))
    show(output, told, lambda console: text_of_models.crowned(console, name, reign))


def rollback(name: Name, why: Why, workspace: Workspace = WORKSPACE, output: Output = Format.text) -> None:
    """Make the champion before the present one the champion again.

    Example: pqlml models rollback saas-trial --why "half of the list were students"
    """
    from pqlml.cli import shapes, text_of_models
    from pqlml.model import registry

    reign = registry.rollback(workspace, name, why=why)
    told = shapes.shape("models rollback", **shapes.reign(name, reign))
    show(output, told, lambda console: text_of_models.crowned(console, name, reign))


app = typer.Typer(
    help="Which versions there are, which one scores, and the way back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for _name, _command in (("list", list_models), ("compare", compare), ("promote", promote), ("rollback", rollback)):
    app.command(_name)(handled(_command))

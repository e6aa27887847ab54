"""``pqlml definition``: the file that people iterate on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pqlml.cli.arguments import Given, find_definition
from pqlml.cli.failures import handled
from pqlml.cli.output import Format, Output, show
from pqlml.errors import DefinitionError


def list_(output: Output = Format.text) -> None:
    """List the shipped definitions.

    Example: pqlml definition list
    """
    from pqlml.cli import shapes
    from pqlml.cli.console import table
    from pqlml.definition import load_definition
    from pqlml.definition.shipped import shipped_definitions

    found = {name: load_definition(path) for name, path in shipped_definitions().items()}
    told = [
        {"given": name, **shapes.reference(definition), "description": definition.description}
        for name, definition in found.items()
    ]
    rows = [(name, definition.entity, " ".join(definition.description.split())) for name, definition in found.items()]
    show(
        output,
        shapes.shape("definition list", definitions=told),
        lambda console: table(console, "Shipped definitions", ("name", "entity", "what for"), rows),
    )


def show_(given: Given, output: Output = Format.text) -> None:
    """Print a definition as YAML, ready to be copied and changed.

    Example: pqlml definition show saas
    """
    from pqlml.cli import shapes
    from pqlml.definition import dump_definition

    definition = find_definition(given)
    told = shapes.shape(
        "definition show", **shapes.reference(definition), definition=definition.model_dump(mode="json")
    )
    text = f"# hash: {definition.hash}\n{dump_definition(definition)}"
    show(output, told, lambda _: typer.echo(text, nl=False))


def validate(given: Given, output: Output = Format.text) -> None:
    """Check a definition, without looking at data.

    Finds unknown keys, contradictions and unknown features.

    Example: pqlml definition validate saas
    """
    from pqlml.cli import shapes
    from pqlml.cli.console import line
    from pqlml.features import check_points

    definition = find_definition(given)
    problems = check_points(definition)
    if problems:
        raise DefinitionError("\n".join(problems))
    told = shapes.shape("definition validate", valid=True, definition=shapes.reference(definition))
    valid = f"{definition.name} v{definition.version} ({definition.hash}) is a valid definition."
    show(output, told, lambda console: line(console, valid))


def diff(old: Given, new: Given, output: Output = Format.text) -> None:
    """List what differs between two definitions.

    Content counts, not layout: + added, - removed, ~ changed.

    Example: pqlml definition diff saas collaboration
    """
    from pqlml.cli import shapes
    from pqlml.cli.console import line
    from pqlml.definition import diff_definitions

    before, after = find_definition(old), find_definition(new)
    found = diff_definitions(before, after)
    told = shapes.shape(
        "definition diff",
        old=shapes.reference(before),
        new=shapes.reference(after),
        differences=shapes.differences(found),
    )
    lines = "\n".join(map(str, found)) if found else "No difference in content."
    show(output, told, lambda console: line(console, lines))


def schema(output: Output = Format.text) -> None:
    """Print the JSON Schema of definition files.

    With it, editors complete and check them.

    Example: pqlml definition schema > definition.schema.json
    """
    from pqlml.cli import shapes
    from pqlml.definition import json_schema

    written = json_schema()
    told = shapes.shape("definition schema", schema=json.loads(written))
    show(output, told, lambda _: typer.echo(written, nl=False))


def adopt(
    proposal: Annotated[Path, typer.Argument(metavar="PROPOSAL", help="The file that 'pqlml propose' wrote.")],
    into: Annotated[
        Path,
        typer.Option("--into", metavar="FILE", dir_okay=False, help="The definition that gets a new version."),
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who adopts it.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, in a sentence.")],
    output: Output = Format.text,
) -> None:
    """Make a proposed definition the next version of a file.

    The version grows by one, and the file's changelog says who adopted what, when and why.

    Example: pqlml definition adopt proposal.yaml --into saas.yaml --by Kim --why "fewer false alarms"
    """
    from pqlml import pipeline
    from pqlml.cli import shapes
    from pqlml.cli.console import line
    from pqlml.times import utc_now

    adopted = pipeline.adopt(proposal, into, by=by, why=why, today=utc_now().date())
    entry = adopted.changelog[0]
    told = shapes.shape(
        "definition adopt",
        definition=shapes.reference(adopted),
        file=str(into),
        changelog=entry.model_dump(mode="json"),
    )
    changes = "\n".join(entry.changes)
    done = f"{into} is version {adopted.version} of {adopted.name} ({adopted.hash}). Train a model with it: pqlml train"
    show(output, told, lambda console: line(console, f"{changes}\n{done}"))


app = typer.Typer(
    help="List, show, check, compare and adopt definitions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for _name, _command in (
    ("list", list_),
    ("show", show_),
    ("validate", validate),
    ("diff", diff),
    ("adopt", adopt),
    ("schema", schema),
):
    app.command(_name)(handled(_command))

"""``pqlml definition``: the file that people iterate on."""

from __future__ import annotations

import json

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


app = typer.Typer(
    help="List, show, check and compare definitions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for _name, _command in (("list", list_), ("show", show_), ("validate", validate), ("diff", diff), ("schema", schema)):
    app.command(_name)(handled(_command))

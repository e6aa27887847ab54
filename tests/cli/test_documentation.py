"""The pages say what the commands do: every command, every example, every key, every finding, every section."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from pqlml.cli import app
from pqlml.definition import parse_definition
from pqlml.definition.part import Part
from pqlml.features import check_points
from tests.cli.conftest import Walk

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text()
SECTIONS = dict(re.findall(r"^## `pqlml ([^`]+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))

BY_DATA = re.compile(
    r".*\.(metrics|metrics\.\*|difference|optimism|dropped|by_split|conversions_by_split|set_aside|by_tier|planted|paths"
    r"|numbers|settings|worth|shares|lost|gained)"
    r"|simulate\.rows|aha\.looked_at\[\]\.entities|propose\.thresholds"
)
"""Places whose keys come from the data: candidates, reasons, tables."""
NULLABLE = re.compile(r".*\.(over_time|segments)\[\]\.roc_auc|tune\.worth")
"""Places that hold nothing where there is too little to say."""
ANYTHING = {"definition diff.differences[].old", "definition diff.differences[].new"}
"""Places that hold whatever a definition holds."""
MORE = {"definition show.definition", "definition schema.schema"}
"""Places that another page documents."""


def commands(command: object, path: tuple[str, ...] = ()) -> dict[str, Any]:
    if isinstance(command, TyperGroup):
        return {k: v for name, below in command.commands.items() for k, v in commands(below, (*path, name)).items()}
    return {" ".join(path): command}


def examples(text: str) -> list[str]:
    return re.findall(r"(?m)^(?:    Example: )?(pqlml .*?)(?: > \S+)?(?: +#.*)?$", text)


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert set(SECTIONS) == set(commands(get_command(app)))


@pytest.mark.parametrize("name", SECTIONS)
def test_page_and_help_give_an_example_of_the_command(name: str) -> None:
    help_text = commands(get_command(app))[name].callback.__doc__
    for text in (SECTIONS[name], help_text):
        assert any(example.startswith(f"pqlml {name}") for example in examples(text))


@pytest.mark.parametrize(
    "example",
    sorted(
        {
            *examples(PAGE),
            *examples((ROOT / "docs" / "definition.md").read_text()),
            *(line for found in commands(get_command(app)).values() for line in examples(found.callback.__doc__)),
        }
    ),
)
def test_examples_can_be_typed(example: str) -> None:
    _, *arguments = shlex.split(example)
    command: Any = get_command(app)
    while isinstance(command, TyperGroup):
        command = command.commands[arguments.pop(0)]
    command.make_context("pqlml", arguments)


@pytest.mark.xdist_group("walk")
@pytest.mark.parametrize("name", SECTIONS)
def test_json_is_as_documented(walk: Walk, name: str) -> None:
    (documented,) = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", SECTIONS[name], re.DOTALL))
    assert documented["command"] == name
    told = walk.told[name]
    assert (told["format"], told["command"]) == (1, name)
    assert_alike(documented, told, name)


def assert_alike(documented: Any, told: Any, place: str) -> None:
    if told is None and NULLABLE.fullmatch(place):
        return
    if isinstance(documented, dict) and BY_DATA.fullmatch(place):
        for key, value in told.items():
            assert_alike(
                next(iter(documented.values())), value, f"{place}.*" if "metrics" in place else f"{place}.{key}"
            )
    elif isinstance(documented, dict) and told is not None:
        assert documented.keys() <= told.keys() if place in MORE else documented.keys() == told.keys(), place
        for key, value in documented.items():
            assert_alike(value, told[key], f"{place}.{key}")
    elif isinstance(documented, list):
        for item in told:
            if documented:
                assert_alike(documented[0], item, f"{place}[]")
    elif place not in ANYTHING and documented is not None and told is not None:
        kinds = (bool, int | float, str)
        assert [isinstance(told, kind) for kind in kinds] == [isinstance(documented, kind) for kind in kinds], place


def test_every_finding_has_a_line() -> None:
    page = (ROOT / "docs" / "checks.md").read_text()
    sources = (ROOT / "pqlml").rglob("*.py")
    made = {code for path in sources for code in re.findall(r'Finding\(\s*"(PQD\d+)"', path.read_text())}
    assert made
    assert set(re.findall(r"^\| (PQD\d+) \|", page, re.MULTILINE)) == made


def test_every_key_of_a_definition_is_explained() -> None:
    page = (ROOT / "docs" / "definition.md").read_text()
    keys = {key for part in parts(Part) for key in part.model_fields}
    assert [
        key for key in sorted(keys) if f"`{key}`" not in page and f"## {key}" not in page and f"{key}:" not in page
    ] == []


def parts(base: type[Part]) -> list[type[Part]]:
    return [found for below in base.__subclasses__() for found in (below, *parts(below))]


def test_the_definition_on_the_page_is_valid() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "definition.md").read_text(), re.DOTALL)
    assert check_points(parse_definition(text)) == []

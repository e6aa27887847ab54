"""The shipped definitions: found wherever the package lies, sound, and told to a reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqlml.definition import dump_definition, load_definition, parse_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.errors import DefinitionError

SHIPPED = shipped_definitions()


def test_all_are_there() -> None:
    presets = {"collaboration", "project_management", "analytics", "design"}
    presets |= {"samples", "courses", "investment", "network"}
    demonstrations = {"saas", "completejourney", "freemium365", "cdnow", "xeducation"}
    assert presets | demonstrations == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_one_loads_and_says_what_it_is(name: str) -> None:
    definition = load_definition(SHIPPED[name])
    assert definition.description.endswith("?"), "a description ends with the question that the model answers"


@pytest.mark.parametrize("name", SHIPPED)
def test_one_survives_being_written_and_read(name: str) -> None:
    definition = load_definition(SHIPPED[name])
    again = parse_definition(dump_definition(definition))
    assert again == definition
    assert again.hash == definition.hash


@pytest.mark.parametrize("name", SHIPPED)
def test_every_tier_can_be_reached_by_points(name: str) -> None:
    definition = load_definition(SHIPPED[name])
    assert sum(rule.points for rule in definition.points) >= definition.tiers.critical


@pytest.mark.parametrize("name", SHIPPED)
def test_every_signal_has_a_phrase_or_a_usual_name(name: str) -> None:
    usual = {signal for _, signal, _ in load_definition(SHIPPED["saas"]).signals.behaviour()}
    definition = load_definition(SHIPPED[name])
    own = {signal for _, signal, _ in definition.signals.behaviour()} - usual
    assert own <= set(definition.phrases)


def test_names_of_definitions_differ() -> None:
    names = [load_definition(file).name for file in SHIPPED.values()]
    assert len(set(names)) == len(names)


def _definition_file(folder: Path) -> Path:
    folder.mkdir(parents=True)
    file = folder / "mine.yaml"
    file.write_text("name: mine\n")
    return file


def test_a_wheel_holds_them_inside_the_package(tmp_path: Path) -> None:
    inside = _definition_file(tmp_path / "pqlml" / "configs")
    _definition_file(tmp_path / "configs")  # somebody else's folder in site-packages
    assert shipped_definitions(tmp_path / "pqlml") == {"mine": inside}


def test_a_checkout_holds_them_beside_the_package(tmp_path: Path) -> None:
    beside = _definition_file(tmp_path / "configs")
    assert shipped_definitions(tmp_path / "pqlml") == {"mine": beside}


def test_an_installation_without_them_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="Install pqlml anew"):
        shipped_definitions(tmp_path / "pqlml")

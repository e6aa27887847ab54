"""The space is data: of the definition or of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqlml.definition.settings import SETTINGS, ModelSettings, Setting
from pqlml.errors import DefinitionError
from pqlml.model.tune.space import DEFAULT_SPACE, load_space, plain, within


def test_the_usual_space_reads_back_as_it_is_written() -> None:
    assert ModelSettings.model_validate({"search": plain(DEFAULT_SPACE)}).search == dict(DEFAULT_SPACE)
    assert set(DEFAULT_SPACE) <= set(SETTINGS)


def test_a_file_holds_what_the_definition_holds(tmp_path: Path) -> None:
    path = tmp_path / "space.yaml"
    path.write_text("num_leaves: {low: 4, high: 9}\nl2: {choices: [1, 10]}\n")
    assert load_space(path) == {"num_leaves": Setting(low=4, high=9), "l2": Setting(choices=(1, 10))}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot read the search space"),
        ("num_leaves: {low: 4", "cannot read the search space"),
        ("", "holds no settings"),
        ("- num_leaves", "holds no settings"),
        ("num_leafs: {low: 4, high: 9}", "did you mean 'num_leaves'"),
        ("num_leaves: {lo: 4, high: 9}", "num_leaves: unknown key 'lo': did you mean 'low'?"),
    ],
)
def test_a_file_that_is_no_space_is_refused(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "space.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DefinitionError, match=r"space\.yaml") as caught:
        load_space(path)
    assert told in str(caught.value)


def test_defaults_outside_the_space_stand_at_its_edge() -> None:
    assert within("l2", Setting(low=1, high=9), 50.0) == 9
    assert within("n_trees", Setting(low=10, high=90), 47.6) == 48
    assert within("n_trees", Setting(choices=(10, 60, 90)), 47.6) == 60

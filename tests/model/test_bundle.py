"""A stored model: plain files, and after loading, even in another process, the very same probabilities."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pqlml.errors import NotFoundError
from pqlml.model.bundle import load_model, save_model
from pqlml.model.fit import fit_model
from tests.helpers.synthetic import VOCABULARY, definition, fitted, make_rows

ROOT = Path(__file__).parents[2]
SCORE = """
import sys
from pathlib import Path
import numpy as np
import pandas as pd
from pqlml.model.bundle import load_model
np.save(sys.argv[3], load_model(Path(sys.argv[1])).log_odds(pd.read_parquet(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "new" / "bundle"
    save_model(dataclasses.replace(fitted()[0], headline="The best 10 % …"), folder)
    return folder


def test_everything_but_the_trees_is_equal_after_loading(stored: Path) -> None:
    model, again = dataclasses.replace(fitted()[0], headline="The best 10 % …"), load_model(stored)
    for field in dataclasses.fields(model):
        if field.name != "core":
            assert getattr(again, field.name) == getattr(model, field.name), field.name
    assert again.training.known_until is not None
    assert again.definition.hash == definition().hash


def test_the_probabilities_are_identical_after_loading(stored: Path) -> None:
    values = make_rows(entities=40, seed=8).values
    np.testing.assert_array_equal(load_model(stored).probability(values), fitted()[0].probability(values))


def test_another_process_finds_the_same(stored: Path, tmp_path: Path) -> None:
    values = make_rows(entities=40, seed=8).values
    table, target = tmp_path / "values.parquet", tmp_path / "log_odds.npy"
    values.to_parquet(table)
    subprocess.run([sys.executable, "-c", SCORE, str(stored), str(table), str(target)], cwd=ROOT, check=True)
    np.testing.assert_array_equal(np.load(target), fitted()[0].log_odds(values))


def test_a_model_without_times_survives(tmp_path: Path) -> None:
    training = dataclasses.replace(fitted()[0].training, first_cutoff=None, last_cutoff=None, known_until=None)
    model = dataclasses.replace(fitted()[0], training=training)
    save_model(model, tmp_path)
    assert load_model(tmp_path).training == training
    assert training.base_rate == pytest.approx(fitted()[1].label.mean())


def test_a_linear_model_is_stored_as_plain_numbers(tmp_path: Path) -> None:
    rows = make_rows()
    model = fit_model(definition(), VOCABULARY, rows, np.arange(len(rows.label)), kind="linear")
    save_model(model, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"model.json", "line.json", "definition.yaml"}
    again = load_model(tmp_path)
    assert (model.kind, again.kind) == ("linear", "linear")
    assert again.core == model.core
    values = make_rows(entities=40, seed=8).values
    np.testing.assert_array_equal(again.probability(values), model.probability(values))


@pytest.mark.parametrize("name", ["model.json", "trees.txt", "definition.yaml"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    save_model(fitted()[0], tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(NotFoundError, match=rf"holds no model: .*{name} is missing"):
        load_model(tmp_path)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    save_model(fitted()[0], tmp_path)
    file = tmp_path / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))
    with pytest.raises(NotFoundError, match=r"a model of format 99; this version reads 2\. Train it again"):
        load_model(tmp_path)

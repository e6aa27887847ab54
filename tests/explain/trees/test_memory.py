"""What was explained before is looked up, and equals what would be explained now, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pqlml.explain.trees import ShareMemory, TreeExplainer
from pqlml.explain.trees import memory as memory_module
from tests.explain.trees.test_explainer import grow, table

VALUES, LABEL = table(1_500)


@pytest.fixture(scope="module")
def explainer() -> TreeExplainer:
    return TreeExplainer.of(grow(VALUES, LABEL))


def recall(folder: Path, explainer: TreeExplainer, matrix: np.ndarray) -> int:
    """Check the shares against those computed anew, and return how many rows were explained."""
    recalled = ShareMemory(folder).shares(explainer, matrix)
    np.testing.assert_array_equal(recalled.shares, explainer.shares(matrix))
    return recalled.explained


def test_only_changed_rows_are_explained(tmp_path: Path, explainer: TreeExplainer) -> None:
    today = VALUES.copy()
    assert recall(tmp_path, explainer, today) > 1_400
    assert recall(tmp_path, explainer, today) == 0
    today[:40, 0] += 10
    today[40:50, 0] = np.nan
    assert 40 <= recall(tmp_path, explainer, today) <= 50
    assert recall(tmp_path, explainer, today[::-3]) == 0
    assert recall(tmp_path, explainer, today[:0]) == 0


def test_a_change_that_no_split_sees_needs_no_explanation(tmp_path: Path, explainer: TreeExplainer) -> None:
    recall(tmp_path, explainer, VALUES)
    assert recall(tmp_path, explainer, VALUES * (1 + 1e-15)) <= 2
    assert len(list(tmp_path.glob("part-*"))) == 2


def test_rows_that_are_alike_are_explained_once(tmp_path: Path, explainer: TreeExplainer) -> None:
    assert recall(tmp_path, explainer, np.tile(VALUES[:7], (50, 1))) == 7


def test_a_memory_of_many_runs_forgets_what_is_not_used(
    tmp_path: Path, explainer: TreeExplainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_module, "MOST_PARTS", 3)
    for day in range(4):
        recall(tmp_path, explainer, VALUES[day * 100 : day * 100 + 300])
    assert [path.name for path in tmp_path.iterdir()] == ["part-000001-000000"]
    assert recall(tmp_path, explainer, VALUES[300:600]) == 0
    assert recall(tmp_path, explainer, VALUES[:300]) > 290


def test_a_write_that_was_cut_off_is_not_read(tmp_path: Path, explainer: TreeExplainer) -> None:
    recall(tmp_path, explainer, VALUES[:100])
    (tmp_path / "new-cut-off").mkdir()
    assert recall(tmp_path, explainer, VALUES[:100]) == 0


def test_the_prepared_model_is_kept(tmp_path: Path, explainer: TreeExplainer) -> None:
    made = []

    def make() -> TreeExplainer:
        made.append(1)
        return explainer

    memory = ShareMemory(tmp_path / "kept")
    for _ in range(2):
        found = memory.explainer(make)
        np.testing.assert_array_equal(found.shares(VALUES[:600]), explainer.shares(VALUES[:600]))
        assert (found.base, found.features) == (explainer.base, explainer.features)
    assert made == [1]

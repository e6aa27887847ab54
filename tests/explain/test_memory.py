"""Memories of models that nobody uses any more do not pile up."""

from __future__ import annotations

import os
from pathlib import Path

from pqlml.explain.memory import memory_of


def test_the_least_recently_used_models_are_forgotten(tmp_path: Path) -> None:
    for day, model in enumerate(["a", "b", "c"]):
        (memory_of(tmp_path, model) / "plan.json").write_text("{}")
        os.utime(tmp_path / model, (day, day))
    memory_of(tmp_path, "a")
    assert memory_of(tmp_path, "d") == tmp_path / "d"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c", "d"]
    assert (tmp_path / "a" / "plan.json").exists()

"""The notebooks run from top to bottom, say nothing on stderr, and are stored without their output."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
TRUST = next(path for path in NOTEBOOKS if path.stem == "02_rows_you_can_trust")


def read(path: Path) -> nbformat.NotebookNode:
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call] # has no types
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_without_warnings(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PQLML_DATASETS", raising=False)
    printed(path, tmp_path, monkeypatch)


@pytest.mark.shared_data
def test_notebook_about_trust_tells_its_story_on_the_real_platform(
    datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PQLML_DATASETS", str(datasets))
    assert "The real platform" in printed(TRUST, tmp_path, monkeypatch)


def printed(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a notebook from top to bottom and return what it printed; nothing of it may be on stderr."""
    monkeypatch.setenv("PQLML_NOTEBOOK_ACCOUNTS", "600")
    monkeypatch.setenv("PQLML_WORKSPACE", str(folder / "workspace"))
    notebook = read(path)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    return "".join(output["text"] for output in outputs if output.get("name") == "stdout")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_without_output(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.cells
    for cell in notebook.cells:
        assert not cell.get("outputs"), cell["source"]
        assert cell.get("execution_count") is None, cell["source"]

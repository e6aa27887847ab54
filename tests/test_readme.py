"""What the README promises: its code runs, its figures are those that were measured, its links lead somewhere."""

from __future__ import annotations

import json
import re
import runpy
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_path_in_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    assert "accounts=2_000" in code
    script = tmp_path / "readme.py"
    script.write_text(code.replace("accounts=2_000", "accounts=600"), "utf-8")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script))
    headline, *leads = capsys.readouterr().out.splitlines()
    assert "ROC-AUC: model 0." in headline
    assert len(leads) == 5
    assert all(re.match(r"a\d+ (critical|hot|warm|cold) \d+% \[", lead) for lead in leads)


def test_the_figures_are_those_that_were_measured() -> None:
    script = runpy.run_path(str(ROOT / "benchmarks" / "demos.py"))
    measured = script["markdown"](json.loads(script["RESULTS"].read_text("utf-8")))
    assert measured.count("\n| `") == 5
    assert f"{script['BEGIN']}{measured}{script['END']}" in README


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_pictures_are_light() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > 250_000] == []

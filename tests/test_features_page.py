"""The page of features is what its script writes, and holds every kind."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import get_args

import pytest

from pqlml.features.spec import Aggregate

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def page() -> str:
    found = importlib.util.spec_from_file_location("make_features", DOCS / "make_features.py")
    assert found is not None
    assert found.loader is not None
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    written: str = script.page()
    return written


def test_the_page_is_current(page: str) -> None:
    assert (DOCS / "features.md").read_text(encoding="utf-8") == page, "run `make features`"


def test_every_kind_is_on_the_page() -> None:
    text = (DOCS / "features.md").read_text(encoding="utf-8")
    names = {"sessions": "count", "session_minutes": "mean_minutes", "attribute": "company_size", "age": "age_days"}
    internal = {"since"}
    kinds = [names.get(kind, kind) for kind in get_args(Aggregate) if kind not in internal]
    assert [kind for kind in kinds if not re.search(rf"\| `([a-z_.]+\.)?{kind}[.`]", text)] == []

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pqlml.demo import saas


def test_the_same_company_is_simulated_every_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[Path, dict[str, Any]]] = []
    monkeypatch.setattr(saas, "simulate", lambda out, **options: calls.append((out, options)))
    saas.load(tmp_path, None, 300)
    saas.load(tmp_path, None, 300)
    assert calls == [(tmp_path, {"accounts": 300, "seed": 1})] * 2

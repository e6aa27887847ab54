from __future__ import annotations

from pathlib import Path

import pytest

from pqlml.demo import Demo
from pqlml.demo.prepare import prepare


def counting(calls: list[int | None]) -> Demo:
    def load(target: Path, datasets: Path | None, accounts: int | None = None) -> None:
        del datasets
        target.mkdir(parents=True)
        calls.append(accounts)
        if accounts == 13:
            raise KeyboardInterrupt
        (target / "events.parquet").write_text(f"{accounts}")

    return Demo("counting", "Counts its calls", "saas", load, simulated=True)


def test_tables_are_made_once_for_the_same_wish(tmp_path: Path) -> None:
    calls: list[int | None] = []
    demo = counting(calls)
    target = tmp_path / "data" / "counting"
    assert prepare(demo, target)
    assert not prepare(demo, target)
    assert prepare(demo, target, accounts=5)
    assert not prepare(demo, target, accounts=5)
    assert prepare(demo, target, tmp_path, accounts=5)
    assert calls == [None, 5, 5]


def test_unfinished_tables_are_made_anew(tmp_path: Path) -> None:
    calls: list[int | None] = []
    target = tmp_path / "counting"
    with pytest.raises(KeyboardInterrupt):
        prepare(counting(calls), target, accounts=13)
    with pytest.raises(KeyboardInterrupt):
        prepare(counting(calls), target, accounts=13)
    assert calls == [13, 13]

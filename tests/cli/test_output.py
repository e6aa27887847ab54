from __future__ import annotations

import json

import pytest

from pqlml.cli.console import PLAIN_WIDTH, console, line, table
from pqlml.cli.output import Format, show


def test_numbers_that_are_not_finite_become_null(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": (-float("inf"), "x")}}
    show(Format.json, told, lambda _: None)
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": {"d": [None, "x"]}}


def test_text_is_plain_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    found = console()
    assert found.width == PLAIN_WIDTH
    table(found, "Title [1]", ("name", "#count"), [("[a]", "1")])
    line(found, "long " * 60)
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "| [a]  |     1 |" in told
    assert "long " * 60 in told


def test_text_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    found = console()
    assert found.width == 60
    table(found, "Title", ("name",), [("a",)])
    assert "\x1b" in capsys.readouterr().out

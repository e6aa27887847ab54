from __future__ import annotations

import sys

import pytest

from pqlml.cli.output import Format
from pqlml.cli.progress import bar, spinner, steps_and_bar


def work(output: Format) -> None:
    with spinner(output) as progress:
        progress("reading tables")
    with steps_and_bar(output) as (step, advance):
        step("searching")
        advance(3, 7)
    with bar(output, "accounts") as advance:
        advance(1, 2)
        advance(2, 2)


def test_a_log_holds_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    work(Format.text)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_it_on_stderr_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    work(Format.text)
    out, err = capsys.readouterr()
    assert out == ""
    assert "reading tables" in err
    assert "2/2" in err
    assert "searching" in err
    assert "3/7" in err


def test_json_stays_alone_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    work(Format.json)
    assert capsys.readouterr() == ("", "")

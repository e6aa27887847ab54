from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pqlml
from pqlml import pipeline
from pqlml.cli import app, main
from tests.cli.shop import Shop, run, run_json

CHECK = ("check", "saas")


def break_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def check(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(pipeline, "check", check)


def test_an_expected_failure_is_one_message_on_stderr(shop: Shop) -> None:
    shop.definition.unlink()
    result = run("check", shop.definition)
    assert result.exit_code == 4
    assert result.stdout == ""
    assert result.stderr.startswith("error: cannot read the definition")


def test_a_definition_that_is_neither_a_file_nor_shipped_gets_the_nearest_name() -> None:
    result = run("check", "completejorney")
    assert result.exit_code == 4
    assert "did you mean 'completejourney'?" in result.stderr


def test_a_bug_is_a_short_message_that_says_how_to_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    break_with(monkeypatch, ZeroDivisionError("by nought"))
    result = run(*CHECK)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "unexpected ZeroDivisionError: by nought" in result.stderr
    assert "--debug" in result.stderr
    told = run_json(*CHECK, exit_code=1)
    assert told["error"]["kind"] == "ZeroDivisionError"


def test_a_place_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    break_with(monkeypatch, PermissionError(13, "Permission denied", "/locked/reports"))
    result = run(*CHECK)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "cannot read or write /locked/reports: Permission denied. Check the paths" in result.stderr


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    break_with(monkeypatch, ZeroDivisionError("by nought"))
    result = CliRunner().invoke(app, [*CHECK, "--debug"])
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "in check" in result.stderr


def test_an_interruption_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    break_with(monkeypatch, KeyboardInterrupt())
    result = run(*CHECK)
    assert result.exit_code == 130
    assert result.stderr == "error: interrupted.\n"


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = run("serve", "--workspace", tmp_path)
    assert result.exit_code == 8
    assert "pip install 'pqlml[web]'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check"], "Missing argument"),
        (["check", "saas", "--dat", "here"], "No such option: --dat"),
        (["score", "saas", "--as-of", "yesterday"], "'yesterday' is no date or time; expected ISO 8601"),
        (["simulate", "--to", "x", "--off", "ahah"], "did you mean 'aha'?"),
        (["simulate", "--to", "x", "--off", "late_max_days"], "late_max_days cannot be switched off"),
        (["demo", "sas"], "did you mean 'saas'?"),
        (["demo", "cdnow", "--accounts", "10"], "are real"),
        (["serve", "--port", "0"], "--port"),
        (["explain", "a", "--workspace", __file__], "is a file"),
        (["report", "saas", "--to", "."], "is a directory"),
        (["train", "saas", "--seed", "-1"], "--seed"),
        (["definition", "show"], "Missing argument"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_why(arguments: list[str], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_simulate_names_the_range_of_accounts(tmp_path: Path) -> None:
    told = run_json("simulate", "--to", tmp_path, "--accounts", "2000000", exit_code=3)
    assert "1 to 1,000,000" in told["error"]["message"]


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["pqlml", "--version"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"pqlml {pqlml.__version__}\n"

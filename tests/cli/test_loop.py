"""What the commands of the definition loop print to a reader of a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pqlml.cli import app
from tests.cli.shop import Shop
from tests.review.improvable import TEXT, write_improvable


def told(*arguments: object, code: int = 0) -> str:
    """Run a command as on a narrow terminal; what it prints, its lines joined by single spaces."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


def flat(text: str) -> str:
    return " ".join(text.split())


def test_review_tells_how_good_it_was_who_was_missed_and_what_to_do_next(shop: Shop) -> None:
    (shop.folder / "said.csv").write_text("entity_id,disposition\nc001,met\nz9,met\n")
    said = ("--dispositions", shop.folder / "said.csv", "--workspace", shop.folder / "none")
    text = told("review", shop.definition, "--data", shop.folder, *said, "--until", "2024-06-10")
    assert max(map(len, re.findall(r"(?m)^\|.*$", text))) <= 80
    lines = flat(text)
    assert "Asked until 2024-06-10; cutoffs after 2024-05-31 21:00" in lines
    assert re.search(r"\| precision +\| +\d+% \[[\d.]+%, \d+%\]", text)
    assert re.search(r"\| recall +\| +\d+% \[\d+%, \d+%\]", text)
    assert re.search(r"\| hot or better +\| +\d+ \| +\d+ \|", text)
    assert re.search(r"\| hot +\| +\d+ \| +\d+ \| +\d+% \| +\d+% \[[\d.]+%, \d+%\]", text)
    assert re.search(r"\| engagement +\| +\d+ \| +\d+ \|", text)
    assert re.search(r"\| company size: up to [\d.]+ +\| +\d+ \|", text)
    assert "the share that it holds of all" in lines
    assert "sources.outcomes.amount" in lines
    assert re.search(r"\d+ leads converted: \d+ within the window of their first flag, \d+ flagged too but only", lines)
    assert re.search(r"At their first look \d+ leads were not flagged; of the \d+ that converted", lines)
    assert "1 of 2 leads that the file names were looked at" in lines
    assert "(z9)" in lines
    assert "No champion was found, so this period is compared with what was over before it" in lines
    assert "With --to review.html: as a page" in lines
    assert not (shop.folder / "none").exists()


def test_a_proposal_tells_each_effect_and_what_makes_no_difference(tmp_path: Path) -> None:
    write_improvable(tmp_path, accounts=900)
    given, to = tmp_path / "old.yaml", tmp_path / "new.yaml"
    given.write_text(TEXT)
    text = flat(told("propose", given, "--data", tmp_path, "--to", to, "--no-moments"))
    assert re.search(r"1\. add, \d+ points: “exported” actions .* \[exported\.count\.28d\]", text)
    assert re.search(r"later: better; precision \+\d", text)
    assert re.search(r"as many flagged \| +\d+\.\d% \| +\| +[+-]\d+\.\d \[[+-]\d+\.\d, [+-]\d+\.\d\]", text)
    assert "Left out: no gain before the period" in text
    assert "pqlml definition adopt" in text
    refused = told("propose", given, "--data", tmp_path, "--to", given, code=4)
    assert "is the definition itself" in refused
    assert given.read_text() == TEXT


@pytest.mark.parametrize(
    ("command", "missing"), [("replay saas", "NEW"), ("definition adopt x --into y --by z", "why")]
)
def test_what_is_missing_is_named(command: str, missing: str) -> None:
    assert missing in told(*command.split(), code=2)

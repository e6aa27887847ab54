"""What `tune` prints: what was tried, what it brings on unseen rows, and what to do with it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from pqlml.cli.tuning import as_shape, as_text
from pqlml.dataset import split_rows
from pqlml.model.metrics import Interval
from pqlml.model.tune import Searched, SearchPlan, Tuned
from pqlml.model.tune.worth import WORTH_METRICS, Worth
from tests.helpers.synthetic import definition, make_rows

GIVEN = definition("evaluation: {test_from: 2026-04-01, origins: 1}\n")
ROWS = make_rows(60)
TRIALS = pd.DataFrame(
    {
        "number": [0, 1, 2],
        "state": ["whole", "whole", "cut short"],
        "value": [-0.5, -0.4, float("nan")],
        "defaults": [True, False, False],
        "l2": [50.0, 7.0, 1.0],
    }
)


def tuned(gain: float | None) -> Tuned:
    found = {"l2": 7.0} if gain is not None else {}
    searched = Searched(found, -0.4, -0.5, "neg_log_loss", TRIALS, "4 folds", 1, "one")
    worth = None
    if gain is not None:
        side = dict.fromkeys(WORTH_METRICS, Interval(0.5, 0.4, 0.6))
        worth = Worth(side, side, dict.fromkeys(WORTH_METRICS, Interval(gain, gain - 0.01, gain + 0.01)))
    result = Tuned(GIVEN, GIVEN, searched, worth, split_rows(GIVEN, ROWS.keys, ROWS.label))
    chosen = definition("version: 2\nmodel: {l2: 7}\n")
    return replace(result, chosen=chosen) if result.better else result


def printed(result: Tuned, written: Path | None = None) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    as_text(console, result, SearchPlan(study=Path("tuning.db")), written)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # it is the buffer above
    return text


def test_settings_that_are_kept_can_be_written() -> None:
    text = printed(tuned(0.05))
    assert "3 trials (2 whole, 1 cut short, 1 of them there already) on 4 folds; study: tuning.db" in text
    assert "better beyond the interval" in text
    assert "--to FILE" in text
    assert "Written: tuned.yaml, version 2" in printed(tuned(0.05), Path("tuned.yaml"))


@pytest.mark.parametrize("gain", [None, 0.001])
def test_defaults_that_stay_are_a_fine_answer(gain: float | None) -> None:
    text = printed(tuned(gain))
    assert "a fine answer" in text
    assert "--to FILE" not in text
    assert ("tuned - defaults" in text) is (gain is not None)


def test_machines_are_told_the_same() -> None:
    told = as_shape(tuned(0.05), SearchPlan(study=Path("tuning.db")), None)
    assert (told["kept"], told["settings"], told["chosen"]["version"]) == ("tuned", {"l2": 7.0}, 2)
    assert told["search"]["trials"] == {"whole": 2, "cut short": 1, "failed": 0, "not over": 0}
    assert told["search"]["file"] == "tuning.db"
    nothing = as_shape(tuned(None), SearchPlan(), None)
    assert (nothing["kept"], nothing["worth"], nothing["search"]["file"]) == ("defaults", None, None)

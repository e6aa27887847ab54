from __future__ import annotations

import numpy as np
import pytest

from pqlml.audit.lift import MOST_COLUMNS, Faked
from tests.audit.cases import case, tells

CHANCE = np.random.default_rng(0)
WINS = CHANCE.random(3_000) < 0.2


def test_a_column_is_measured_against_all_that_nothing_is_held_against() -> None:
    columns = {"good": tells(WINS, 1.0), "leak": tells(WINS, 3.0, 1), "other": tells(WINS, 2.5, 2), "noise": WINS * 0.0}
    lift = Faked(case(columns, label=WINS), ["leak", "other"]).by("leak")
    assert lift.auc_without == pytest.approx(0.76, abs=0.03), "neither leak is in the background"
    assert lift.auc_with == pytest.approx(0.98, abs=0.02)
    assert lift.auc_faked.low < lift.auc_faked.value == pytest.approx(lift.auc_with - lift.auc_without)
    assert 1 < lift.top_without < lift.top_with <= 5.2


def test_a_column_that_adds_nothing_fakes_nothing() -> None:
    columns = {"good": tells(WINS, 1.0), "noise": CHANCE.normal(size=len(WINS))}
    lift = Faked(case(columns, label=WINS), ["noise"]).by("noise")
    assert lift.auc_faked.low < 0.005


def test_without_a_background_it_is_measured_against_a_constant() -> None:
    lift = Faked(case({"leak": tells(WINS, 2.0)}, label=WINS), ["leak"]).by("leak")
    assert lift.auc_without == 0.5
    assert lift.top_without == pytest.approx(1.0)


def test_many_categories_and_many_columns_are_no_obstacle() -> None:
    columns = {f"n{number}": CHANCE.normal(size=len(WINS)) for number in range(MOST_COLUMNS + 5)}
    texts = np.where(WINS, "won", CHANCE.integers(0, 200, len(WINS)).astype(str))
    lift = Faked(case({**columns, "city": texts}, label=WINS), ["city"]).by("city")
    assert lift.auc_with > 0.95

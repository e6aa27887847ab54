from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.checks.derived_from_target import look
from tests.audit.cases import NOISE, ROWS, WINS, case, found, tells, why_not

GROUP = np.random.default_rng(0).integers(0, 60, ROWS)
SIZE = pd.Series(WINS * 1.0).groupby(GROUP).transform("size").to_numpy()
HITS = pd.Series(WINS * 1.0).groupby(GROUP).transform("sum").to_numpy()


@pytest.mark.parametrize("weight", [0, 1, 12.5])
def test_the_conversion_rate_of_a_rows_own_group_is_found_drawn_to_the_mean_or_not(weight: float) -> None:
    rate = (HITS + weight * WINS.mean()) / (SIZE + weight)
    one = found(look, case({"rate": rate, "size": SIZE}))["rate"]
    assert one.severity == "error"
    assert "is the conversion rate of the very rows that have it" in one.evidence


def test_rates_of_other_rows_pass() -> None:
    other = np.random.default_rng(1).permutation(WINS)
    rate = pd.Series(other * 1.0).groupby(GROUP).transform("mean")
    out_of_fold = (HITS - WINS) / (SIZE - 1)
    judged = found(look, case({"rate": rate, "group": GROUP, "half": np.full(ROWS, 0.5)}))
    assert judged == {}
    assert found(look, case({"few": np.where(WINS, 0.9, 0.1) * (NOISE > 0), "x": out_of_fold})).keys() <= {"few", "x"}


def test_a_number_that_tells_too_well_is_found() -> None:
    assert set(found(look, case({"score": tells(WINS, 3.5), "honest": tells(WINS, 1.2, 1)}))) == {"score"}


def test_few_winners_tell_nothing() -> None:
    few = np.arange(ROWS) < 10
    assert "figures need" in why_not(look, case({"x": NOISE}, label=few))

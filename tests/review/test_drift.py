from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from pqlml.features.spec import Feature
from pqlml.review.drift import TrainedOn, baseline, drifts
from pqlml.review.period import choose_period
from tests.helpers.synthetic import definition, make_rows

SIZE = Feature("size", "fit", "size", "attribute", noun="company size")
PLACE = Feature("place", "fit", "place", "attribute", category=True, noun="country")
STILL = Feature("still", "fit", "still", "attribute", noun="age")


def frame(seed: int, shift: float, share: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    place = np.where(rng.random(3000) < share, "DE", "FR")
    return pd.DataFrame({"size": rng.normal(shift, 1, 3000), "place": place, "still": rng.normal(0, 1, 3000)})


def test_what_moved_is_told_most_first_and_what_did_not_is_not() -> None:
    found = drifts(frame(1, 0, 0.3), frame(2, 1, 0.6), [STILL, PLACE, SIZE])
    assert [one.feature for one in found] == ["size", "place"]
    size, place = found
    assert size.stability == pytest.approx(1.0, abs=0.2)  # of a shift by one standard deviation
    assert size.before == pytest.approx(0, abs=0.1)
    assert size.now == pytest.approx(1, abs=0.1)
    assert place.stability == pytest.approx(0.3 * np.log(0.6 / 0.3) + -0.3 * np.log(0.4 / 0.7), abs=0.06)
    assert place.level in {"DE", "FR"}
    assert place.now - place.before == pytest.approx(0.3 if place.level == "DE" else -0.3, abs=0.04)


def test_values_that_go_missing_are_a_drift() -> None:
    now = frame(2, 0, 0.3)
    now.loc[:1000, "size"] = np.nan
    assert [one.feature for one in drifts(frame(1, 0, 0.3), now, [SIZE])] == ["size"]


def test_without_rows_before_there_is_none() -> None:
    assert drifts(frame(1, 0, 0.3).iloc[:0], frame(2, 1, 0.3), [SIZE]) == ()


def test_drift_is_since_the_champions_training_where_there_is_one() -> None:
    rows = make_rows(60)
    period = choose_period(definition(), rows, dt.datetime(2026, 4, 1))
    january, april = dt.datetime(2026, 1, 1), dt.datetime(2026, 4, 1)
    found = baseline(rows, period, TrainedOn("synthetic version 3", january, dt.datetime(2026, 2, 1)))
    assert found is not None
    told, mine = found
    assert (told.rows, told.first, told.last) == (120, january, dt.datetime(2026, 2, 1))
    assert told.rate == pytest.approx(rows.label[mine].mean())
    assert str(told).startswith("This period is compared with what the champion, synthetic version 3, was trained on")
    assert "not part of the comparison" not in str(told)
    within = baseline(rows, period, TrainedOn("synthetic version 3", january, april))
    assert within is not None
    assert within[0].reaches
    assert within[0].last == dt.datetime(2026, 3, 1)
    assert "trained on looks of this period, too" in str(within[0])
    without = baseline(rows, period, None)
    assert without is not None
    assert without[1].tolist() == period.before.tolist()
    assert "No champion was found" in str(without[0])
    first = choose_period(definition(), rows, january)
    assert baseline(rows, first, None) is None

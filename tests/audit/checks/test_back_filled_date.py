from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.audit.checks.back_filled_date import look
from tests.audit.cases import CUTOFF, NOISE, ROWS, WINS, case, found, timed, why_not
from tests.audit.checks.replayed import replayed, told

DAY = np.timedelta64(1, "D")
PAST = pd.Series(CUTOFF - (10 + np.arange(ROWS) % 50) * DAY)
CONVERTED = np.where(WINS, CUTOFF + 5 * DAY, np.datetime64("NaT")).astype("datetime64[us]")


def test_dates_after_the_cutoff_are_found_with_whose_they_are() -> None:
    later = PAST.where(~WINS, CUTOFF + (np.arange(ROWS) % 7) * DAY + DAY)
    one = found(look, timed({"closed": later, "began": PAST}))["closed"]
    assert one.severity == "error"
    assert (one.numbers["winners_after_cutoff"], one.numbers["others_after_cutoff"]) == (1, 0)


def test_a_date_that_is_set_in_advance_passes() -> None:
    assert (
        found(
            look,
            timed({"began": PAST, "trial_ends": PAST + 30 * DAY, "renewal": pd.Series([CUTOFF + 90 * DAY] * ROWS)}),
        )
        == {}
    )
    alone = found(look, timed({"trial_ends": PAST + 30 * DAY}))
    assert set(alone) == {"trial_ends"}, "nothing shows what it follows from"
    known_then = timed({"trial_ends": PAST + 30 * DAY}, proven=frozenset({"trial_ends"}))
    assert found(look, known_then) == {}


def test_the_day_of_the_conversion_is_found_though_it_was_entered_as_another_instant() -> None:
    date = pd.Series(CONVERTED).where(np.arange(ROWS) % 3 > 0, PAST).dt.floor("D") + pd.Timedelta(hours=9)
    one = found(look, timed({"activated": date}, converted_at=CONVERTED))["activated"]
    assert one.evidence.startswith("is the day of the conversion for ")


def test_a_date_that_only_tells_too_well_is_found_by_its_figures() -> None:
    early = PAST.where(~WINS, PAST - 100 * DAY)
    assert set(found(look, case({"first_call": early, "began": PAST}))) == {"first_call"}


def test_events_that_were_counted_before_they_were_known_are_found() -> None:
    assert set(found(look, replayed(told("late")))) == {"x"}


def test_without_dates_and_events_it_cannot_look() -> None:
    assert "neither dates" in why_not(look, timed({"x": NOISE}))
    few = np.arange(ROWS) < 5
    assert found(look, case({"x": PAST}, label=few)) == {}

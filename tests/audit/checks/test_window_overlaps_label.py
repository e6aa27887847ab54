from __future__ import annotations

import numpy as np

from pqlml.audit.checks.window_overlaps_label import look
from pqlml.audit.records import LABEL
from tests.audit.cases import CUTOFF, NOISE, ROWS, WINS, case, found, tells, timed, why_not
from tests.audit.checks.replayed import replayed, told
from tests.audit.test_snapshots import CUTOFF as SNAPSHOTS
from tests.audit.test_snapshots import ENTITY, counted

EARLY = WINS & (np.arange(ROWS) % 2 == 0)
CONVERTED = np.where(
    WINS, np.where(EARLY, CUTOFF - np.timedelta64(3, "D"), CUTOFF + np.timedelta64(3, "D")), np.datetime64("NaT")
).astype("datetime64[us]")


def test_a_window_that_ends_days_after_the_cutoff_is_found() -> None:
    assert set(found(look, replayed(told("beyond")))) == {"x"}
    assert found(look, replayed(told("at"))) == {}


def test_winners_that_converted_before_their_cutoff_are_found_with_the_columns_that_know_it() -> None:
    columns = {"use": NOISE + 2.5 * EARLY, "fewer": -NOISE - 2.5 * EARLY, "size": tells(WINS, 0.8), "noise": NOISE}
    told_by = found(look, timed(columns, converted_at=CONVERTED))
    assert set(told_by) == {LABEL, "use", "fewer"}
    assert told_by[LABEL].numbers["share_decided_before"] == EARLY.sum() / WINS.sum()
    assert told_by["use"].numbers["auc_decided_before"] > 0.9
    assert told_by["use"].numbers["auc_decided_after"] < 0.6


def test_a_conversion_at_the_cutoff_is_no_conversion_before_it() -> None:
    at = np.where(WINS, CUTOFF, np.datetime64("NaT")).astype("datetime64[us]")
    assert found(look, timed({"x": NOISE}, converted_at=at)) == {}


def test_a_count_that_the_next_snapshots_show_to_be_ahead_is_found() -> None:
    use = counted(7, 3)
    columns = {"ever": counted(None), "week": counted(7), "use": use, "month": counted(28)}
    wins = np.random.default_rng(3).random(len(use)) < 0.2
    told_by = found(look, case(columns, label=wins, entity=ENTITY, cutoff=SNAPSHOTS))
    assert set(told_by) == {"use"}
    assert "never below week" in told_by["use"].evidence
    assert told_by["use"].numbers["broken"] == 0


def test_it_needs_events_or_times_of_conversions_or_snapshots() -> None:
    assert "several cutoffs" in why_not(look, timed({"x": NOISE}))
    assert "converted_at" in why_not(look, case({"x": NOISE}, converted_at=CONVERTED))

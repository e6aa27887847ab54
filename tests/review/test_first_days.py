from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pqlml.definition import Definition, parse_definition
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.events import load_tables
from pqlml.features import learn_vocabulary
from pqlml.review.first_days import FirstDays, first_days
from pqlml.warehouse import open_warehouse
from tests.review.planted import TEXT, definition

CREATED = pd.Timestamp("2025-03-01 12:00")
EVENTS = (
    ("a", "invite_sent", 0.5),
    ("a", "invite_sent", 6.9),
    ("a", "invite_sent", 7.0),  # the window is half-open
    ("a", "signed_in", -2.0),  # before sign-up
    ("a", "paid", 10.0),
    ("b", "invite_sent", 0.1),
    ("b", "paid", 3.0),  # within the days
    ("b", "invite_sent", 4.0),  # what follows a conversion
    ("c", "comment_written", 1.0),
    ("d", "signed_in", 1.0),
)


def look(folder: Path, given: Definition, days: list[int]) -> tuple[list[str], dict[int, FirstDays]]:
    frame = pd.DataFrame(EVENTS, columns=["account", "event", "day"])
    frame["at"] = CREATED + pd.to_timedelta(frame.pop("day"), unit="D")
    frame.to_parquet(folder / "events.parquet")
    created = [CREATED, CREATED, CREATED, pd.Timestamp("2025-09-20")]
    pd.DataFrame({"account": list("abcd"), "created": created}).to_parquet(folder / "accounts.parquet")
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, given, folder)
        actions, windows = first_days(given, tables, learn_vocabulary(given, tables), days)
    return [action.name for action in actions], {window.days: window for window in windows}


def test_counts_end_with_the_days_and_conversions_begin_there(tmp_path: Path) -> None:
    actions, windows = look(tmp_path, definition(), [7, 10])
    week = windows[7]
    assert actions == ["signed_in", "reports", "invited", "event.comment_written"]
    assert week.entity.tolist() == ["a", "c"]
    assert week.counts[:, actions.index("invited")].tolist() == [2, 0]
    assert week.counts[:, actions.index("event.comment_written")].tolist() == [0, 1]
    assert week.counts[:, actions.index("signed_in")].tolist() == [0, 0]
    assert week.converted.tolist() == [True, False]
    assert week.dropped == {"already_converted": 1, "immature": 1}
    assert windows[10].converted.tolist() == [True, False]  # at the very end of the days: afterwards


def test_ages_of_the_definition_do_not_matter(tmp_path: Path) -> None:
    _, windows = look(tmp_path, definition("population: {min_age_days: 30, max_age_days: 60}"), [7])
    assert windows[7].entity.tolist() == ["a", "c"]


def test_single_events_of_a_signal_are_actions_of_their_own(tmp_path: Path) -> None:
    actions, windows = look(tmp_path, definition("phrases: {}").model_copy(), [7])
    assert "event.invite_sent" not in actions
    wider = Definition.model_validate(
        {**definition().model_dump(), "signals": {"team": {"together": ["invite_sent", "comment_written"]}}}
    )
    actions, windows = look(tmp_path, wider, [7])
    assert actions == ["together", "event.signed_in", "event.invite_sent", "event.comment_written"]
    assert windows[7].counts.tolist() == [[2, 0, 2, 0], [1, 0, 0, 1]]


def test_without_signups_it_says_what_to_name(tmp_path: Path) -> None:
    dateless = TEXT.replace(", signup_at: created", "")
    with pytest.raises(DataError, match=r"sources\.entities\.signup_at"):
        look(tmp_path, parse_definition(dateless), [7])


def test_nobody_left_is_told_with_the_reasons(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughDataError, match="nobody can be looked at 300 days after sign-up") as caught:
        look(tmp_path, definition(), [300, 365])
    told = str(caught.value)
    assert "window not over when the data ends: 2" in told
    assert "30 more in which a conversion counts" in told
    assert "immature" not in told
    most = int(told.partition("(--days ")[2].partition(")")[0])
    _, windows = look(tmp_path, definition(), [most])
    assert len(windows[most].entity) > 0, "what it says can be asked for"
    with pytest.raises(NotEnoughDataError):
        look(tmp_path, definition(), [most + 1])


def test_lengths_at_which_nobody_is_left_are_kept_with_their_reasons(tmp_path: Path) -> None:
    _, windows = look(tmp_path, definition(), [7, 300])
    assert len(windows[300].entity) == 0
    assert sum(windows[300].dropped.values()) == 4


def test_events_in_all_and_active_days_are_counted(tmp_path: Path) -> None:
    _, windows = look(tmp_path, definition(), [7])
    assert windows[7].events.tolist() == [2, 1]
    assert np.all(windows[7].active_days >= 1)

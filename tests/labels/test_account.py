"""Counts add up by construction, whatever they are cut by."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from pqlml.labels import PairAccount, pair_account
from pqlml.labels.account import DROP_REASONS

STARTS = st.one_of(st.none(), st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2024, 4, 1)))
COUNTS = st.lists(
    st.tuples(STARTS, st.sampled_from([None, *DROP_REASONS, "no_label"]), st.integers(1, 9)),
    unique_by=lambda row: row[:2],
)


def account(rows: list[tuple[dt.datetime | None, str | None, int]]) -> PairAccount:
    return pair_account(
        {"start": start, "reason": reason, "pairs": pairs, "conversions": pairs // 2} for start, reason, pairs in rows
    )


@given(COUNTS)
def test_labelled_and_dropped_add_up_to_the_total(rows: list[tuple[dt.datetime | None, str | None, int]]) -> None:
    made = account(rows)
    assert made.total == sum(pairs for *_, pairs in rows)
    assert made.labelled == sum(pairs for _, reason, pairs in rows if reason is None)
    for shown in (made, made.by_month()):
        assert sum(part.total for part in shown.parts) == made.total
        assert (shown.labelled, shown.conversions, shown.dropped) == (made.labelled, made.conversions, made.dropped)
        starts = [part.start for part in shown.parts]
        assert starts == sorted(set(starts), key=lambda start: start or dt.datetime.min)
    assert {part.start.day for part in made.by_month().parts if part.start} <= {1}


def test_the_account_as_plain_data() -> None:
    first, second = dt.datetime(2024, 1, 31, 12), dt.datetime(2024, 2, 1)
    made = account([(second, "left", 1), (first, None, 4), (first, "immature", 2), (first, "excluded", 3)])
    assert made.as_dict() == {
        "total": 10,
        "labelled": 4,
        "conversions": 2,
        "dropped": {"excluded": 3, "left": 1, "immature": 2},
        "per": "cutoff",
        "by_cutoff": [
            {
                "cutoff": "2024-01-31T12:00:00Z",
                "total": 9,
                "labelled": 4,
                "conversions": 2,
                "dropped": {"excluded": 3, "immature": 2},
            },
            {"cutoff": "2024-02-01T00:00:00Z", "total": 1, "labelled": 0, "conversions": 0, "dropped": {"left": 1}},
        ],
    }

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from pqlml.review.looks import FlagCounts, count, look


def rows(*lines: tuple[str, int, bool, int]) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    entity, day, flagged, label = zip(*lines, strict=True)
    cutoff = pd.Timestamp("2025-01-01") + pd.to_timedelta(list(day), unit="D")
    return pd.DataFrame({"entity_id": entity, "cutoff": cutoff}), np.array(flagged), np.array(label)


def test_one_look_per_entity_first_flag_first() -> None:
    keys, flagged, label = rows(
        ("b", 7, False, 1),  # missed: any of its cutoffs
        ("b", 0, False, 0),
        ("a", 7, True, 0),  # flagged first here, and did not convert in that window
        ("a", 14, True, 1),
        ("a", 0, False, 0),
        ("c", 0, True, 1),
        ("d", 0, False, 0),
        ("e", 99, True, 1),  # outside of the period
    )
    inside = keys["cutoff"].to_numpy() < np.datetime64("2025-03-01")
    looks = look(keys, flagged, label, inside)
    assert looks.row.tolist() == [2, 1, 5, 6]
    assert looks.flagged.tolist() == [True, False, True, False]
    assert looks.converted.tolist() == [False, True, True, False]
    assert looks.bought.tolist() == [3, 0, 5, -1]
    assert looks.first.tolist() == [4, 1, 5, 6]
    assert looks.first_flagged.tolist() == [False, False, True, False]
    counts = count(looks, np.array([30.0, 0, 0, 50, 0, 20, 0, 9]))
    assert counts == FlagCounts(1, 1, 1, 1, 1, 20.0, 30.0)
    assert (counts.precision, counts.converted, counts.recall, counts.total) == (0.5, 3, 1 / 3, 4)
    assert count(looks, among=np.array([True, False, False, False])) == FlagCounts(0, 1, 0, 0, 1)


def test_who_converted_does_not_depend_on_who_was_flagged() -> None:
    """The lead is flagged too early, in time, or never: it converted all the same, and counts once in recall."""
    for flags, recall in (((True, False), 0.0), ((False, True), 1.0), ((False, False), 0.0)):
        keys, flagged, label = rows(("a", 0, flags[0], 0), ("a", 7, flags[1], 1))
        counts = count(look(keys, flagged, label, np.array([True, True])))
        assert (counts.converted, counts.recall) == (1, recall)


def test_without_flags_or_conversions_there_is_no_share() -> None:
    nothing = FlagCounts(0, 0, 0, 5)
    assert math.isnan(nothing.precision)
    assert math.isnan(nothing.recall)
    assert nothing.recall_interval == (0.0, 1.0)

from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.review.looks import count, look
from pqlml.review.reckoning import reckon

# name, outcome and flag at each of three cutoffs
LEADS = {
    "in time": ("101", "100"),
    "flagged too early": ("001", "100"),
    "missed at first, flagged later": ("110", "010"),
    "never flagged, converts": ("100", "000"),
    "never flagged, converts later": ("010", "000"),
    "quiet": ("000", "000"),
    "false alarm": ("000", "111"),
}
ROWS = [(name, number, told[0][number], told[1][number]) for name, told in LEADS.items() for number in range(3)]


def test_counts_reconcile_and_each_has_its_unit() -> None:
    keys = pd.DataFrame(
        {
            "entity_id": [row[0] for row in ROWS],
            "cutoff": [pd.Timestamp("2026-01-01") + pd.Timedelta(days=7 * row[1]) for row in ROWS],
        }
    )
    label, flagged = (np.array([row[place] == "1" for row in ROWS]) for place in (2, 3))
    inside = np.ones(len(ROWS), bool)
    looks = look(keys, flagged, label.astype(int), inside)
    found, counts = reckon(label.astype(int), inside, looks), count(looks)
    assert (found.looks, found.converting_looks, found.leads) == (21, 7, 7)
    assert (found.flagged, found.converted) == (4, 5)
    assert (found.in_time, found.late, found.missed) == (2, 1, 2)
    assert (found.in_time, found.late, found.missed) == (counts.true_positives, counts.late, counts.false_negatives)
    assert (found.first_not_flagged, found.first_missed) == (4, 2)
    assert (found.first_flagged_later, found.first_never) == (1, 1)
    assert "5 leads converted: 2 within the window of their first flag, 1 flagged too" in found.of_leads
    assert "of the 2 that converted within its window 1 were flagged at a later cutoff, 1 never" in found.of_first_looks
    assert found.as_dict()["words"] == f"{found.of_leads} {found.of_first_looks}"

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.splits import split_parts
from pqlml.dataset import Fold, Split
from pqlml.errors import DataError

FRAME = pd.DataFrame({"part": ["train", "test", "purged", "train"], "fold": [0, 1, 0, 1]})
HALVES = Split((Fold(np.array([0, 1]), np.array([3])),), 1, forward=True, headline="")


@pytest.mark.parametrize(
    ("split", "parts"),
    [
        (None, None),
        ("part", [([0, 3], [1])]),
        (["train", "train", "test", "test"], [([0, 1], [2, 3])]),
        ("fold", [([1, 3], [0, 2]), ([0, 2], [1, 3])]),
        (np.array([5, 5, 6, 6]), [([2, 3], [0, 1]), ([0, 1], [2, 3])]),
        ([(np.array([0, 1]), np.array([2]))], [([0, 1], [2])]),
        ([([True, False, False, True], [False, True, False, False])], [([0, 3], [1])]),
        (HALVES, [([0, 1], [3])]),
    ],
)
def test_a_split_may_come_in_any_usual_form(split: Any, parts: list[tuple[list[int], list[int]]] | None) -> None:
    found = split_parts(split, FRAME)
    assert (None if found is None else [(train.tolist(), test.tolist()) for train, test in found]) == parts


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ("prt", "no column 'prt' for the split; did you mean 'part'"),
        (["train", "test"], r"shape \(2,\); expected one part for each of 4 rows"),
        ([(np.array([0]), np.array([4]))], "names the rows 4 to 4; there are the rows 0 to 3"),
    ],
)
def test_a_split_of_other_rows_is_refused(split: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        split_parts(split, FRAME)

from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.audit.columns import read_column
from pqlml.audit.folds import fold_of_rows, scores_out_of_fold
from tests.audit.cases import ROWS, WINS, tells


def test_rows_of_one_entity_share_a_fold_and_winners_are_dealt_out_evenly() -> None:
    entity = np.repeat(np.arange(100), 3)
    label = np.isin(entity, np.arange(20))
    fold = fold_of_rows(entity, label, 5, seed=0)
    assert (fold.reshape(-1, 3) == fold[::3, None]).all()
    assert np.bincount(fold[label]).tolist() == [12] * 5
    assert not np.array_equal(fold, fold_of_rows(entity, label, 5, seed=1))


def test_no_row_helps_to_make_its_own_score() -> None:
    fold = fold_of_rows(np.arange(ROWS), WINS, 5, seed=0)
    for values in (tells(WINS, 1.0), np.array(list("abcdef"))[np.arange(ROWS) % 6]):
        column = read_column(pd.Series(values), "x")
        scores = scores_out_of_fold(column, WINS, fold)
        flipped = WINS.copy()
        flipped[fold == 2] = ~flipped[fold == 2]
        again = scores_out_of_fold(column, flipped, fold)
        np.testing.assert_array_equal(scores[fold == 2], again[fold == 2])
        assert not np.array_equal(scores[fold != 2], again[fold != 2])


def test_a_column_that_is_missing_where_it_is_learned_scores_all_rows_alike() -> None:
    fold = fold_of_rows(np.arange(ROWS), WINS, 2, seed=0)
    column = read_column(pd.Series(np.where(fold == 0, 1.0, np.nan)), "x")
    assert len(np.unique(scores_out_of_fold(column, WINS, fold)[fold == 0])) == 1

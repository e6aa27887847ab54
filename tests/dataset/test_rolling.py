"""Rolling origins: nothing reaches into a test part, every row has one role per fold, scikit-learn can use them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, check_cv, cross_val_predict, cross_val_score

from pqlml.dataset import Fold, RollingOriginSplit
from pqlml.errors import DataError, NotEnoughDataError

START = pd.Timestamp("2026-01-01")
DAY = pd.Timedelta(days=1)


def panel(cutoffs: int = 20, entities: int = 30, every: float = 7, seed: int = 0) -> pd.DataFrame:
    """Every entity at every cutoff, rows in no order."""
    rows = [(f"e{entity}", START + place * every * DAY) for place in range(cutoffs) for entity in range(entities)]
    keys = pd.DataFrame(rows, columns=["entity_id", "cutoff"])
    return keys.sample(frac=1, random_state=seed, ignore_index=True)


def roles(fold: Fold) -> np.ndarray:
    return np.concatenate([fold.train, fold.test, *fold.set_aside.values()])


@st.composite
def histories(draw: st.DrawFn) -> pd.DataFrame:
    """Draw cutoffs of any rhythm: shared by all, one's own, to the microsecond."""
    chance = draw(st.randoms(use_true_random=False))
    own = draw(st.booleans())
    shared = sorted(chance.sample(range(200 * 24 * 60), draw(st.integers(6, 20))))
    rows = []
    for entity in range(draw(st.integers(5, 30))):
        times = chance.sample(range(200 * 24 * 60), 4) if own else shared
        rows += [(entity, START + pd.Timedelta(minutes=time, microseconds=entity if own else 0)) for time in times]
    return pd.DataFrame(rows, columns=["entity_id", "cutoff"]).sample(frac=1, random_state=0, ignore_index=True)


def possible_folds(splitter: RollingOriginSplit, keys: pd.DataFrame) -> tuple[Fold, ...]:
    """Return the folds; none where there are too few cutoffs, or a part would be empty."""
    try:
        return splitter.folds(keys)
    except NotEnoughDataError:
        return ()


@given(
    keys=histories(),
    n_splits=st.integers(1, 4),
    horizon=st.sampled_from([1, 7, 10.5, 30]),
    gap=st.sampled_from([0, 0.5, 3]),
    train_days=st.sampled_from([None, 14, 60]),
    entity_disjoint=st.booleans(),
    share=st.sampled_from([None, 0.3, 0.7]),
)
def test_every_row_has_one_role_and_no_label_window_reaches_into_the_test_part(
    keys: pd.DataFrame, n_splits: int, **options: Any
) -> None:
    share, horizon, gap = options.pop("share"), options.pop("horizon"), options.pop("gap")
    splitter = RollingOriginSplit(n_splits, horizon, gap, test_share=share, **options)
    folds = possible_folds(splitter, keys)
    assume(folds)
    assert len(folds) == splitter.get_n_splits() == n_splits
    window = pd.Timedelta(days=gap + horizon)
    cutoff, entity = keys["cutoff"], keys["entity_id"]
    judged = np.concatenate([fold.test for fold in folds])
    assert len(set(judged)) == len(judged), "no row is judged twice"
    for number, fold in enumerate(folds):
        assert fold.origin is not None
        assert sorted(roles(fold)) == list(range(len(keys))), "every row once"
        assert (cutoff[fold.train] + window).max() <= fold.origin <= cutoff[fold.test].min()
        for row in fold.set_aside.get("purged", ()):
            assert cutoff[row] < fold.origin < cutoff[row] + window
        for row in fold.set_aside.get("later", ()):
            following = folds[number + 1].origin
            assert following is not None
            assert cutoff[row] >= following
        if options["train_days"] is not None:
            reach = fold.origin - window - pd.Timedelta(days=options["train_days"])
            assert cutoff[fold.train].min() > reach
            assert all(cutoff[row] <= reach for row in fold.set_aside.get("older", ()))
        if options["entity_disjoint"]:
            assert not set(entity[fold.train]) & set(entity[fold.test])
        else:
            assert "other_side" not in fold.set_aside


def test_origins_cut_the_judged_part_evenly_and_whole_cutoffs_at_a_time() -> None:
    keys = panel(cutoffs=20, entities=30)
    folds = RollingOriginSplit(4, horizon_days=14, test_share=0.4).folds(keys)
    assert [fold.origin for fold in folds] == [START + place * 7 * DAY for place in (12, 14, 16, 18)]
    assert [len(fold.test) for fold in folds] == [60] * 4
    assert [len(fold.train) for fold in folds] == [30 * count for count in (11, 13, 15, 17)], "expanding"
    assert [len(fold.set_aside["purged"]) for fold in folds] == [30] * 4


def test_by_default_everything_that_can_be_judged_is_but_for_a_first_part() -> None:
    folds = RollingOriginSplit(4, horizon_days=28).folds(panel(cutoffs=14))
    assert [fold.origin for fold in folds] == [START + place * 7 * DAY for place in (6, 8, 10, 12)]
    barely = RollingOriginSplit(3, horizon_days=28).folds(panel(cutoffs=7))
    assert [fold.origin for fold in barely] == [START + place * 7 * DAY for place in (4, 5, 6)]


def test_a_sliding_training_part_forgets() -> None:
    folds = RollingOriginSplit(2, horizon_days=14, test_share=0.3, train_days=28).folds(panel())
    assert [len(fold.train) for fold in folds] == [4 * 30] * 2


def test_entities_on_one_side_take_turns() -> None:
    keys = panel(entities=90)
    folds = RollingOriginSplit(3, horizon_days=14, entity_disjoint=True).folds(keys)
    judged = [set(keys["entity_id"][fold.test]) for fold in folds]
    assert set.union(*judged) == set(keys["entity_id"]), "three folds judge all entities"
    assert all(15 < len(part) < 45 for part in judged)
    other = RollingOriginSplit(3, horizon_days=14, entity_disjoint=True, seed=1).folds(keys)
    assert set(keys["entity_id"][other[0].test]) != judged[0]


def labelled(seed: int = 1) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    keys = panel(seed=seed)
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=len(keys)), "b": rng.normal(size=len(keys))})
    return X, (rng.random(len(keys)) < 1 / (1 + np.exp(1 - 2 * X["a"]))).to_numpy().astype(int), keys


class Recorder(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Predicts with one feature; keeps nothing of the index."""

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Recorder:
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(np.asarray(X)[:, 0] > 0.5).astype(int)


def test_keys_may_be_the_index_of_the_frame_its_columns_or_the_groups() -> None:
    X, y, keys = labelled()
    splitter = RollingOriginSplit(3, horizon_days=14)
    wanted = [(train.tolist(), test.tolist()) for train, test in splitter.split(X, y, keys)]
    indexed = X.set_index(pd.MultiIndex.from_frame(keys))
    zoned = keys.assign(cutoff=keys["cutoff"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))
    for frame, groups in ((indexed, None), (pd.concat([X, keys], axis=1), None), (X.to_numpy(), zoned)):
        assert [(train.tolist(), test.tolist()) for train, test in splitter.split(frame, y, groups)] == wanted
    apart = RollingOriginSplit(3, horizon_days=14, entity_disjoint=True)
    dealt = [test.tolist() for _, test in apart.split(X, y, keys)]
    by_cutoff = X.set_index(pd.DatetimeIndex(keys["cutoff"], name="cutoff"))
    assert [test.tolist() for _, test in apart.split(by_cutoff, y, keys["entity_id"])] == dealt


def test_scikit_learn_scores_and_searches_with_it() -> None:
    X, y, keys = labelled()
    splitter = RollingOriginSplit(4, horizon_days=14)
    scores = cross_val_score(LogisticRegression(), X, y, groups=keys, cv=splitter, scoring="roc_auc")
    assert scores.shape == (4,)
    assert scores.min() > 0.7
    indexed = X.set_index(pd.MultiIndex.from_frame(keys))
    np.testing.assert_allclose(
        cross_val_score(LogisticRegression(), indexed, y, cv=splitter, scoring="roc_auc"), scores
    )
    search = GridSearchCV(LogisticRegression(), {"C": [1e-4, 1]}, cv=splitter, scoring="neg_log_loss")
    assert search.fit(X, y, groups=keys).best_params_ == {"C": 1}
    assert search.fit(indexed, y).n_splits_ == 4
    assert check_cv(splitter) is splitter
    with config_context(enable_metadata_routing=True):
        routed = GridSearchCV(LogisticRegression(), {"C": [1e-4, 1]}, cv=splitter).fit(X, y, groups=keys)
        assert routed.n_splits_ == 4
    assert clone(Recorder()).fit(X, y).n_features_in_ == 2, "keys in the index are no features"
    assert cross_val_score(Recorder(), indexed, y, cv=splitter).shape == (4,)


def test_folds_are_no_partition_so_predictions_of_all_rows_are_refused() -> None:
    X, y, keys = labelled()
    with pytest.raises(ValueError, match="partition"):
        cross_val_predict(LogisticRegression(), X, y, groups=keys, cv=RollingOriginSplit(2, horizon_days=14))


def test_it_tells_how_it_was_made() -> None:
    told = repr(RollingOriginSplit(3, 14, entity_disjoint=True))
    assert told.startswith("RollingOriginSplit(")
    assert "n_splits=3" in told
    assert "entity_disjoint=True" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_splits": 0}, "n_splits=0"),
        ({"horizon_days": 0}, "horizon_days=0"),
        ({"gap_days": -1}, "gap_days=-1"),
        ({"train_days": 0}, "train_days=0"),
        ({"test_share": 1}, "test_share=1"),
        ({"test_share": 0.5, "test_from": "2026-02-01"}, "test_from='2026-02-01'"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        RollingOriginSplit(**options).folds(panel())


@pytest.mark.parametrize(
    ("keys", "options", "said"),
    [
        (panel().drop(columns="cutoff"), {}, "no 'cutoff' in 'groups' or X"),
        (panel().drop(columns="entity_id"), {"entity_disjoint": True}, "no 'entity_id' in 'groups' or X"),
        (panel().assign(cutoff="soon"), {}, "'cutoff' holds str, for example 'soon'; expected instants"),
        (panel().assign(cutoff=panel()["cutoff"].where(lambda at: at != START)), {}, "30 rows have no 'cutoff'"),
        (panel().assign(entity_id=None), {"entity_disjoint": True}, "600 rows have no entity"),
    ],
)
def test_keys_that_cannot_be_used_are_refused(keys: pd.DataFrame, options: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        RollingOriginSplit(3, 14, **options).folds(np.zeros((600, 1)), groups=keys)


@pytest.mark.parametrize(
    ("keys", "options", "said"),
    [
        (panel().head(0), {}, "there is no row to split"),
        (panel(cutoffs=4), {}, "they span 21 days, and a row can be fitted on only gap . horizon = 30 days after"),
        (panel(cutoffs=6), {"n_splits": 3}, r"3 origins need at least 3 different cutoffs .* there are 1 \(30 rows\)"),
        (panel(), {"test_from": "2026-01-15"}, "the training part of fold 1 of 4, judged from 2026-01-15 00:00 on"),
    ],
)
def test_too_little_data_is_told_with_numbers(keys: pd.DataFrame, options: dict[str, Any], said: str) -> None:
    with pytest.raises(NotEnoughDataError, match=said):
        RollingOriginSplit(**options).folds(keys)


def test_a_fold_of_one_class_is_told_with_its_counts() -> None:
    X, y, keys = labelled()
    late = (keys["cutoff"] >= START + 18 * 7 * DAY).to_numpy()
    told = r"the test part of fold 4 of 4, .* test: 60 rows with 0 conversions\) .* all 60 rows are without conversion"
    with pytest.raises(NotEnoughDataError, match=told):
        list(RollingOriginSplit(4, 14, test_share=0.4).split(X, np.where(late, 0, y), keys))
    assert Counter(len(test) for _, test in RollingOriginSplit(4, 14, test_share=0.4).split(X, X["a"], keys)) == {60: 4}

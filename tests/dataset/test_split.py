"""Splits: nothing of the test part was known while fitting, and parts that cannot be used are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqlml.dataset import split_rows
from pqlml.dataset.split import first_test_cutoff
from pqlml.definition import Definition, parse_definition
from pqlml.errors import NotEnoughDataError
from tests.helpers.definitions import SMALL

LEADS = "name: leads\nsources: {entities: {path: leads.csv}}\nconversion: {label: converted}\n"
DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2026-01-01")


def plan(evaluation: str, horizon: float = 30, gap: float = 0) -> Definition:
    window = f"{{event: paid, horizon_days: {horizon}, gap_days: {gap}}}"
    return parse_definition(SMALL.replace("{event: paid}", window) + f"evaluation: {evaluation}\n")


def daily(days: int, entities: int = 2) -> pd.DataFrame:
    """One row per entity and day, in no order."""
    keys = pd.DataFrame(
        [(f"e{entity}", START + day * DAY) for day in range(days) for entity in range(entities)],
        columns=["entity_id", "cutoff"],
    )
    return keys.sample(frac=1, random_state=1, ignore_index=True)


def alternating(keys: pd.DataFrame) -> np.ndarray:
    """Every cutoff holds both classes."""
    return keys["entity_id"].eq("e0").to_numpy().astype(np.int8)


@given(
    horizon=st.sampled_from([1, 7, 10.5, 30]),
    gap=st.sampled_from([0, 0.5, 3]),
    share=st.sampled_from([0.1, 0.3, 0.5]),
)
def test_every_training_window_has_closed_before_the_first_test_cutoff(
    horizon: float, gap: float, share: float
) -> None:
    keys = daily(100)
    split = split_rows(plan(f"{{test_share: {share}}}", horizon, gap), keys, alternating(keys))
    (fold,) = split.folds
    cutoff = keys["cutoff"]
    ends = cutoff[fold.train] + pd.Timedelta(days=gap + horizon)
    assert ends.max() <= cutoff[fold.test].min() == split.test_from
    assert split.forward
    assert set(fold.set_aside) <= {"purged"}
    assert len(split.parts(len(keys))["purged"]) == len(keys) - len(fold.train) - len(fold.test)


def test_the_purge_ends_exactly_where_the_window_does() -> None:
    keys = daily(100)
    split = split_rows(plan("{test_from: 2026-03-01}", horizon=10, gap=2), keys, alternating(keys))
    (fold,) = split.folds
    cutoff = keys["cutoff"]
    assert cutoff[fold.train].max() == pd.Timestamp("2026-03-01") - 12 * DAY
    assert cutoff[fold.test].min() == pd.Timestamp("2026-03-01")
    assert len(fold.set_aside["purged"]) == 11 * 2
    assert "judged on cutoffs from 2026-03-01 on" in split.headline
    assert "(22 rows in between purged)" in split.headline


def test_a_window_that_ends_a_microsecond_late_is_purged() -> None:
    late = START + pd.Timedelta(microseconds=1)
    keys = pd.DataFrame(
        {"entity_id": list("aabbcc"), "cutoff": [START, START, late, late, START + 30 * DAY, START + 30 * DAY]}
    )
    split = split_rows(plan("{test_from: 2026-01-31}"), keys, np.array([0, 1] * 3))
    assert split.folds[0].train.tolist() == [0, 1]
    assert split.folds[0].test.tolist() == [4, 5]
    assert split.folds[0].set_aside["purged"].tolist() == [2, 3]


def test_the_latest_share_is_tested_whole_cutoffs_at_a_time() -> None:
    keys = daily(10, entities=10)
    test_from = first_test_cutoff(plan("{test_share: 0.25}", horizon=1), keys["cutoff"])
    assert test_from == START + 7 * DAY, "the 75 rows before end within the eighth day, which is tested as a whole"


@pytest.mark.parametrize(("shared", "said"), [(True, "entities may be on both sides"), (False, "no entity is on both")])
def test_the_headline_says_whether_entities_are_on_both_sides(shared: bool, said: str) -> None:
    keys = daily(100)
    if not shared:
        keys["entity_id"] += keys["cutoff"].dt.strftime("@%j")
    label = keys["entity_id"].str.startswith("e0").to_numpy().astype(int)
    assert said in split_rows(plan("{test_from: 2026-03-01}"), keys, label).headline


@pytest.mark.parametrize(
    ("test_from", "said"),
    [
        ("2027-01-01", "the test part cannot be used: it has no rows"),
        ("2026-01-05", "the training part cannot be used: it has no rows"),
    ],
)
def test_an_empty_part_is_named(test_from: str, said: str) -> None:
    keys = daily(100)
    with pytest.raises(NotEnoughDataError, match=said) as caught:
        split_rows(plan(f"{{test_from: {test_from}}}"), keys, alternating(keys))
    assert "Move 'evaluation.test_from'" in str(caught.value)


@pytest.mark.parametrize(
    ("early", "late", "said"),
    [
        (0, None, "the training part cannot be used: all 60 rows are without conversion"),
        (None, 1, "the test part cannot be used: all 82 rows are conversions"),
    ],
)
def test_a_part_of_one_class_is_named(early: int | None, late: int | None, said: str) -> None:
    keys = daily(100)
    label = alternating(keys)
    before = (keys["cutoff"] < "2026-03-01").to_numpy()
    label[before] = early if early is not None else label[before]
    label[~before] = late if late is not None else label[~before]
    with pytest.raises(NotEnoughDataError, match=said):
        split_rows(plan("{test_from: 2026-03-01}"), keys, label)


def test_no_rows_at_all_are_named() -> None:
    with pytest.raises(NotEnoughDataError, match="there is no row to split"):
        split_rows(plan("{}"), daily(1).head(0), np.zeros(0))


@pytest.mark.parametrize("timeless", [True, False])
def test_folds_share_no_entity_and_cover_every_row_once_per_repeat(timeless: bool) -> None:
    evaluation = "{folds: 4, repeats: 2}"
    definition = parse_definition(LEADS + f"evaluation: {evaluation}") if timeless else plan(evaluation)
    rng = np.random.default_rng(0)
    keys = pd.DataFrame({"entity_id": [f"e{code}" for code in rng.integers(60, size=300)], "cutoff": START})
    keys = keys[["entity_id"]] if timeless else keys
    split = split_rows(definition, keys, (rng.random(300) < 0.3).astype(int))
    assert len(split.folds) == 8
    assert not split.forward
    assert split.test_from is None
    for fold in split.folds:
        train, test = set(keys["entity_id"][fold.train]), set(keys["entity_id"][fold.test])
        assert not train & test
    for repeat in (split.folds[:4], split.folds[4:]):
        assert sorted(np.concatenate([fold.test for fold in repeat])) == list(range(300))
    assert not np.array_equal(split.folds[0].test, split.folds[4].test)
    assert "NOT forward in time" in split.headline
    assert "4 stratified folds over entities, repeated 2 times" in split.headline
    assert ("the data has no times" in split.headline) == timeless


def test_the_seed_decides_the_folds() -> None:
    keys = pd.DataFrame({"entity_id": [f"e{number}" for number in range(100)]})
    label = np.arange(100) % 4 == 0
    first, again, other = (
        split_rows(parse_definition(LEADS), keys, label.astype(int), seed).folds[0].test for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_five_folds_by_default() -> None:
    keys = pd.DataFrame({"entity_id": [f"e{number}" for number in range(40)]})
    split = split_rows(parse_definition(LEADS), keys, np.arange(40) % 2)
    assert len(split.folds) == 5
    assert "repeated" not in split.headline


def test_too_few_of_one_class_for_the_folds() -> None:
    keys = pd.DataFrame({"entity_id": [f"e{number}" for number in range(40)]})
    label = np.zeros(40, dtype=int)
    label[:3] = 1
    with pytest.raises(
        NotEnoughDataError, match=r"5 folds need at least 5 rows of each class .* there are 3 conversions"
    ):
        split_rows(parse_definition(LEADS), keys, label)


def test_too_few_entities_for_the_folds() -> None:
    keys = pd.DataFrame({"entity_id": ["a"] * 10 + ["b"] * 10})
    with pytest.raises(NotEnoughDataError, match=r"in 20 rows of 2 entities\. Ask for fewer folds"):
        split_rows(parse_definition(LEADS), keys, np.tile([0, 1], 10))


def test_a_fold_of_one_class_is_named() -> None:
    keys = pd.DataFrame({"entity_id": ["big"] * 10 + [f"e{number}" for number in range(10)]})
    label = np.repeat([1, 0], 10)
    with pytest.raises(NotEnoughDataError, match=r"part of fold \d of 5 .* cannot be used: all .* Ask for fewer folds"):
        split_rows(parse_definition(LEADS), keys, label)


def test_the_model_is_fitted_anew_at_as_many_origins_as_the_plan_says() -> None:
    keys = daily(200)
    definition = plan("{test_from: 2026-04-01, origins: 3}")
    split = split_rows(definition, keys, alternating(keys))
    first, *others = (fold.origin for fold in split.folds)
    assert first == split.test_from == pd.Timestamp("2026-04-01")
    assert len(others) == 2
    assert [len(fold.set_aside["purged"]) for fold in split.folds] == [29 * 2] * 3
    assert len(split.parts(len(keys))["test"]) == sum(len(fold.test) for fold in split.folds) == 110 * 2
    assert split.headline.startswith("forward in time: judged from 3 origins between 2026-04-01 and 2026-06-")
    assert "(58 rows in between purged)" in split.headline


def test_origins_are_as_many_as_the_rows_allow_unless_the_plan_says() -> None:
    keys = daily(100)
    label = alternating(keys)
    late = (keys["cutoff"] >= "2026-04-08").to_numpy()
    label[late] = 0
    few = split_rows(plan("{test_from: 2026-04-01}"), keys, label, origins=4)
    assert len(few.folds) == 2, "with more, the last fold has no conversion"
    assert len(split_rows(plan("{test_from: 2026-04-01}"), keys, label).folds) == 1
    with pytest.raises(NotEnoughDataError, match=r"fold 4 of 4, .* Ask for fewer 'evaluation\.origins'"):
        split_rows(plan("{test_from: 2026-04-01, origins: 4}"), keys, label)


def test_a_plan_may_slide_and_keep_entities_on_one_side() -> None:
    keys = daily(200, entities=40)
    keys["entity_id"] += keys["cutoff"].dt.strftime("@%m")
    label = keys["entity_id"].str.match("e[0-9]?[02468]@").to_numpy().astype(int)
    definition = plan("{test_from: 2026-05-01, origins: 2, entity_disjoint: true, train_days: 60}")
    split = split_rows(definition, keys, label)
    assert len(split.folds) == 6, "three turns at each of two origins"
    judged = np.concatenate([fold.test for fold in split.folds])
    assert sorted(judged) == np.flatnonzero(keys["cutoff"] >= "2026-05-01").tolist(), "every test row once"
    for fold in split.folds:
        assert not set(keys["entity_id"][fold.train]) & set(keys["entity_id"][fold.test])
        assert fold.origin is not None
        assert keys["cutoff"][fold.train].min() > fold.origin - 90 * DAY
    assert "the last 60 days of rows" in split.headline
    assert split.headline.endswith("no entity is on both sides (each of 3 parts is judged after fitting on the others)")
    assert list(split.parts(len(keys))) == ["train", "purged", "test", "unused"]

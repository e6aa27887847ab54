"""The learner keeps scikit-learn's contract, repeats itself, and refuses what it cannot learn from."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator

from pqlml.errors import InputError, NotEnoughDataError
from pqlml.model import propensity
from pqlml.model.distortion import DistortionWarning
from pqlml.model.propensity import PropensityClassifier, Size

# Checks that do not apply, and why.
DIFFERENT = {
    "check_sample_weight_equivalence_on_dense_data": "it shuffles, then makes two classes of three by the first row",
    "check_array_api_input": "LightGBM takes numpy arrays",
    "check_array_api_same_namespace": "the same",
}


def small(**parameters: object) -> PropensityClassifier:
    return PropensityClassifier(**({"n_trees": 30, "n_threads": 1} | parameters))  # type: ignore[arg-type]


def rows(count: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, 4))
    matrix[rng.random((count, 4)) < 0.1] = np.nan
    label = (rng.random(count) < 1 / (1 + np.exp(1 - 2 * np.nan_to_num(matrix[:, 0])))).astype(int)
    return matrix, label


def contract() -> list[Callable[[BaseEstimator], None]]:
    """Return scikit-learn's checks of an estimator, as far as they apply."""
    checks = [check for _, check in estimator_checks_generator(small(n_trees=5))]
    return [check for check in checks if check.func.__name__ not in DIFFERENT]


@pytest.mark.filterwarnings("ignore::pqlml.model.distortion.DistortionWarning")  # some checks weigh the classes
@pytest.mark.parametrize("check", contract(), ids=lambda check: check.func.__name__)
def test_scikit_learn_contract(check: Callable[[BaseEstimator], None]) -> None:
    check(small(n_trees=5))


def test_it_learns_from_incomplete_rows() -> None:
    matrix, label = rows()
    unseen, truth = rows(seed=1)
    found = small().fit(matrix, label).predict_proba(unseen)
    assert roc_auc_score(truth, found[:, 1]) > 0.75
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_the_margin_is_the_log_odds_of_the_probability() -> None:
    matrix, label = rows()
    model = small().fit(matrix, label)
    probability = model.predict_proba(matrix)[:, 1]
    np.testing.assert_allclose(model.margin(matrix), np.log(probability / (1 - probability)), atol=1e-9)
    np.testing.assert_array_equal(model.predict(matrix), (probability > 0.5).astype(int))


def test_the_seed_decides() -> None:
    matrix, label = rows()
    first, again, other = (small(seed=seed).fit(matrix, label).margin(matrix) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_class_is_refused_with_the_counts() -> None:
    matrix, label = rows()
    with pytest.raises(NotEnoughDataError, match=r"all 600 rows are of one class \(0\); two are needed"):
        small().fit(matrix, np.zeros_like(label))


def test_weights_count() -> None:
    matrix, label = rows()
    heavy = small().fit(matrix, label, sample_weight=np.where(label == 1, 10.0, 1.0))
    assert (
        heavy.predict_proba(matrix)[:, 1].mean() > small().fit(matrix, label).predict_proba(matrix)[:, 1].mean() + 0.1
    )


def test_categories_are_split_as_sets() -> None:
    rng = np.random.default_rng(0)
    code = rng.integers(9, size=3000).astype(float)
    label = np.isin(code, (1, 4, 7)).astype(int) * (rng.random(3000) < 0.8)
    matrix = code.reshape(-1, 1)
    model = small(categorical=(0,), feature_share=1.0, l2=1.0).fit(matrix, label)
    by_code = model.predict_proba(np.arange(9.0).reshape(-1, 1))[:, 1]
    assert by_code[[1, 4, 7]].min() > by_code[[0, 2, 3, 5, 6, 8]].max() + 0.2


@pytest.mark.parametrize(
    ("conversions", "size"),
    [(9, (3, 4, 1.0, 0.5)), (10, (5, 6, 2.0, 0.6)), (20, (7, 9, 3.0, 0.7)), (80, (3, 4, 1.0, 0.5))],
)
def test_more_conversions_allow_larger_models(
    conversions: int, size: tuple[int, int, float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propensity, "_SIZES", ((10, Size(3, 4, 1.0, 0.5)), (20, Size(5, 6, 2.0, 0.6))))
    monkeypatch.setattr(propensity, "_LARGEST", Size(7, 9, 3.0, 0.7))
    total = 88 if conversions == 80 else 200  # of 88 rows with 80 conversions it is the other 8 that are few
    model = PropensityClassifier().fit(rows(total)[0], np.arange(total) < conversions)
    assert tuple(model.chosen_.values()) == size
    assert tuple(model.settings_[name] for name in ("num_leaves", "lambda_l2", "feature_fraction")) == size[1:]


def test_what_is_said_is_not_chosen() -> None:
    model = small(n_trees=3, num_leaves=5, l2=7.0, feature_share=0.9, n_threads=2, linear_start=False).fit(*rows())
    assert model.chosen_ == {"n_trees": 3, "num_leaves": 5, "l2": 7.0, "feature_share": 0.9}
    assert model.settings_["num_threads"] == 2
    assert model.booster_.num_trees() == 3


@pytest.mark.parametrize(("most", "threads"), [(600, 1), (599, 0)])
def test_small_tables_take_one_thread(most: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(propensity, "SMALL_ROWS", most)
    assert PropensityClassifier(n_trees=3).fit(*rows(600)).settings_["num_threads"] == threads


def plain_effects(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows in which many columns each have a small effect, and conversions are few."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, 12))
    return matrix, (rng.random(count) < 1 / (1 + np.exp(3 - matrix @ np.full(12, 0.3)))).astype(int)


def test_beginning_with_a_line_finds_plain_effects_sooner() -> None:
    unseen, truth = plain_effects(6000, 1)
    areas = [
        roc_auc_score(truth, small(linear_start=begun, l2=None).fit(*plain_effects(1500, 0)).margin(unseen))
        for begun in (True, False)
    ]
    assert areas[0] > areas[1] + 0.03


def test_a_line_through_a_sample_is_about_that_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = plain_effects(6000, 0)
    whole = small().fit(matrix, label).margin(matrix)
    monkeypatch.setattr(propensity, "_LINE_ROWS", 2000)
    sampled = small().fit(matrix, label).margin(matrix)
    assert 0 < np.abs(sampled - whole).mean() < 0.15
    assert sampled.mean() == pytest.approx(whole.mean(), abs=0.05)


def test_a_data_frame_needs_no_codes() -> None:
    rng = np.random.default_rng(0)
    plan = rng.choice(["free", "team", "trial"], 2000)
    label = (rng.random(2000) < np.where(plan == "team", 0.6, 0.2)).astype(int)
    frame = pd.DataFrame({"visits": rng.normal(size=2000), "plan": plan})
    learned = small(feature_share=1.0, l2=1.0).fit(frame, label)
    by_plan = learned.predict_proba(pd.DataFrame({"visits": 0.0, "plan": ["free", "team", "trial"]}))[:, 1]
    assert by_plan[1] > by_plan[[0, 2]].max() + 0.2
    codes = frame.assign(plan=frame["plan"].map({"free": 0, "team": 1, "trial": 2}))
    named = small(feature_share=1.0, l2=1.0, categorical=["plan"]).fit(codes, label)
    np.testing.assert_array_equal(named.margin(codes), learned.margin(frame))


def hump(count: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose label is likeliest at moderate values of the first column."""
    rng = np.random.default_rng(0)
    matrix = rng.uniform(-2, 2, size=(count, 2))
    return matrix, (rng.random(count) < np.exp(-(matrix[:, 0] ** 2))).astype(int)


@pytest.mark.parametrize("monotone", [{0: 1}, [1, 0]])
def test_a_direction_is_kept(monotone: object) -> None:
    matrix, label = hump()
    line = np.column_stack([np.linspace(-2, 2, 50), np.zeros(50)])
    free = small(l2=1.0, feature_share=1.0).fit(matrix, label).margin(line)
    rising = small(l2=1.0, feature_share=1.0, monotone=monotone).fit(matrix, label).margin(line)
    assert (np.diff(free) < -0.1).any()
    assert (np.diff(rising) >= 0).all()
    assert rising[-1] > rising[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"monotone": {"visits": 1}}, "there is no column 'visits': columns have no names"),
        ({"monotone": {7: 1}}, "no column at position 7: the 4 columns have the positions 0 to 3"),
        ({"monotone": [1, 0]}, "one entry for each of the 4 columns"),
        ({"monotone": {0: 2}}, "expected 1"),
        ({"monotone": {0: True}}, "true and false are no directions"),
        ({"monotone": [False, True, False, False]}, "true and false are no directions"),
        ({"monotone": {0.5: 1}}, "monotone holds 0.5; expected names of columns"),
        ({"monotone": 1}, "monotone=1; expected 1"),
        ({"monotone": {0: 1}, "categorical": [0]}, "are categories, which have no order"),
        ({"categorical": [4]}, "no column at position 4"),
    ],
)
def test_a_parameter_that_names_nothing_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        small(**given).fit(*rows())


def test_stopping_early_takes_fewer_trees_where_nothing_is_to_be_learned() -> None:
    matrix, label = rows(2000)
    noise = np.random.default_rng(5).permutation(label)
    cutoff = np.repeat(np.datetime64("2026-01-01"), 2000) + np.arange(2000) // 200 * np.timedelta64(7, "D")
    how = {"n_trees": 200, "l2": 1.0, "stop_after": 10}
    lost = small(**how).fit(matrix, noise, cutoff=cutoff)
    learned = small(**how).fit(matrix, label, cutoff=cutoff)
    assert lost.chosen_["n_trees"] < learned.chosen_["n_trees"] < 200
    assert small(**how).fit(matrix, label).chosen_["n_trees"] < 200, "without times a random part takes the place"


def test_whoever_asks_for_weights_or_resampling_is_told_what_they_cost() -> None:
    matrix, label = rows(3000)
    rare = label * (np.random.default_rng(1).random(3000) < 0.2)
    plain = small().fit(matrix, rare).predict_proba(matrix)[:, 1].mean()
    asked: tuple[dict[str, Any], ...] = ({"class_weight": "balanced"}, {"resample": "under"}, {"resample": "over"})
    for way in asked:
        with pytest.warns(DistortionWarning, match="bends the probabilities"):
            bent = small(**way).fit(matrix, rare)
        assert bent.predict_proba(matrix)[:, 1].mean() > plain + 0.2
    assert plain == pytest.approx(rare.mean(), abs=0.01)


@pytest.mark.filterwarnings("ignore::pqlml.model.distortion.DistortionWarning")
@pytest.mark.parametrize(
    ("given", "words"),
    [({"class_weight": "heavy"}, "class_weight='heavy'"), ({"resample": "smote"}, "expected 'under'")],
)
def test_other_ways_to_bend_are_not_known(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        small(**given).fit(*rows())


def test_it_is_copied_pickled_and_used_in_a_pipeline() -> None:
    matrix, label = rows()
    model = small(monotone={0: 1}).fit(matrix, label)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - made one line above
    np.testing.assert_array_equal(again.margin(matrix), model.margin(matrix))
    piped = make_pipeline(FunctionTransformer(), clone(model)).fit(matrix, label)
    np.testing.assert_array_equal(piped.predict_proba(matrix), model.predict_proba(matrix))


@pytest.mark.parametrize("linear_start", [True, False])
def test_fewer_trees_are_those_that_fewer_would_have_been(linear_start: bool) -> None:
    matrix, label = rows()
    model = small(linear_start=linear_start).fit(matrix, label)
    seven = small(n_trees=7, linear_start=linear_start).fit(matrix, label)
    staged = model.staged_margins(matrix, [7, 30, 99]).boosted
    np.testing.assert_allclose(staged[0], seven.margin(matrix), rtol=0, atol=1e-12)
    np.testing.assert_allclose(staged[1:], [model.margin(matrix)] * 2, rtol=0, atol=1e-12)
    assert model.keep_trees(99).booster_.num_trees() == model.booster_.num_trees(), "there are no more"
    np.testing.assert_array_equal(model.keep_trees(7).margin(matrix), seven.margin(matrix))
    assert model.chosen_["n_trees"] == 7


def test_where_rows_are_few_a_second_forest_begins_with_the_base_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = rows()
    both = small().fit(matrix, label)
    line = small(forests=1).fit(matrix, label)
    assert (both.forests_, line.forests_) == (2, 1)
    assert both.chosen_["n_trees"] == line.chosen_["n_trees"] == 30
    assert both.booster_.num_trees() == line.booster_.num_trees() + 30
    # The first forest is the one that begins with the line; what is left begins with the base rate.
    other = 2 * both.margin(matrix) - line.margin(matrix)
    begun = 2 * both.staged_margins(matrix, [0]).boosted[0] - line.staged_margins(matrix, [0]).boosted[0]
    np.testing.assert_allclose(begun, np.log(label.mean() / (1 - label.mean())), atol=1e-9)
    assert np.ptp(other) > 0.1
    assert small(linear_start=False).fit(matrix, label).forests_ == 1
    monkeypatch.setattr(propensity, "_FEW_ROWS", len(label) - 1)
    np.testing.assert_array_equal(small().fit(matrix, label).margin(matrix), line.margin(matrix))


def test_with_many_conversions_two_forests_of_either_kind_are_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = rows()
    four = small(forests=4, further_forests=False).fit(matrix, label)
    assert four.forests_ == 4
    pairs = [small(forests=2, seed=seed).fit(matrix, label) for seed in (0, 2)]
    np.testing.assert_allclose(four.margin(matrix), sum(pair.margin(matrix) for pair in pairs) / 2, atol=1e-9)
    assert four.booster_.num_trees() == pairs[0].booster_.num_trees() + 60, "the line is there once"
    assert small().sized(label).forests == 2
    monkeypatch.setattr(propensity, "_MANY_CONVERSIONS", int(label.sum()))
    assert small().fit(matrix, label).forests_ == small().sized(label).forests == 4
    with pytest.raises(InputError, match="forests=0; expected a whole number from 1 on, or null"):
        small(forests=0).fit(matrix, label)


def test_the_second_forest_begins_with_the_rate_that_weights_give() -> None:
    matrix, label = rows()
    weight = np.where(label > 0, 3.0, 1.0)
    both, line = (small(forests=forests).fit(matrix, label, weight) for forests in (2, 1))
    begun = 2 * both.staged_margins(matrix, [0]).boosted[0] - line.staged_margins(matrix, [0]).boosted[0]
    np.testing.assert_allclose(begun, np.log(3 * label.sum() / (1 - label).sum()), atol=1e-9)


def test_a_share_of_what_trees_add_to_their_line() -> None:
    matrix, label = rows()
    model = small().fit(matrix, label)
    line, whole = model.staged_margins(matrix, [0, 30]).boosted
    half = model.keep_trees(30, 0.5).margin(matrix)
    np.testing.assert_allclose(half, (line + whole) / 2, rtol=0, atol=1e-12)
    shares = np.asarray(model.booster_.predict(matrix[:5], pred_contrib=True))
    assert shares.sum(axis=1) == pytest.approx(half[:5])


def test_the_size_for_labels_is_the_one_that_fit_chooses() -> None:
    matrix, label = rows()
    sized = PropensityClassifier(seed=5).sized(label)
    fitted = PropensityClassifier().fit(matrix, label)
    assert {name: sized.get_params()[name] for name in fitted.chosen_} == fitted.chosen_
    assert sized.seed == 5

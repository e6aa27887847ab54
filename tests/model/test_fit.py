"""Fitting: what the calibrator may see, and what the model remembers of its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from pqlml.dataset import Rows
from pqlml.model import fit, unseen
from pqlml.model.bundle import PropensityModel
from pqlml.model.calibration import LogOddsCalibrator
from pqlml.model.fit import fit_model
from pqlml.model.propensity import PropensityClassifier, Staged
from tests.helpers.synthetic import CUTOFFS, VOCABULARY, definition, fitted, make_rows

EVERY_ROW = np.arange(240 * len(CUTOFFS))


class Watched(PropensityClassifier):
    """Notes the rows that it is fitted on and asked about; the first column tells which row it is."""

    fitted_on: list[np.ndarray]
    asked_about: list[np.ndarray]
    unseen: list[tuple[np.ndarray, np.ndarray]]

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        cutoff: npt.ArrayLike | None = None,
    ) -> Watched:
        self.mine = np.asarray(X)[:, 0].astype(int)
        Watched.fitted_on.append(self.mine)
        return super().fit(X, y, sample_weight, cutoff)

    def staged_margins(self, X: npt.ArrayLike, numbers: Sequence[int]) -> Staged:
        asked = np.asarray(X)[:, 0].astype(int)
        Watched.asked_about.append(asked)
        Watched.unseen.append((self.mine, asked))
        return super().staged_margins(X, numbers)


def numbered() -> Rows:
    """Rows whose first feature is their position."""
    rows = make_rows()
    return dataclasses.replace(rows, values=rows.values.assign(**{"limit_hit.count.28d": EVERY_ROW.astype(float)}))


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[Watched]:
    Watched.fitted_on, Watched.asked_about, Watched.unseen = [], [], []
    monkeypatch.setattr(fit, "PropensityClassifier", Watched)
    return Watched


def test_the_calibrator_sees_only_entities_that_its_trees_have_not(watched: type[Watched]) -> None:
    rows = numbered()
    fit_model(definition(), VOCABULARY, rows, EVERY_ROW)
    assert len(watched.unseen) == 5
    for fitted_on, asked in watched.unseen:
        assert not set(rows.entity[fitted_on]) & set(rows.entity[asked])
    everything = [fitted_on for fitted_on in watched.fitted_on if sorted(fitted_on) == EVERY_ROW.tolist()]
    assert len(everything) == len(watched.fitted_on) - 5 == 1, "the released trees see every row"


def test_every_row_calibrates_once(watched: type[Watched]) -> None:
    fit_model(definition(), VOCABULARY, numbered(), EVERY_ROW)
    assert sorted(np.concatenate(watched.asked_about)) == EVERY_ROW.tolist()


@pytest.mark.parametrize(("by_rows", "refits", "share"), [(((1200, 3),), 3, 1.0), (((1199, 3),), 1, 0.2)])
def test_the_more_rows_the_fewer_refits(
    watched: type[Watched],
    monkeypatch: pytest.MonkeyPatch,
    by_rows: tuple[tuple[int, int], ...],
    refits: int,
    share: float,
) -> None:
    monkeypatch.setattr(unseen, "_PARTS_BY_ROWS", by_rows)
    fit_model(definition(), VOCABULARY, numbered(), EVERY_ROW)
    assert len(watched.asked_about) == refits
    assert sum(map(len, watched.asked_about)) / len(EVERY_ROW) == pytest.approx(share, abs=0.06)


def test_rows_outside_the_training_part_are_never_touched(watched: type[Watched]) -> None:
    fit_model(definition(), VOCABULARY, numbered(), EVERY_ROW[::2])
    assert set(np.concatenate(watched.fitted_on)) == set(EVERY_ROW[::2])


def test_without_times_every_row_calibrates() -> None:
    rows = make_rows()
    timeless = dataclasses.replace(rows, keys=rows.keys[["entity_id"]])
    model = fit_model(definition(), VOCABULARY, timeless, EVERY_ROW)
    assert model.training.first_cutoff is model.training.last_cutoff is model.training.known_until is None
    assert model.probability(rows.values).mean() == pytest.approx(rows.label.mean(), abs=0.03)


def test_one_entity_alone_leaves_the_margin_as_it_is() -> None:
    rows = make_rows()
    alone = dataclasses.replace(rows, keys=rows.keys.assign(entity_id="only"))
    model = fit_model(definition(), VOCABULARY, alone, EVERY_ROW)
    assert model.calibrator == LogOddsCalibrator(1.0, 0.0)


def test_a_model_knows_what_it_was_made_of() -> None:
    model, rows = fitted()
    assert model.training.rows == len(rows.label)
    assert model.training.conversions == rows.label.sum()
    assert model.training.first_cutoff == CUTOFFS[0].to_pydatetime()
    assert model.training.last_cutoff == CUTOFFS[-1].to_pydatetime()
    assert model.training.known_until == (CUTOFFS[-1] + pd.Timedelta(days=30)).to_pydatetime()
    assert model.typical["active.days.28d"] == rows.values["active.days.28d"].median()
    assert "industry" not in model.typical
    assert model.scale.anchor == "card"


def test_a_card_is_not_needed() -> None:
    without = definition().model_copy(update={"points": ()})
    assert fit_model(without, VOCABULARY, make_rows(), EVERY_ROW).scale.anchor == "usual"


def test_a_feature_that_is_always_null_has_no_typical_value() -> None:
    rows = make_rows()
    empty = dataclasses.replace(rows, values=rows.values.assign(**{"active.trend": np.nan}))
    assert "active.trend" not in fit_model(definition(), VOCABULARY, empty, EVERY_ROW).typical


def test_the_probabilities_are_calibrated_and_find_the_drivers() -> None:
    model, _ = fitted()
    fresh = make_rows(entities=600, seed=11)
    probability = model.probability(fresh.values)
    assert probability.mean() == pytest.approx(fresh.label.mean(), abs=0.03)
    top = probability >= np.quantile(probability, 0.9)
    assert fresh.label[top].mean() == pytest.approx(probability[top].mean(), abs=0.1)
    assert fresh.label[top].mean() > 2 * fresh.label.mean()


def test_the_same_seed_gives_the_same_model() -> None:
    rows = make_rows()
    first, again, other = (fit_model(definition(), VOCABULARY, rows, EVERY_ROW, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.log_odds(rows.values), again.log_odds(rows.values))
    assert not np.array_equal(first.log_odds(rows.values), other.log_odds(rows.values))


def test_the_settings_of_the_definition_are_those_of_the_trees() -> None:
    grown = []
    for trees in (7, 17):
        tuned = definition(f"model: {{n_trees: {trees}, num_leaves: 3}}")
        booster = fit_model(tuned, VOCABULARY, make_rows(), EVERY_ROW).core
        assert isinstance(booster, lgb.Booster)
        grown.append([tree["num_leaves"] for tree in booster.dump_model()["tree_info"]])
    few, many = grown
    assert len(many) - len(few) == 20, "both begin with the same line, and have two forests"
    assert max(few[-7:]) <= 3


def test_the_trees_keep_the_directions_of_the_definition() -> None:
    rows = make_rows()
    name = rows.features[0].name
    held = dataclasses.replace(rows, values=rows.values.assign(**{name: -rows.values[name]}))
    plan = definition(f"model: {{monotone: {{{name}: rises}}}}")

    def effect(model: PropensityModel) -> np.ndarray:
        grid = np.linspace(held.values[name].min(), held.values[name].max(), 30)
        row = pd.concat([held.values.head(1)] * len(grid), ignore_index=True).assign(**{name: grid})
        return np.diff(model.log_odds(row))

    free = effect(fit_model(definition(), VOCABULARY, held, EVERY_ROW))
    kept = effect(fit_model(plan, VOCABULARY, held, EVERY_ROW))
    assert free.min() < 0
    assert kept.min() >= 0

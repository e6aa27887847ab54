"""The plots of the shap package take our contributions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from pqlml.errors import DataError
from pqlml.explain import contributions
from pqlml.explain.shap_plots import as_shap
from tests.helpers.synthetic import fitted, make_rows

mpl.use("agg")

import shap
from matplotlib import pyplot as plt

VALUES = make_rows(entities=40, seed=9).values


@pytest.fixture
def explanation() -> Iterator[shap.Explanation]:
    model, _ = fitted()
    yield as_shap(contributions(model, VALUES), VALUES)
    plt.close("all")


def test_what_is_drawn_is_what_was_computed(explanation: shap.Explanation) -> None:
    model, _ = fitted()
    total = explanation.base_values + explanation.values.sum(axis=1)
    np.testing.assert_allclose(total, model.log_odds(VALUES), rtol=0, atol=1e-9)
    assert explanation.feature_names[0] == model.features[0].name
    assert explanation.data[3, 0] == VALUES.iloc[3, 0]


PLOTS: dict[str, Callable[[shap.Explanation], object]] = {
    "summary": lambda found: shap.plots.beeswarm(found, show=False),
    "dependence": lambda found: shap.plots.scatter(found[:, 0], show=False),
    "waterfall": lambda found: shap.plots.waterfall(found[0], show=False),
    "decision": lambda found: shap.plots.decision(
        found.base_values[0], found.values, feature_names=found.feature_names, show=False
    ),
    "older summary": lambda found: shap.summary_plot(
        found.values, found.data, feature_names=found.feature_names, show=False, rng=np.random.default_rng(0)
    ),
    "older dependence": lambda found: shap.dependence_plot(
        0, found.values, found.data, feature_names=found.feature_names, interaction_index=None, show=False
    ),
    "older decision": lambda found: shap.decision_plot(
        found.base_values[0], found.values, feature_names=found.feature_names, show=False
    ),
}


@pytest.mark.parametrize("name", PLOTS)
def test_shap_draws_it(explanation: shap.Explanation, name: str) -> None:
    PLOTS[name](explanation)
    assert any(axes.has_data() for axes in plt.gcf().axes)


def test_the_notebook_shows_all_four() -> None:
    notebook = Path(__file__).parents[2] / "notebooks" / "04_why_this_lead.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    for plot in ("beeswarm", "scatter", "waterfall", "decision"):
        assert any(f"shap.plots.{plot}(" in cell for cell in code), plot


def test_a_decision_line_ends_at_the_score(explanation: shap.Explanation) -> None:
    model, _ = fitted()
    drawn = shap.plots.decision(
        explanation.base_values[0],
        explanation.values,
        feature_names=explanation.feature_names,
        return_objects=True,
        show=False,
    )
    ends = drawn.base_value + drawn.shap_values.sum(axis=1)
    np.testing.assert_allclose(np.sort(ends), np.sort(model.log_odds(VALUES)), rtol=0, atol=1e-9)


def test_other_rows_are_refused() -> None:
    model, _ = fitted()
    with pytest.raises(DataError, match="7 rows and 200 were explained"):
        as_shap(contributions(model, VALUES), VALUES.head(7))

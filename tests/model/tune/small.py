"""Few rows and a narrow space, so that a trial takes a moment."""

from __future__ import annotations

import dataclasses

import numpy as np

from pqlml.definition.settings import Setting
from pqlml.model.encoding import fit_encoder
from pqlml.model.propensity import PropensityClassifier
from pqlml.model.tune import TuningRows
from tests.helpers.synthetic import make_rows

SPACE = {
    "n_trees": Setting(low=5, high=30, log=True),
    "learning_rate": Setting(low=0.05, high=0.3),
    "num_leaves": Setting(choices=(4, 8)),
}


def learner(**settings: float | None) -> PropensityClassifier:
    """Return trees that grow in a moment."""
    made = PropensityClassifier(n_trees=15, learning_rate=0.2, linear_start=False)
    made.set_params(**settings)
    return made


def tuning_rows(entities: int = 120, *, times: bool = True) -> TuningRows:
    """Return the synthetic rows as a matrix."""
    rows = make_rows(entities)
    encoder = fit_encoder(rows.values, rows.features)
    made = TuningRows(
        encoder.matrix(rows.values),
        rows.label,
        rows.entity,
        rows.keys["cutoff"].to_numpy(),
        horizon_days=30,
        categorical=tuple(encoder.categorical),
    )
    return made if times else dataclasses.replace(made, cutoff=None)


def first(rows: TuningRows, keep: np.ndarray) -> TuningRows:
    """Return the rows that are kept."""
    cutoff = None if rows.cutoff is None else rows.cutoff[keep]
    return dataclasses.replace(
        rows, matrix=rows.matrix[keep], label=rows.label[keep], entity=rows.entity[keep], cutoff=cutoff
    )

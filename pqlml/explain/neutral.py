"""Scores with some signals neutralised: what a lead would score if these told nothing about it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.model.bundle import PropensityModel, raw_score
from pqlml.schema import Dimension

Group = tuple[str, Dimension]


def groups_of(model: PropensityModel) -> list[Group]:
    """Return the groups of the model's features, in the order in which they first occur."""
    return list(dict.fromkeys((feature.group, feature.dimension) for feature in model.features))


def neutralised(model: PropensityModel, values: pd.DataFrame, groups: np.ndarray, others: pd.DataFrame) -> np.ndarray:
    """Return log-odds with groups of features as other leads have them, averaged over these others.

    All features of a group are taken from the same other lead, so that they still fit together.

    Parameters
    ----------
    groups
        Positions among :func:`groups_of`, of shape (rows of ``values``, groups to neutralise).
    others
        Feature table of the leads whose values stand in; a few dozen, drawn at random, do.

    Returns
    -------
    One number per row of ``values``.
    """
    names = groups_of(model)
    of = np.array([names.index((feature.group, feature.dimension)) for feature in model.features])
    taken = (groups[:, :, None] == of[None, None, :]).any(axis=1)
    own, theirs = model.encoder.matrix(values), model.encoder.matrix(others)
    total = np.zeros(len(own))
    for other in theirs:
        total += model.calibrator.log_odds(raw_score(model.core, np.where(taken, other, own)))
    return total / len(theirs)

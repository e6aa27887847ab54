"""Contributions as the ``shap`` package takes them, for its plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pqlml.errors import DataError, MissingExtraError
from pqlml.explain.contributions import Contributions

if TYPE_CHECKING:
    import shap


def as_shap(shares: Contributions, values: pd.DataFrame) -> shap.Explanation:
    """Return contributions as a ``shap.Explanation``: what ``shap.plots`` takes (beeswarm, scatter, waterfall, ...).

    Parameters
    ----------
    values
        The feature table that was explained, row by row as in ``shares``. Texts are shown as they are.

    Returns
    -------
    One row per lead; ``values`` in calibrated log-odds, ``base_values`` the share of no feature. ``shap_values`` of the
    older functions (``shap.summary_plot``, ``dependence_plot``, ``decision_plot``) is its ``values``.

    Raises
    ------
    DataError
        If the table has another number of rows.
    MissingExtraError
        If ``shap`` is not installed.
    """
    try:
        import shap
    except ImportError as error:
        raise MissingExtraError("shap", "plots", "drawing contributions with shap") from error
    if len(values) != len(shares.values):
        msg = f"the table has {len(values)} rows and {len(shares.values)} were explained; give the same rows."
        raise DataError(msg)
    names = [feature.name for feature in shares.features]
    return shap.Explanation(
        values=shares.values,
        base_values=np.full(len(shares.values), shares.base),
        data=values[names].to_numpy(),
        feature_names=names,
    )

"""How a fact reads to somebody who knows no model: as a plus, as a minus, or as neither."""

from __future__ import annotations

from typing import Final

import numpy as np

from pqlml.features.spec import Aggregate, Feature

PLUS: Final = 1
MINUS: Final = -1
NEITHER: Final = 0

MORE: Final[frozenset[Aggregate]] = frozenset(
    {
        "count",
        "days",
        "weeks",
        "users",
        "events",
        "sum",
        "mean",
        "distinct",
        "sessions",
        "session_minutes",
        "early",
        "newest",
        "largest",
        "streak",
        "current_streak",
        "week_streak",
        "matches",
    }
)
"""Aggregates of which more reads better."""

SOONER: Final[frozenset[Aggregate]] = frozenset({"recency", "first"})
"""Aggregates of which less reads better."""

COMPARED: Final[frozenset[Aggregate]] = MORE | SOONER
"""Aggregates that are told along with what is typical of similar leads."""

_NOTHING_IF_NULL: Final[frozenset[Aggregate]] = MORE.difference({"early"}).union(
    SOONER, {"trend", "complete", "top_share"}
)
"""Aggregates whose null says that there was nothing; the null of others says that something is not known."""


def reads(feature: Feature, values: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """Tell how values read beside what is typical: ``PLUS``, ``MINUS`` or ``NEITHER``.

    What somebody does reads as a plus, unless similar leads do more of it; nothing done, as a minus. That something
    happened lately reads as a plus, unless it is later among similar leads. The ideal profile reads as a plus, the
    negative persona as a minus. Who somebody is, how old, and where in a trial, reads as neither.

    Parameters
    ----------
    values, typical
        Numbers, row by row; NaN where nothing is known. ``typical`` is NaN where nobody is compared.

    Returns
    -------
    One of the three per row.
    """
    kind = feature.aggregate
    missing = np.isnan(values)
    with np.errstate(invalid="ignore"):
        if kind in MORE:
            alone = (values <= 1) if kind == "streak" else (values <= 0)
            found = np.where(alone | (values < typical), MINUS, PLUS)
        elif kind in SOONER:
            found = np.where(values <= 1, PLUS, np.sign(np.nan_to_num(typical - values)))
        elif kind == "trend":
            found = np.sign(values - 1)
        elif kind == "acceleration":
            found = np.sign(values)
        elif kind == "in_ideal":
            found = np.where(values > 0, PLUS, MINUS)
        elif kind == "in_negative":
            found = np.where(values > 0, MINUS, PLUS)
        else:
            found = np.zeros(len(values))
    null = MINUS if kind in _NOTHING_IF_NULL or _counts(feature) else NEITHER
    return np.where(missing, null, found).astype(np.int8)


def _counts(feature: Feature) -> bool:
    """Tell whether a ratio is null because what it is a share of did not happen."""
    return feature.aggregate == "ratio" and len(feature.inputs) > 1 and feature.inputs[1].aggregate == "count"

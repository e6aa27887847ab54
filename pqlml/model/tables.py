"""Gain, calibration and precision at k as tables: what the report draws and a notebook shows.

Rows of equal score count in expectation, as if shuffled, because hand-set points tie often; counts can therefore be
fractions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.errors import DataError, NotEnoughDataError
from pqlml.model.ranking import Captured, Floats, Ranking

_Z_95 = 1.959963984540054


def gain_table(label: npt.ArrayLike, score: npt.ArrayLike, *, steps: int = 100) -> pd.DataFrame:
    """Tell what working through the list from the top would have caught.

    Parameters
    ----------
    label
        0 or 1 per row.
    score
        One number per row of any scale, higher is better, no null.
    steps
        Number of equal shares of the list.

    Returns
    -------
    One row per share of the list, from ``1 / steps`` to 1:

        ``share``
            Share of the rows looked at.
        ``rows``, ``conversions``
            How many rows these are, and the expected conversions among them.
        ``recall``
            Share of all conversions that they hold.
        ``precision``
            Their conversion rate.
        ``lift``
            That rate divided by the rate of all rows.

    Raises
    ------
    NotEnoughDataError
        If no row converted, or there is no row.
    DataError
        If lengths differ or a score is null.
    """
    labels, scores = _checked(label, score)
    share = np.arange(1, steps + 1) / steps
    return pd.DataFrame({"share": share, **_top(labels, scores, share * len(labels))})


def precision_at_k_table(
    label: npt.ArrayLike, score: npt.ArrayLike, *, ks: Sequence[int] | None = None
) -> pd.DataFrame:
    """Tell how many of the best ``k`` rows converted.

    Parameters
    ----------
    ks
        List lengths; by default 10, 20, 50, 100, ... and the number of rows. Those beyond the number of rows are left
        out.

    Returns
    -------
    One row per ``k``: ``k``, then ``rows`` (equal to ``k``), ``conversions``, ``recall``, ``precision`` and ``lift``
    as in :func:`gain_table`, which also says what is raised.
    """
    labels, scores = _checked(label, score)
    total = len(labels)
    wanted = _round_numbers(total) if ks is None else ks
    k = np.array(sorted({k for k in wanted if 0 < k <= total}), dtype=np.int64)
    return pd.DataFrame({"k": k, **_top(labels, scores, k.astype(np.float64))})


def calibration_table(
    label: npt.ArrayLike, probability: npt.ArrayLike, *, bins: int = 10, entity: npt.ArrayLike | None = None
) -> pd.DataFrame:
    """Compare predicted with actual conversion in bins of equal row count.

    Parameters
    ----------
    entity
        Of each row: rows of one entity convert together, and count as so many fewer. Without it, rows are independent.

    Returns
    -------
    One row per bin, lowest probabilities first:

        ``bin``
            1, 2, ...
        ``rows``, ``conversions``
            Number of rows and expected conversions; a tie that crosses an edge is shared out.
        ``probability``, ``rate``
            Mean predicted probability, and the share that converted.
        ``low``, ``high``
            95 % Wilson interval of ``rate``, for as many independent rows as the bin's rows are worth: their number
            divided by the design effect (Kish, "Survey Sampling", 1965), how much more the sums of entities vary than
            those of as many rows would.

    The mean of ``abs(probability - rate)`` is the expected calibration error of :func:`~pqlml.model.metrics.judge`.

    Raises
    ------
    NotEnoughDataError
        If no row converted, or there is no row.
    DataError
        If lengths differ or a probability is null.
    """
    labels, probabilities = _checked(label, probability)
    ranking = Ranking(probabilities)
    captured = Captured(ranking, np.ones(len(labels)))
    rows = np.full(bins, len(labels) / bins)
    conversions = captured.in_equal_bins(bins, captured.cumulate(labels[ranking.order]))[::-1]
    expected = captured.in_equal_bins(bins, captured.cumulate(probabilities[ranking.order]))[::-1]
    rate = np.clip(conversions / rows, 0, 1)
    worth = rows
    if entity is not None:
        worth = rows / _design_effects(labels[ranking.order][::-1], np.asarray(entity)[ranking.order][::-1], bins)
    low, high = _wilson(rate, worth)
    return pd.DataFrame(
        {
            "bin": np.arange(1, bins + 1),
            "rows": rows,
            "conversions": conversions,
            "probability": expected / rows,
            "rate": rate,
            "low": low,
            "high": high,
        }
    )


def _top(label: Floats, score: Floats, counts: Floats) -> dict[str, Floats]:
    ranking = Ranking(score)
    captured = Captured(ranking, np.ones(len(label)))
    conversions = captured.within(counts, captured.cumulate(label[ranking.order]))
    precision = conversions / counts
    return {
        "rows": counts,
        "conversions": conversions,
        "recall": conversions / label.sum(),
        "precision": precision,
        "lift": precision / label.mean(),
    }


def _round_numbers(total: int) -> list[int]:
    return [*(step * 10**power for power in range(1, len(str(total)) + 1) for step in (1, 2, 5)), total]


def _design_effects(label: Floats, entity: npt.NDArray[np.generic], bins: int) -> Floats:
    """Return one number per bin, at least 1; rows come in the order of the bins."""
    found = np.ones(bins)
    for place, rows in enumerate(np.array_split(np.arange(len(label)), bins)):
        beyond = label[rows] - label[rows].mean() if len(rows) else label[rows]
        alone = float(beyond @ beyond)
        if alone > 0:
            _, which = np.unique(entity[rows], return_inverse=True)
            together = np.bincount(which, beyond)
            found[place] = max(1.0, float(together @ together) / alone)
    return found


def _wilson(rate: Floats, rows: Floats) -> tuple[Floats, Floats]:
    shrink = 1 + _Z_95**2 / rows
    centre = (rate + _Z_95**2 / (2 * rows)) / shrink
    half = _Z_95 / shrink * np.sqrt(rate * (1 - rate) / rows + _Z_95**2 / (4 * rows**2))
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def _checked(label: npt.ArrayLike, score: npt.ArrayLike) -> tuple[Floats, Floats]:
    labels, scores = np.asarray(label, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != scores.shape:
        msg = f"label has shape {labels.shape} and score {scores.shape}; expected one number per row in each."
        raise DataError(msg)
    if np.isnan(scores).any():
        msg = f"{int(np.isnan(scores).sum())} of {len(scores)} scores are null; expected a number for every row."
        raise DataError(msg)
    if labels.sum() == 0:
        msg = f"none of the {len(labels)} rows converted; expected at least one conversion."
        raise NotEnoughDataError(msg)
    return labels, scores

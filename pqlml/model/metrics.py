"""What a candidate's probabilities are worth, with bootstrap intervals by entity.

The rows of one entity resemble each other, so entities are resampled, not rows. All candidates see the same resamples:
their difference is then far better known than each of them alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from pqlml.errors import DataError, NotEnoughDataError
from pqlml.model.ranking import Captured, Floats, Ranking

Metric = Literal[
    "roc_auc",
    "average_precision",
    "neg_log_loss",
    "neg_brier_score",
    "brier_skill",
    "expected_calibration_error",
    "lift_at_10_percent",
    "precision_at_10_percent",
    "recall_at_10_percent",
]
"""Names of the metrics; those that scikit-learn has carry its names and equal its values."""
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)

_TOP_SHARE = 0.1
_CALIBRATION_BINS = 10
_SMALLEST = float(np.finfo(np.float64).eps)


class Interval(NamedTuple):
    """A value with its 95 % percentile bootstrap interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return ``{"value": ..., "low": ..., "high": ...}``."""
        return self._asdict()


def judge(
    label: npt.ArrayLike,
    probabilities: Mapping[str, npt.ArrayLike],
    entity: npt.ArrayLike,
    *,
    reference_rate: float,
    replicates: int = 400,
    seed: int = 0,
) -> dict[str, dict[str, Interval]]:
    """Measure every candidate on the same rows and the same resamples of entities.

    Parameters
    ----------
    label
        0 or 1 per row.
    probabilities
        Candidate -> predicted probability per row, in [0, 1], no null.
    entity
        Whose row it is; rows of one entity are drawn together.
    reference_rate
        Conversion rate of the training part: what one would predict for everybody without a model.
    replicates
        Number of resamples. One without a conversion, or with nothing else, is drawn again.
    seed
        The same seed and rows give the same intervals, whatever the order of the rows.

    Returns
    -------
    Candidate -> metric -> interval, for all of :data:`METRICS`.

        ``roc_auc``, ``average_precision``, ``neg_log_loss``, ``neg_brier_score``
            As scikit-learn defines them.
        ``brier_skill``
            1 - Brier score / Brier score of ``reference_rate``; 0 is no better than a constant.
        ``expected_calibration_error``
            Mean over ten bins of equal row count of abs(mean probability - conversion rate). It is never negative,
            so resampling pushes it upwards: the interval may lie above the value.
        ``precision_at_10_percent``, ``recall_at_10_percent``, ``lift_at_10_percent``
            Conversion rate in the top tenth of the rows, its share of all conversions, and the ratio of its
            conversion rate to that of all rows. Rows of equal probability count in expectation.

    Raises
    ------
    NotEnoughDataError
        If the rows hold one class only.
    DataError
        If lengths differ, or a label or probability is out of range.

    Examples
    --------
    >>> found = judge([0, 1, 0, 1], {"model": [0.1, 0.8, 0.6, 0.7]}, ["a", "b", "c", "d"], reference_rate=0.5)
    >>> found["model"]["roc_auc"].value
    1.0
    """
    labels, entities = _rows(label, entity)
    candidates = {name: _Candidate(name, labels, p, reference_rate) for name, p in probabilities.items()}
    resampled: dict[str, list[Floats]] = {name: [] for name in candidates}
    for multiplicity in _resamples(labels, entities, replicates, seed):
        for name, candidate in candidates.items():
            resampled[name].append(candidate.measure(multiplicity))
    everyone = np.ones(len(labels))
    return {name: _intervals(c.measure(everyone), resampled[name]) for name, c in candidates.items()}


def paired_difference(
    label: npt.ArrayLike,
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    entity: npt.ArrayLike,
    metric: Metric,
    *,
    replicates: int = 400,
    seed: int = 0,
) -> Interval:
    """Return metric of ``a`` minus metric of ``b`` on the same rows, its interval from the same resamples.

    An interval that does not hold 0 tells the two apart. The parameters, and what is raised, are those of
    :func:`judge`; ``brier_skill`` is taken against the conversion rate of these rows.
    """
    labels, entities = _rows(label, entity)
    first, second = (_Candidate(name, labels, p, float(labels.mean())) for name, p in (("a", a), ("b", b)))
    resampled = [first.measure(m) - second.measure(m) for m in _resamples(labels, entities, replicates, seed)]
    everyone = np.ones(len(labels))
    return _intervals(first.measure(everyone) - second.measure(everyone), resampled)[metric]


class _Candidate:
    """One candidate's probabilities, sorted once, measured on any multiplicities of the rows."""

    def __init__(self, name: str, label: Floats, probability: npt.ArrayLike, reference_rate: float) -> None:
        self._label = label
        self._probability = np.asarray(probability, dtype=np.float64)
        if self._probability.shape != label.shape:
            msg = f"candidate {name!r} has probabilities of shape {self._probability.shape}; expected {label.shape}."
            raise DataError(msg)
        if not np.all((self._probability >= 0) & (self._probability <= 1)):
            msg = f"candidate {name!r} has values outside [0, 1] or nulls; calibrate scores to probabilities first."
            raise DataError(msg)
        self._ranking = Ranking(self._probability)
        clipped = np.clip(self._probability, _SMALLEST, 1 - _SMALLEST)
        self._log_likelihood = np.log(np.where(label == 1, clipped, 1 - clipped))
        self._squared_error = (self._probability - label) ** 2
        self._reference_error = (reference_rate - label) ** 2

    def measure(self, multiplicity: Floats) -> Floats:
        """Return the metrics in the order of ``METRICS``, each row counted ``multiplicity`` times."""
        captured = Captured(self._ranking, multiplicity)
        hits = captured.cumulate(self._label)
        rows, positives = captured.rows[-1], hits[-1]
        squared_error = multiplicity @ self._squared_error
        top = _TOP_SHARE * rows
        top_hits = float(captured.within(np.array([top]), hits)[0])
        return np.array(
            [
                _roc_auc(captured.rows, hits),
                _average_precision(captured.rows, hits),
                multiplicity @ self._log_likelihood / rows,
                -squared_error / rows,
                1 - squared_error / (multiplicity @ self._reference_error),
                _calibration_error(captured, captured.cumulate(self._probability), hits),
                (top_hits / top) / (positives / rows),
                top_hits / top,
                top_hits / positives,
            ]
        )


def _roc_auc(rows: Floats, hits: Floats) -> float:
    misses = rows - hits
    return float(np.trapezoid(hits, misses) / (hits[-1] * misses[-1]))


def _average_precision(rows: Floats, hits: Floats) -> float:
    precision = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
    return float(np.diff(hits) @ precision[1:] / hits[-1])


def _calibration_error(captured: Captured, expected: Floats, hits: Floats) -> float:
    excess = captured.in_equal_bins(_CALIBRATION_BINS, expected - hits)
    return float(np.abs(excess).sum() / captured.rows[-1])


def _intervals(values: Floats, resampled: list[Floats]) -> dict[str, Interval]:
    low, high = np.percentile(np.array(resampled), [2.5, 97.5], axis=0)
    return {name: Interval(*map(float, found)) for name, *found in zip(METRICS, values, low, high, strict=True)}


def _resamples(label: Floats, entity: npt.NDArray[np.generic], replicates: int, seed: int) -> Iterator[Floats]:
    """Draw entities with replacement; yield how often each row was drawn."""
    if replicates < 1:
        msg = f"replicates={replicates}; an interval needs at least 1 resample, and 200 or more to be worth reading."
        raise DataError(msg)
    rng = np.random.default_rng(seed)
    names, code = np.unique(entity, return_inverse=True)
    made = 0
    while made < replicates:
        drawn = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))
        multiplicity = drawn[code].astype(np.float64)
        if 0 < multiplicity @ label < multiplicity.sum():
            made += 1
            yield multiplicity


def _rows(label: npt.ArrayLike, entity: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.generic]]:
    labels, entities = np.asarray(label, dtype=np.float64), np.asarray(entity)
    if labels.ndim != 1 or labels.shape != entities.shape:
        msg = f"label has shape {labels.shape} and entity {entities.shape}; expected one value per row in each."
        raise DataError(msg)
    if not np.isin(labels, (0, 1)).all():
        msg = f"labels must be 0 or 1, given {np.unique(labels)[:5].tolist()}."
        raise DataError(msg)
    positives = int(labels.sum())
    if positives in (0, len(labels)):
        msg = (
            f"{positives} of {len(labels)} rows converted; a judgement needs rows of both kinds. "
            "Take a longer test part or an earlier test_from."
        )
        raise NotEnoughDataError(msg)
    return labels, entities

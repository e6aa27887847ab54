"""What a candidate's probabilities are worth, with bootstrap intervals by entity.

The rows of one entity resemble each other, so entities are resampled, not rows. All candidates see the same resamples:
their difference is then far better known than each of them alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Self, get_args

import numpy as np
import numpy.typing as npt

from pqlml.errors import DataError, NotEnoughDataError
from pqlml.model.capacity import Lists, Worked
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
    "recall_in_bottom_half",
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
        ``recall_in_bottom_half``
            Share of all conversions that the lower half of the rows holds: what is lost if nobody there is contacted.

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
    return compare(
        label, probabilities, entity, reference_rate=reference_rate, replicates=replicates, seed=seed
    ).metrics


class Comparison(NamedTuple):
    """Candidate -> metric -> interval: of each candidate, and of the first candidate minus each other one.

    An interval of ``differences`` that does not hold 0 tells the two apart.
    """

    metrics: dict[str, dict[str, Interval]]
    differences: dict[str, dict[str, Interval]]


def compare(
    label: npt.ArrayLike,
    probabilities: Mapping[str, npt.ArrayLike],
    entity: npt.ArrayLike,
    *,
    reference_rate: float,
    replicates: int = 400,
    seed: int = 0,
    lists: Lists | None = None,
) -> Comparison:
    """Measure every candidate, and how far the first is from the others, on the same resamples of entities.

    With ``lists``, the metrics of :attr:`pqlml.model.capacity.Lists.metrics` follow. The other parameters, and what is
    raised, are those of :func:`judge`.
    """
    rows = _Rows.of(label, entity)
    candidates = {name: _Candidate(name, rows, p, reference_rate, lists) for name, p in probabilities.items()}
    names = (*METRICS, *(lists.metrics if lists is not None else ()))
    once = np.ones(rows.entities)
    values = {name: candidate.measure(once) for name, candidate in candidates.items()}
    resampled: dict[str, list[Floats]] = {name: [] for name in candidates}
    for drawn in _resamples(rows, replicates, seed):
        for name, candidate in candidates.items():
            resampled[name].append(candidate.measure(drawn))
    first, *others = candidates
    apart = {
        name: [mine - theirs for mine, theirs in zip(resampled[first], resampled[name], strict=True)] for name in others
    }
    return Comparison(
        {name: _intervals(names, values[name], resampled[name]) for name in candidates},
        {name: _intervals(names, values[first] - values[name], apart[name]) for name in others},
    )


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
    rows = _Rows.of(label, entity)
    first, second = (_Candidate(name, rows, p, float(rows.label.mean())) for name, p in (("a", a), ("b", b)))
    resampled = [first.measure(drawn) - second.measure(drawn) for drawn in _resamples(rows, replicates, seed)]
    once = np.ones(rows.entities)
    return _intervals(METRICS, first.measure(once) - second.measure(once), resampled)[metric]


@dataclass(frozen=True)
class _Rows:
    """Labels, and per row the number of its entity (0, 1, ...)."""

    label: Floats
    code: npt.NDArray[np.intp]
    entities: int

    @classmethod
    def of(cls, label: npt.ArrayLike, entity: npt.ArrayLike) -> Self:
        """Check and number the rows."""
        labels, owners = np.asarray(label, dtype=np.float64), np.asarray(entity)
        if labels.ndim != 1 or labels.shape != owners.shape:
            msg = f"label has shape {labels.shape} and entity {owners.shape}; expected one value per row in each."
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
        names, code = np.unique(owners, return_inverse=True)
        return cls(labels, code, len(names))


class _Candidate:
    """One candidate's probabilities, sorted once, measured however often each entity was drawn."""

    def __init__(
        self, name: str, rows: _Rows, probability: npt.ArrayLike, reference_rate: float, lists: Lists | None = None
    ) -> None:
        given = np.asarray(probability, dtype=np.float64)
        if given.shape != rows.label.shape:
            msg = f"candidate {name!r} has probabilities of shape {given.shape}; expected {rows.label.shape}."
            raise DataError(msg)
        if not np.all((given >= 0) & (given <= 1)):
            msg = f"candidate {name!r} has values outside [0, 1] or nulls; calibrate scores to probabilities first."
            raise DataError(msg)
        self._ranking = Ranking(given)
        best_first = self._ranking.order
        self._code, self._label, self._probability = rows.code[best_first], rows.label[best_first], given[best_first]
        clipped = np.clip(self._probability, _SMALLEST, 1 - _SMALLEST)
        self._log_likelihood = np.log(np.where(self._label == 1, clipped, 1 - clipped))
        self._squared_error = (self._probability - self._label) ** 2
        self._reference_rate = reference_rate
        self._worked = None if lists is None else Worked(lists, given, rows.label)
        self._code_of_worked = None if self._worked is None else rows.code[self._worked.order]
        self._steps = np.flatnonzero(np.diff(self._ranking.cumulate(self._label))) + 1

    def measure(self, drawn: Floats) -> Floats:
        """Return the metrics in the order of ``METRICS``, then those of the lists.

        Each row counts as often as its entity was drawn.
        """
        multiplicity = drawn[self._code]
        captured = Captured(self._ranking, multiplicity)
        hits = captured.cumulate(self._label)
        rows, positives = captured.rows[-1], hits[-1]
        # Sums, not products of vectors: the threads that linear algebra starts for those cost more than they bring.
        squared_error = float((multiplicity * self._squared_error).sum())
        reference_error = positives * (1 - self._reference_rate) ** 2 + (rows - positives) * self._reference_rate**2
        top = _TOP_SHARE * rows
        top_hits, upper_hits = captured.within(np.array([top, rows / 2]), hits)
        return np.array(
            [
                _roc_auc(captured.rows, hits, self._steps),
                _average_precision(captured.rows, hits, self._steps),
                float((multiplicity * self._log_likelihood).sum()) / rows,
                -squared_error / rows,
                1 - squared_error / reference_error,
                _calibration_error(captured, captured.cumulate(self._probability), hits),
                (top_hits / top) / (positives / rows),
                top_hits / top,
                top_hits / positives,
                1 - upper_hits / positives,
                *([] if self._worked is None else self._worked.measure(drawn[self._code_of_worked])),
            ]
        )


def _roc_auc(rows: Floats, hits: Floats, steps: npt.NDArray[np.intp]) -> float:
    """Count per conversion the misses above it, ties by half; ``steps`` are the ties that hold a conversion."""
    found = hits[steps] - hits[steps - 1]
    misses_above = (rows[steps] - hits[steps] + rows[steps - 1] - hits[steps - 1]) / 2
    return float(1 - found @ misses_above / (hits[-1] * (rows[-1] - hits[-1])))


def _average_precision(rows: Floats, hits: Floats, steps: npt.NDArray[np.intp]) -> float:
    found = hits[steps] - hits[steps - 1]
    precision = hits[steps] / np.maximum(rows[steps], 1)  # no row above was drawn: nothing found either
    return float(found @ precision / hits[-1])


def _calibration_error(captured: Captured, expected: Floats, hits: Floats) -> float:
    excess = captured.in_equal_bins(_CALIBRATION_BINS, expected - hits)
    return float(np.abs(excess).sum() / captured.rows[-1])


def _intervals(names: Sequence[str], values: Floats, resampled: list[Floats]) -> dict[str, Interval]:
    low, high = np.percentile(np.array(resampled), [2.5, 97.5], axis=0)
    return {name: Interval(*map(float, found)) for name, *found in zip(names, values, low, high, strict=True)}


def _resamples(rows: _Rows, replicates: int, seed: int) -> Iterator[Floats]:
    """Draw entities with replacement; yield how often each was drawn."""
    if replicates < 1:
        msg = f"replicates={replicates}; an interval needs at least 1 resample, and 200 or more to be worth reading."
        raise DataError(msg)
    size, conversions = np.bincount(rows.code), np.bincount(rows.code, weights=rows.label)
    rng = np.random.default_rng(seed)
    made = 0
    while made < replicates:
        numbers = rng.integers(rows.entities, size=rows.entities)
        drawn = np.bincount(numbers, minlength=rows.entities).astype(np.float64)
        if 0 < (drawn * conversions).sum() < (drawn * size).sum():
            made += 1
            yield drawn

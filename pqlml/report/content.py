"""What a report is made of: numbers and tables, no wording and no layout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.audit.records import Audited
from pqlml.definition import Definition
from pqlml.errors import DataError
from pqlml.events.tables import Finding
from pqlml.model.learning_curve import Learned
from pqlml.model.metrics import Interval
from pqlml.model.optimism import Optimism
from pqlml.model.slices import Slice
from pqlml.model.tune.worth import Worth
from pqlml.schema import Tier

Floats = npt.NDArray[np.float64]

GROUP_COLUMNS: Final = ("group", "dimension", "label", "mean_abs_contribution")
"""Columns of :attr:`ReportContent.groups`."""
CARD_COLUMNS: Final = ("rule", "dimension", "points", "share_met", "rate_met", "rate_not_met", "model_points")
"""Columns of :attr:`ReportContent.points_card`."""


PURGED: Final = "purged"
"""The part of the rows that is in neither training nor test, because its window reaches into the test period."""


@dataclass(frozen=True, kw_only=True)
class LeadPreview:
    """One of the best leads: ``reasons`` are sentences, the strongest first; ``points`` on the scale of the tiers."""

    entity_id: str
    probability: float
    points: float
    tier: Tier
    reasons: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """Everything that the page shows. *Test rows* are the rows on which the model is judged.

    Attributes
    ----------
    headline
        The verdict in one sentence, with numbers.
    how_judged
        How training and test rows were kept apart, in words.
    metrics
        Candidate -> metric -> interval, as :func:`pqlml.model.metrics.judge` returns it.
    differences
        Other candidate -> metric -> the first candidate's figure minus its own, from the same resamples.
    label, entity
        Per test row: 0 or 1, and whose row it is.
    probabilities
        Candidate -> probability per test row. The first candidate is the model that the page is about.
    rows_by_split, conversions_by_split
        Part (``train``, ``test``, ...) -> number of rows, and of those with label 1. Those under ``purged`` are shown
        among the rows set aside.
    dropped
        Reason -> number of pairs that have no label; with the rows of all parts they are the pairs looked at.
    groups
        One row per feature group, strongest first: ``group``, ``dimension``, ``label`` (readable) and
        ``mean_abs_contribution`` (log-odds, mean over rows).
    shap_values
        (sampled test rows, features): contributions in log-odds.
    shap_data
        Same shape: the feature values; null (NaN) where missing or not a number.
    feature_labels
        Readable name per column of ``shap_values``.
    points_card
        One row per hand-set rule: ``rule`` (in words), ``dimension``, ``points``, ``share_met`` (share of rows that
        meet it), ``rate_met`` and ``rate_not_met`` (conversion rate of rows that do and do not; null without such
        rows), ``model_points`` (what the model gives to rows that meet it beyond those that do not, on the points
        scale; null if the model lacks the feature). Empty without rules.
    model_points, hand_points
        Per test row, both on the points scale; null without rules.
    run_ids
        What the run, the model, ... are called -> their id.
    created_at
        Zone-less UTC instant.
    leads
        The best leads of today, best first; may be empty.
    over_time, segments
        The test rows by cutoff or month, and by the attributes of fit; may be empty.
    optimism
        The model under a random split of rows; empty where that was not asked for.
    learning
        The model after ever more months of history; empty where that was not asked for.
    worth
        What the settings of the definition bring beside the learner's defaults; null where it names none.
    audited
        The audit of the columns in use; null where there was none.

    Raises
    ------
    DataError
        If the parts do not fit together: names the part, what it holds and what is expected.
    """

    definition: Definition
    headline: str
    how_judged: str
    metrics: Mapping[str, Mapping[str, Interval]]
    label: npt.NDArray[np.generic]
    probabilities: Mapping[str, Floats]
    entity: npt.NDArray[np.generic]
    rows_by_split: Mapping[str, int]
    conversions_by_split: Mapping[str, int]
    dropped: Mapping[str, int]
    findings: Sequence[Finding]
    groups: pd.DataFrame
    shap_values: Floats
    shap_data: Floats
    feature_labels: Sequence[str]
    points_card: pd.DataFrame
    model_points: Floats | None
    hand_points: Floats | None
    run_ids: Mapping[str, str]
    created_at: dt.datetime
    differences: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    leads: Sequence[LeadPreview] = field(default=())
    over_time: Sequence[Slice] = field(default=())
    segments: Sequence[Slice] = field(default=())
    optimism: Sequence[Optimism] = field(default=())
    learning: Sequence[Learned] = field(default=())
    worth: Worth | None = None
    audited: Audited | None = None

    @property
    def converted(self) -> int:
        """Leads that converted, each once, however many of its rows were judged."""
        return len(np.unique(self.entity[self.label == 1]))

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        rows = len(self.label)
        per_row = {"entity": self.entity, **self.probabilities}
        if self.model_points is not None and self.hand_points is not None:
            per_row |= {"model_points": self.model_points, "hand_points": self.hand_points}
        for name, values in per_row.items():
            _expect(name, len(values), rows, "values, one per test row")
        _expect("shap_data", self.shap_data.shape, self.shap_values.shape, "as the shape, that of shap_values")
        _expect(
            "feature_labels",
            len(self.feature_labels),
            self.shap_values.shape[1],
            "names, one per column of shap_values",
        )
        _expect("metrics", sorted(self.metrics), sorted(self.probabilities), "as candidates, those of probabilities")
        _expect("conversions_by_split", list(self.conversions_by_split), list(self.rows_by_split), "as parts")
        for name, frame, columns in (
            ("groups", self.groups, GROUP_COLUMNS),
            ("points_card", self.points_card, CARD_COLUMNS),
        ):
            _expect(name, sorted(set(columns) - set(frame.columns)), [], "as missing columns")

    @property
    def model(self) -> str:
        """The candidate that the page is about."""
        return next(iter(self.probabilities))


def _expect(name: str, given: object, expected: object, what: str) -> None:
    if given != expected:
        msg = f"report content: {name!r} has {given}; expected {expected} {what}."
        raise DataError(msg)

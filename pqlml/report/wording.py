"""The words of the report: what candidates, metrics and drop reasons are called, and the glossary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from pqlml.report import numbers

_CANDIDATES: Final[Mapping[str, str]] = {
    "model": "Model",
    "points": "Hand-set points",
    "linear": "Linear model",
    "trees": "Boosted trees",
    "recency": "Newest activity",
    "learned": "Learned points",
}

_REASONS: Final[Mapping[str, str]] = {
    "excluded": "excluded by the definition",
    "not_signed_up": "not signed up yet at the cutoff",
    "too_young": "signed up too recently",
    "too_old": "signed up too long ago",
    "already_converted": "already converted before the cutoff",
    "left": "had left before the cutoff",
    "immature": "window not over when the data ends",
    "not_in_entities": "unknown in the entity table",
    "repeated": "named more than once in the table of cutoffs",
    "no_label": "no value in the label column",
    "purged": "window reaches into the test period",
    "older": "before the sliding training part",
    "later": "judged by a later fold",
    "other_side": "entity on the other side",
}

_PARTS: Final[Mapping[str, str]] = {
    "train": "Training",
    "calibration": "Calibration",
    "test": "Test",
}


class MetricWording(NamedTuple):
    """How a metric reads: ``higher_is_better`` is about the number that is shown."""

    metric: str
    label: str
    hint: str
    show: Callable[[float], str]
    higher_is_better: bool = True
    negated: bool = False


METRIC_WORDING: Final = (
    MetricWording("recall_at_10_percent", "Conversions in the top 10%", "share of all conversions", numbers.percent),
    MetricWording("precision_at_10_percent", "Conversion rate in the top 10%", "of the rows there", numbers.percent),
    MetricWording("lift_at_10_percent", "Lift of the top 10%", "against all rows", numbers.times),
    MetricWording("precision_at_capacity", "Conversion rate at capacity", "of the leads worked", numbers.percent),
    MetricWording("recall_at_capacity", "Conversions at capacity", "share held by the leads worked", numbers.percent),
    MetricWording("revenue_per_lead_at_capacity", "Revenue per lead at capacity", "of the leads worked", numbers.money),
    MetricWording(
        "revenue_share_at_capacity", "Revenue at capacity", "share held by the leads worked", numbers.percent
    ),
    MetricWording(
        "recall_in_bottom_half",
        "Conversions in the bottom half",
        "what is lost by contacting nobody there; lower is better",
        numbers.percent,
        higher_is_better=False,
    ),
    MetricWording("roc_auc", "ROC-AUC", "ranking; 0.5 is chance", numbers.score),
    MetricWording("average_precision", "Average precision", "ranking, top weighted", numbers.score),
    MetricWording("brier_skill", "Brier skill", "0 is no better than the base rate", numbers.score),
    MetricWording(
        "neg_brier_score",
        "Brier score",
        "squared error; lower is better",
        numbers.score,
        higher_is_better=False,
        negated=True,
    ),
    MetricWording("neg_log_loss", "Log loss", "lower is better", numbers.score, higher_is_better=False, negated=True),
    MetricWording(
        "expected_calibration_error",
        "Calibration error",
        "lower is better; resampling pushes the interval up",
        numbers.percent,
        higher_is_better=False,
    ),
)


def candidate_label(name: str) -> str:
    """Return what a candidate is called on the page."""
    return _CANDIDATES.get(name, name)


def reason_label(reason: str) -> str:
    """Return why pairs were set aside, in words."""
    return _REASONS.get(reason, reason.replace("_", " "))


def part_label(part: str) -> str:
    """Return what a part of the rows is called."""
    return _PARTS.get(part, part.replace("_", " ").capitalize())


GLOSSARY: Final = (
    ("Row", "One {entity} at one cutoff. Its features come from before the cutoff, its label from after it."),
    ("Cutoff", "The instant at which a lead is looked at. Nothing that became known later is used."),
    ("Conversion", "Label 1: {conversion}."),
    ("Test rows", "Rows that the model has not seen in training. Every figure about its worth comes from them."),
    (
        "Interval [low, high]",
        "Where the figure lies in 95 of 100 resamples of the {entities}: how far chance alone could move it.",
    ),
    ("Lift", "Conversion rate of the best rows divided by that of all rows; 1 is what a random list gives."),
    (
        "Calibrated",
        "Of the rows given 10%, about 10% convert. Then probabilities can be added up to expected conversions.",
    ),
    ("ROC-AUC", "The chance that a row that converts is ranked above one that does not."),
    ("Contribution", "What a feature adds to the log-odds of one row. All of them add up to the row's probability."),
    ("Points", "The familiar scale: hand-set by the definition, or what the model gives, rescaled to it."),
)
"""Term -> explanation, with placeholders for the words of the definition."""

"""What the model is worth, in a sentence that can stand alone, and with how it was judged."""

from __future__ import annotations

from pqlml.model.evaluation import Evaluation
from pqlml.model.metrics import Interval


def verdict(evaluation: Evaluation) -> str:
    """Say how many conversions the best tenth of the list holds, beside the hand-set points."""
    told = (
        f"The best 10% of leads hold {_percent(evaluation.metrics['model']['recall_at_10_percent'])} of the conversions"
    )
    if "points" in evaluation.metrics:
        told += f"; with the hand-set points it is {_percent(evaluation.metrics['points']['recall_at_10_percent'])}"
    return f"{told}."


def headline(evaluation: Evaluation) -> str:
    """Return the verdict with the ROC-AUC and how it was judged: the figure never travels without its conditions."""
    areas = {candidate: metrics["roc_auc"] for candidate, metrics in evaluation.metrics.items()}
    told = ", ".join(f"{name} {area.value:.3f} [{area.low:.3f}, {area.high:.3f}]" for name, area in areas.items())
    judged = evaluation.split.headline
    return f"{verdict(evaluation)} ROC-AUC: {told}. {judged[:1].upper()}{judged[1:]}."


def _percent(interval: Interval) -> str:
    return f"{interval.value:.0%} [{interval.low:.0%}, {interval.high:.0%}]"

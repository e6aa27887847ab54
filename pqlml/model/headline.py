"""What the model is worth, in one sentence that can stand alone."""

from __future__ import annotations

from pqlml.model.evaluation import Evaluation
from pqlml.model.metrics import Interval


def headline(evaluation: Evaluation) -> str:
    """Say how many conversions the best tenth catches, how that compares with the points, and how it was judged."""
    model = evaluation.metrics["model"]
    caught = _percent(model["recall_at_10_percent"])
    told = f"The best 10 % of leads hold {caught} of the conversions"
    if "points" in evaluation.metrics:
        told += f"; with the hand-set points it is {_percent(evaluation.metrics['points']['recall_at_10_percent'])}"
    area = model["roc_auc"]
    told += f". ROC-AUC {area.value:.3f} [{area.low:.3f}, {area.high:.3f}]"
    if "points" in evaluation.metrics:
        points = evaluation.metrics["points"]["roc_auc"]
        told += f", points {points.value:.3f} [{points.low:.3f}, {points.high:.3f}]"
    return f"{told}. {evaluation.split.headline[:1].upper()}{evaluation.split.headline[1:]}."


def _percent(interval: Interval) -> str:
    return f"{interval.value:.0%} [{interval.low:.0%}, {interval.high:.0%}]"

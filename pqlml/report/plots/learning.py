"""What more history is worth: ROC-AUC after ever more months."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from pqlml.model.learning_curve import Learned
from pqlml.report import numbers
from pqlml.report.plots.canvas import ACCENT, Picture, picture


def learning_picture(found: Sequence[Learned]) -> Picture:
    """Draw the ROC-AUC of each fit, with its interval, against the history that it was fitted on."""
    names = ["all" if item.months is None else str(item.months) for item in found]
    value = [item.roc_auc.value for item in found]
    below = [max(item.roc_auc.value - item.roc_auc.low, 0) for item in found]
    above = [max(item.roc_auc.high - item.roc_auc.value, 0) for item in found]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.errorbar(
            range(len(found)), value, yerr=[below, above], color=ACCENT, marker="o", markersize=4.5, capsize=3
        )
        axes.set_xticks(range(len(found)), names)
        axes.set(xlabel="Months of history", ylabel="ROC-AUC")

    told = ", ".join(f"{name}: {numbers.score(area)}" for name, area in zip(names, value, strict=True))
    return picture(draw, f"ROC-AUC by months of history. {told}.")

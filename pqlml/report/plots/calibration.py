"""Predicted against actual conversion, over the histogram of the predictions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

from pqlml.report import numbers
from pqlml.report.content import Floats
from pqlml.report.plots.canvas import ACCENT, MUTED, Picture, candidate_line, legend, percent_axis, picture
from pqlml.report.wording import candidate_label

_TICKS = (0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.7, 1)


def calibration_picture(tables: Mapping[str, pd.DataFrame], probability: Floats) -> Picture:
    """Draw conversion rate against mean probability per bin, with intervals for the first candidate.

    Parameters
    ----------
    tables
        Candidate -> calibration table.
    probability
        Of the first candidate, for the histogram of rows; the last bar holds whatever lies beyond the bins.
    """
    model, *_ = tables
    limit = min(1.15 * max(float(table[["probability", "high"]].to_numpy().max()) for table in tables.values()), 1)

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
        upper.plot([0, 1], [0, 1], color=MUTED, linestyle=":", linewidth=1.4, label="Perfect")
        table = tables[model]
        spread = [(table["rate"] - table["low"]).clip(lower=0), (table["high"] - table["rate"]).clip(lower=0)]
        upper.errorbar(
            table["probability"], table["rate"], yerr=spread, fmt="none", ecolor=ACCENT, alpha=0.45, capsize=2
        )
        for place, (name, found) in enumerate(tables.items()):
            candidate_line(upper, found["probability"], found["rate"], name, place)
        edges = np.linspace(0, np.sqrt(limit), 41) ** 2
        lower.hist(np.minimum(probability, limit), bins=edges.tolist(), color=ACCENT, alpha=0.55)
        upper.set(ylabel="Actual rate", ylim=(0, limit))
        lower.set(xlabel="Predicted probability", ylabel="Rows", xlim=(0, limit))
        _square_root(upper, limit)
        percent_axis(upper)
        lower.grid(visible=False)
        lower.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        legend(upper, "upper left")

    lowest, highest = (tables[model].iloc[place] for place in (0, -1))
    alt = (
        f"Calibration of the {candidate_label(model).lower()}: "
        f"in the lowest bin {numbers.percent(lowest['probability'])} predicted and {numbers.percent(lowest['rate'])} "
        f"actual, in the highest {numbers.percent(highest['probability'])} and {numbers.percent(highest['rate'])}."
    )
    return picture(draw, alt, wide=(500, 390), narrow=(326, 340))


def _square_root(axes: Axes, limit: float) -> None:
    """Give rare conversions room: equal steps of the square root on both axes keep the diagonal straight."""
    ticks = [tick for tick in _TICKS if tick <= limit]
    axes.set_xscale("function", functions=(_root, np.square))
    axes.set_yscale("function", functions=(_root, np.square))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(NullLocator())


def _root(values: Floats) -> Floats:
    return np.sqrt(np.maximum(values, 0))

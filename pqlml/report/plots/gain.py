"""What working through the list from the top catches: gain, and lift by tenth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pqlml.model.metrics import Interval
from pqlml.report import numbers
from pqlml.report.plots.canvas import INK, MUTED, Picture, candidate_line, legend, percent_axis, picture, stroke
from pqlml.report.wording import candidate_label

_TENTHS = 10


def gain_picture(gains: Mapping[str, pd.DataFrame], top: Interval) -> Picture:
    """Draw the share of conversions caught against the share of the list worked through.

    Parameters
    ----------
    gains
        Candidate -> gain table.
    top
        Recall of the first candidate in the top 10 %, drawn with its interval.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=":", linewidth=1.4, label="Random order")
        for place, (name, gain) in enumerate(gains.items()):
            candidate_line(axes, [0, *gain["share"]], [0, *gain["recall"]], name, place, marked=False)
        axes.errorbar(
            0.1, top.value, yerr=_bars(top), fmt="o", color=INK, markersize=4.5, capsize=3, zorder=4, linewidth=1.2
        )
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="Share of the list, best first", ylabel="Share of conversions")
        percent_axis(axes)
        legend(axes, "lower right")

    caught = [f"{numbers.percent(_at_tenth(gain))} ({candidate_label(name)})" for name, gain in gains.items()]
    return picture(draw, f"Gain curves. The best 10% of the list hold {', '.join(caught)} of all conversions.")


def lift_picture(gains: Mapping[str, pd.DataFrame]) -> Picture:
    """Draw the lift within each tenth of the list, from gain tables whose steps are a multiple of ten."""
    lifts = {name: _tenth_lifts(gain) for name, gain in gains.items()}

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(1, color=MUTED, linestyle=":", linewidth=1.4, label="All rows")
        width = 0.8 / len(lifts)
        for place, (name, lift) in enumerate(lifts.items()):
            left = np.arange(1, _TENTHS + 1) - 0.4 + width * (place + 0.5)
            alpha = 1 if place == 0 else 0.55
            axes.bar(left, lift, width * 0.92, color=stroke(place).color, alpha=alpha, label=candidate_label(name))
        axes.grid(visible=False, axis="x")
        axes.set(xlabel="Tenth of the list, best first", ylabel="Lift", xticks=range(1, _TENTHS + 1))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}{numbers.TIMES}"))
        legend(axes, "upper right")

    tops = [f"{numbers.times(lift[0])} ({candidate_label(name)})" for name, lift in lifts.items()]
    return picture(draw, f"Lift by tenth of the list. In the best tenth: {', '.join(tops)}.")


def _tenth_lifts(gain: pd.DataFrame) -> list[float]:
    ends = gain["recall"].to_numpy()[len(gain) // _TENTHS - 1 :: len(gain) // _TENTHS]
    return [float(lift) for lift in np.diff(ends, prepend=0) * _TENTHS]


def _at_tenth(gain: pd.DataFrame) -> float:
    return float(gain["recall"].iloc[len(gain) // _TENTHS - 1])


def _bars(interval: Interval) -> list[list[float]]:
    return [[max(interval.value - interval.low, 0)], [max(interval.high - interval.value, 0)]]

"""Whether the model holds over time: what it expected of each cutoff, and what came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from pqlml.model.slices import Slice
from pqlml.report import numbers
from pqlml.report.plots.canvas import ACCENT, INK, MUTED, Picture, percent_axis, picture

_MOST_TICKS = 6
_Z_95 = 1.96


def stability_picture(parts: Sequence[Slice]) -> Picture:
    """Draw the actual and the expected rate of conversion per cutoff or month.

    The bars are twice the standard error of the actual rate, which takes rows as independent.
    """
    rows = np.array([part.rows for part in parts], dtype=np.float64)
    actual = np.array([part.conversions for part in parts]) / rows
    expected = np.array([part.predicted for part in parts]) / rows
    spread = _Z_95 * np.sqrt(np.maximum(expected * (1 - expected), 0) / rows)
    place = np.arange(len(parts))

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.errorbar(place, actual, yerr=spread, fmt="o", color=INK, markersize=4.5, capsize=3, label="Actual")
        axes.plot(place, expected, color=ACCENT, linewidth=2.2, label="Expected")
        shown = place[:: max(1, -(-len(place) // _MOST_TICKS))]
        axes.set_xticks(shown, [parts[number].value.removesuffix(" 00:00") for number in shown])
        axes.set(ylabel="Conversion rate", ylim=(0, None), xlim=(-0.5, len(place) - 0.5))
        axes.tick_params(axis="x", labelrotation=30)
        axes.grid(visible=False, axis="x")
        axes.axhline(actual @ rows / rows.sum(), color=MUTED, linestyle=":", linewidth=1.2)
        percent_axis(axes, "y")
        axes.legend(loc="upper right")

    alt = (
        f"Expected against actual conversion by {parts[0].by}: from {numbers.percent(expected[0])} expected and "
        f"{numbers.percent(actual[0])} actual to {numbers.percent(expected[-1])} and {numbers.percent(actual[-1])}."
    )
    return picture(draw, alt)

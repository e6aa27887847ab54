"""How many of the best k convert."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from pqlml.report import numbers
from pqlml.report.plots.canvas import MUTED, Picture, candidate_line, legend, percent_axis, picture
from pqlml.report.wording import candidate_label

_TOLD_K = 100


def precision_picture(tables: Mapping[str, pd.DataFrame], base_rate: float) -> Picture:
    """Draw the conversion rate of the best ``k`` rows, ``k`` on a logarithmic axis.

    Parameters
    ----------
    tables
        Candidate -> precision-at-k table, all with the same ``k``.
    base_rate
        Conversion rate of all rows.
    """
    first = next(iter(tables.values()))
    powers = [10**power for power in range(1, 8) if first["k"].iloc[0] <= 10**power <= first["k"].iloc[-1]]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(base_rate, color=MUTED, linestyle=":", linewidth=1.4, label="All rows")
        for place, (name, table) in enumerate(tables.items()):
            candidate_line(axes, table["k"], table["precision"], name, place)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(powers))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: numbers.count(value)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set(xlabel="k, length of the list", ylabel="Conversion rate of the best k", ylim=(0, None))
        percent_axis(axes, "y")
        legend(axes, "upper right")

    shown = int(first["k"].iloc[(first["k"] - _TOLD_K).abs().argmin()])
    rates = [
        f"{numbers.percent(table.loc[table['k'] == shown, 'precision'].item())} ({candidate_label(name)})"
        for name, table in tables.items()
    ]
    alt = (
        f"Precision at k. Of the best {numbers.count(shown)} rows {', '.join(rates)} convert; "
        f"of all rows {numbers.percent(base_rate)}."
    )
    return picture(draw, alt)

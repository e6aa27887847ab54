"""Hand-set points against the points of the model, and which of the two the conversions follow."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pqlml.report.content import Floats
from pqlml.report.plots.canvas import ACCENT, MUTED, Picture, is_narrow, picture

FEW_ROWS = 10
"""Cells with fewer rows are grey: their conversion rate says nothing."""

_RATES = LinearSegmentedColormap.from_list("rate", ["#dbe7fb", ACCENT, "#0a2a66"])
_CELLS = 14


def points_picture(hand: Floats, model: Floats, label: Floats, thresholds: tuple[float, ...]) -> Picture:
    """Draw cells of rows: size grows with the number of rows, colour is their conversion rate.

    Parameters
    ----------
    hand, model
        Points per row, both on the same scale.
    label
        0 or 1 per row.
    thresholds
        Tier limits on that scale, drawn as lines; may be empty.
    """
    edges = (_edges(hand), _edges(model))
    rows = np.histogram2d(hand, model, bins=edges)[0]
    conversions = np.histogram2d(hand, model, bins=edges, weights=label)[0]
    column, line = np.nonzero(rows)
    x, y = _middles(edges[0])[column], _middles(edges[1])[line]
    size, rate = rows[column, line], conversions[column, line] / rows[column, line]
    few = size < FEW_ROWS

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axline((0, 0), slope=1, color=MUTED, linestyle=":", linewidth=1.4)
        for threshold in thresholds:
            axes.axvline(threshold, color="#b35900", linewidth=0.8, alpha=0.5)
            axes.axhline(threshold, color="#b35900", linewidth=0.8, alpha=0.5)
        area = np.sqrt(size / size.max()) * (150 if is_narrow(figure) else 330) + 6
        axes.scatter(x[few], y[few], s=area[few], color="#afb8c1", zorder=3)
        dots = axes.scatter(x[~few], y[~few], s=area[~few], c=rate[~few], cmap=_RATES, vmin=0, zorder=3)
        axes.set(xlabel="Hand-set points", ylabel="Points of the model", xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]])
        bar = figure.colorbar(dots, ax=axes, format=PercentFormatter(xmax=1, decimals=0), aspect=28, pad=0.02)
        bar.set_label("Conversion rate")
        bar.outline.set_visible(False)

    alt = "Hand-set points against the points of the model, with the conversion rate as colour."
    if np.ptp(hand) and np.ptp(model):
        alt += f" Their correlation is {np.corrcoef(hand, model)[0, 1]:.2f}."
    return picture(draw, alt, wide=(560, 430), narrow=(326, 300))


def _edges(points: Floats) -> Floats:
    low, high = float(points.min()), float(points.max())
    return np.linspace(low, high if high > low else low + 1, _CELLS + 1)


def _middles(edges: Floats) -> Floats:
    return (edges[1:] + edges[:-1]) / 2

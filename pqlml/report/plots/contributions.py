"""The contributions of every sampled row to its prediction, one strip per feature (a beeswarm)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from pqlml.report.content import Floats
from pqlml.report.plots.canvas import INK, LINE, Picture, is_narrow, picture

_VALUES = LinearSegmentedColormap.from_list("value", ["#1f6feb", "#8b8fd6", "#d4487a", "#cf222e"])
_NO_VALUE = "#afb8c1"
_BINS = 120
_FULL = 12
"""Points above or below the middle that fill a strip, so that a handful of rows does not."""
_WIDE_LABEL, _NARROW_LABEL = 54, 50


def beeswarm_picture(values: Floats, data: Floats, labels: Sequence[str], *, features: int = 14) -> Picture:
    """Draw contributions of the strongest features, coloured by the feature's value.

    Parameters
    ----------
    values, data
        (rows, features): contributions in log-odds, and feature values (NaN is drawn grey).
    labels
        Readable name per feature.
    features
        How many strips; two thirds of them on a narrow screen.
    """
    order = np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:features]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        narrow = is_narrow(figure)
        shown = order[: _narrow_count(features)] if narrow else order
        reach = np.abs(values[:, shown]).max() * 1.03
        for place, feature in enumerate(shown):
            _strip(axes, values[:, feature], data[:, feature], -place, reach, 0.26 if narrow else 0.36)
        axes.axvline(0, color=LINE, linewidth=1.2, zorder=0)
        axes.set(xlabel="Contribution to the log-odds of conversion", ylim=(-len(shown) + 0.45, 0.9 if narrow else 0.6))
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        _name_strips(axes, [labels[feature] for feature in shown], above=narrow)
        _legend(figure, axes, above=narrow)

    names = [labels[feature] for feature in order[:5]]
    alt = f"Contributions per feature, coloured by the feature's value. Strongest first: {'; '.join(names)}."
    wide, narrow = 90 + 31 * len(order), 90 + 47 * min(_narrow_count(features), len(order))
    return picture(draw, alt, wide=(1010, wide), narrow=(326, narrow))


def _narrow_count(features: int) -> int:
    return max(features * 2 // 3, 1)


def _strip(axes: Axes, values: Floats, data: Floats, middle: float, reach: float, half: float) -> None:
    offsets = half * _spread(values, reach)
    known = ~np.isnan(data)
    colour = np.full(len(data), np.nan)
    colour[known] = _rank(data[known])
    axes.scatter(values[~known], middle + offsets[~known], s=5, color=_NO_VALUE, linewidth=0, rasterized=True, zorder=2)
    axes.scatter(
        values[known], middle + offsets[known], s=6, c=colour[known], cmap=_VALUES, vmin=0, vmax=1, linewidth=0,
        alpha=0.85, rasterized=True, zorder=3,
    )  # fmt: skip


def _spread(values: Floats, reach: float) -> Floats:
    """Move points that share a bin up and down in turn, so that a strip is as thick as it is dense."""
    bins = np.floor((values + reach) / (2 * reach) * _BINS).astype(int) if reach else np.zeros(len(values), dtype=int)
    place = np.zeros(len(values))
    for code in np.unique(bins):
        inside = np.flatnonzero(bins == code)
        step = np.arange(1, len(inside) + 1) // 2
        place[inside] = np.where(np.arange(len(inside)) % 2, step, -step)
    thickest = float(np.abs(place).max())
    return np.asarray(place / max(thickest, _FULL), dtype=np.float64)


def _rank(data: Floats) -> Floats:
    """Return the rank of each value, equal values alike, from 0 to 1: one outlier does not bleach the rest."""
    distinct, code = np.unique(data, return_inverse=True)
    return np.asarray(code, dtype=np.float64) / max(len(distinct) - 1, 1)


def _name_strips(axes: Axes, names: Sequence[str], *, above: bool) -> None:
    places = [-place for place in range(len(names))]
    if not above:
        axes.set_yticks(places, [textwrap.fill(name, _WIDE_LABEL) for name in names], color=INK)
        return
    axes.set_yticks(places, [""] * len(names))
    for place, name in zip(places, names, strict=True):
        text = textwrap.shorten(name, _NARROW_LABEL, placeholder="…")
        axes.text(0, place + 0.33, text, transform=axes.get_yaxis_transform(), va="bottom", fontsize=8.5, zorder=5)


def _legend(figure: Figure, axes: Axes, *, above: bool) -> None:
    colours = ScalarMappable(Normalize(0, 1), _VALUES)
    place = "top" if above else "right"
    bar = figure.colorbar(colours, ax=axes, location=place, aspect=40, pad=0.02, shrink=0.6, fraction=0.05)
    bar.set_ticks([0, 1], labels=["low", "high"])
    bar.set_label("Value of the feature", fontsize=8.5, labelpad=2)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)

"""Figures as pictures inside the page: one for wide screens, one drawn anew for phones."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import matplotlib as mpl
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pqlml.report.wording import candidate_label

ACCENT: Final = "#1f6feb"
INK: Final = "#1f2328"
MUTED: Final = "#59636e"
LINE: Final = "#d1d9e0"


class Stroke(NamedTuple):
    """How a candidate is drawn: told apart by dashes and markers as well as by colour."""

    color: str
    dashes: tuple[float, ...]
    width: float
    marker: str


_STROKES: Final = (
    Stroke(ACCENT, (), 2.2, "o"),
    Stroke("#b35900", (5, 2), 1.8, "s"),
    Stroke("#1a7f37", (6, 2, 1, 2), 1.8, "D"),
    Stroke("#8250df", (2, 1.5), 1.8, "^"),
)

_PIXELS_PER_INCH = 96
_NARROW_BELOW = 400
_RASTER_DPI = 220
_LAYOUT_FONT = "DejaVu Sans"
_READER_FONTS = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Inter, 'Liberation Sans', Arial, sans-serif"
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pqlml",
    "font.family": _LAYOUT_FONT,
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#eaeef2",
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
}


@dataclass(frozen=True)
class Picture:
    """A plot as two data URIs, with the text for those who do not see it."""

    wide: str
    narrow: str
    wide_size: tuple[int, int]
    alt: str

    @property
    def svg(self) -> str:
        """The wide plot as SVG text."""
        return base64.b64decode(self.wide.partition(",")[2]).decode()


def picture(
    draw: Callable[[Figure], None],
    alt: str,
    *,
    wide: tuple[int, int] = (500, 350),
    narrow: tuple[int, int] = (326, 290),
) -> Picture:
    """Draw a figure twice, for a wide and for a narrow place.

    Parameters
    ----------
    draw
        Draws on a figure; may ask :func:`is_narrow`.
    wide, narrow
        Width and height in CSS pixels.
    """
    with mpl.rc_context(_STYLE):
        return Picture(_data_uri(draw, wide), _data_uri(draw, narrow), wide, alt)


def is_narrow(figure: Figure) -> bool:
    """Whether the figure is drawn for a phone."""
    return figure.get_figwidth() * _PIXELS_PER_INCH < _NARROW_BELOW


def stroke(place: int) -> Stroke:
    """Return how the candidate at that place (0 is the model) is drawn."""
    return _STROKES[place % len(_STROKES)]


def candidate_line(
    axes: Axes, x: npt.ArrayLike, y: npt.ArrayLike, name: str, place: int, *, marked: bool = True
) -> None:
    """Draw the line of one candidate, with markers at its points unless they are many."""
    drawn = stroke(place)
    (line,) = axes.plot(x, y, color=drawn.color, linewidth=drawn.width, label=candidate_label(name), zorder=3)
    if drawn.dashes:
        line.set_dashes(drawn.dashes)
    if marked:
        line.set(marker=drawn.marker, markersize=4)


def legend(axes: Axes, place: Literal["upper left", "upper right", "lower right"]) -> None:
    """Write the legend with the reference line, which is drawn first, at its end."""
    handles, labels = axes.get_legend_handles_labels()
    axes.legend([*handles[1:], handles[0]], [*labels[1:], labels[0]], loc=place)


def percent_axis(axes: Axes, which: Sequence[str] = ("x", "y")) -> None:
    """Write the ticks of the named axes as per cent, without needless decimals."""
    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{round(100 * share, 6):g}%"))


def _data_uri(draw: Callable[[Figure], None], size: tuple[int, int]) -> str:
    inches = (size[0] / _PIXELS_PER_INCH, size[1] / _PIXELS_PER_INCH)
    figure = Figure(figsize=inches, layout="constrained")
    draw(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", dpi=_RASTER_DPI, metadata={"Date": None, "Creator": None})
    # The layout is made with a wide font, so that whichever of the reader's fonts is used fits.
    text = buffer.getvalue().replace(f"'{_LAYOUT_FONT}'", _READER_FONTS)
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode("ascii")

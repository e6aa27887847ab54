"""Pictures: the same every time, free of global state, and of the size that the page reserves."""

from __future__ import annotations

import base64
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from pqlml.model.learning_curve import Learned
from pqlml.model.metrics import Interval
from pqlml.model.slices import Slice
from pqlml.model.tables import gain_table
from pqlml.report.plots.canvas import is_narrow, percent_axis, picture, stroke
from pqlml.report.plots.gain import gain_picture
from pqlml.report.plots.learning import learning_picture
from pqlml.report.plots.stability import stability_picture


def svg(uri: str) -> str:
    return base64.b64decode(uri.removeprefix("data:image/svg+xml;base64,")).decode()


def draw(figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 0.025, 0.05], [0, 1, 0])
    axes.set_title("narrow" if is_narrow(figure) else "wide")
    axes.set_xticks([0, 0.025, 0.05])
    percent_axis(axes, ["x"])


def test_a_picture_is_drawn_anew_for_each_width() -> None:
    found = picture(draw, "words", wide=(480, 300), narrow=(320, 240))
    wide, narrow = (ET.fromstring(svg(uri)) for uri in (found.wide, found.narrow))  # noqa: S314 - our own drawing
    assert (wide.get("width"), narrow.get("width")) == ("360pt", "240pt")
    assert found.wide_size == (480, 300)
    assert ">wide<" in svg(found.wide)
    assert ">narrow<" in svg(found.narrow)


def test_text_stays_text_in_the_readers_font_and_shares_have_no_needless_decimals() -> None:
    found = svg(picture(draw, "words").wide)
    assert "DejaVu" not in found
    assert "Segoe UI" in found
    assert all(f">{tick}<" in found for tick in ("0%", "2.5%", "5%"))


def test_drawing_repeats_exactly_and_changes_no_global_state() -> None:
    before = dict(mpl.rcParams)
    assert picture(draw, "words") == picture(draw, "words")
    assert dict(mpl.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_gain_curve_says_what_the_top_tenth_holds() -> None:
    label = np.resize([1, 0, 0, 0], 40)
    gains: dict[str, pd.DataFrame] = {"model": gain_table(label, label), "points": gain_table(label, np.zeros(40))}
    found = gain_picture(gains, Interval(0.4, 0.3, 0.5))
    assert "40% (Model), 10% (Hand-set points)" in found.alt


@pytest.mark.parametrize("place", [0, 3, 4, 9])
def test_there_is_a_stroke_for_any_number_of_candidates(place: int) -> None:
    assert stroke(place) == stroke(place % 4)


def test_stability_and_learning_tell_their_ends_in_words() -> None:
    area = Interval(0.8, 0.7, 0.9)
    parts = [Slice("month", f"2026-0{month}", 200, 10 * month, 12.0, area) for month in (1, 2, 3)]
    assert stability_picture(parts).alt == (
        "Expected against actual conversion by month: from 6.0% expected and 5.0% actual to 6.0% and 15%."
    )
    found = [Learned(1, 100, 5, area, area), Learned(None, 900, 50, Interval(0.85, 0.8, 0.9), area)]
    assert learning_picture(found).alt == "ROC-AUC by months of history. 1: 0.800, all: 0.850."

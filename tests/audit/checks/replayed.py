"""Verdicts of a replay, made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.replay import Replay, Told
from tests.audit.cases import NOISE, ROWS, WINS, timed


def told(reach: Any, *, verdict: Any = "sees too much", late: Any = None, differs: Any = None) -> Told:
    """Return a verdict on the column ``x``, which differs for a third of the winners and a tenth of the others."""
    apart = np.where(WINS, np.arange(ROWS) % 3 == 0, np.arange(ROWS) % 10 == 0) if differs is None else differs
    return Told("x", verdict, "what it should be", np.arange(ROWS), apart, reach, "what it is", exact=True, late=late)


def replayed(*verdicts: Told, **more: Any) -> Case:
    """Return a case of one column, ``x``, with these verdicts."""
    return timed({"x": NOISE}, replay=Replay({one.column: one for one in verdicts}, **more))

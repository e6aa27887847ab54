"""Ratios of two signals: how much of one is the other."""

from __future__ import annotations

from typing import Final

from pqlml.definition.model import Definition, Window
from pqlml.definition.relations import Ratio
from pqlml.definition.signals import EVERYTHING
from pqlml.features.behaviour import label
from pqlml.features.phrases import ratio_phrases
from pqlml.features.signals import everything, named_signals
from pqlml.features.spec import Feature

_USUAL: Final[dict[str, Ratio]] = {
    "depth": Ratio(part="advanced", whole=EVERYTHING),
    "accepted": Ratio(part="joined", whole="invited"),
}
"""Ratios of signals with these usual names; a definition that names such a ratio itself says what it means."""


def ratios(definition: Definition) -> dict[str, Ratio]:
    """Return the ratios that the definition names, and the usual ones whose signals it has."""
    signals = {name for _, name, _ in definition.signals.selections()}
    usual = {
        name: ratio
        for name, ratio in _USUAL.items()
        if {ratio.part, ratio.whole} <= {*signals, EVERYTHING} and name not in signals
    }
    return {**usual, **definition.signals.ratios}


def ratio_feature(definition: Definition, name: str, window: Window) -> Feature:
    """Return ``<name>.ratio.<window>``."""
    ratio = ratios(definition)[name]
    signals = {**named_signals(definition), EVERYTHING: everything(definition)}
    part, whole = signals[ratio.part], signals[ratio.whole]
    usual = name not in definition.signals.ratios
    phrases = ratio_phrases(definition, name, ratio.part, ratio.whole, usual=usual)
    return Feature(
        name=f"{name}.ratio.{label(window)}",
        dimension=ratio.dimension if ratio.dimension is not None else part.dimension,
        group=name,
        aggregate="ratio",
        window_days=None if window == "all" else window,
        inputs=(part.windowed("count", window), whole.windowed("count", window)),
        unit="share, 1 is all",
        null=f"no {phrases.noun}",
        did=phrases.did,
        noun=phrases.noun,
    )

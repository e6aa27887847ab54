"""The signals of a definition and its data: those that it names, events that none names, and all events together."""

from __future__ import annotations

import re

from pqlml.definition.model import Definition
from pqlml.definition.signals import EVERYTHING
from pqlml.features.behaviour import Signal
from pqlml.features.kinds import selected_by
from pqlml.features.measures import activity_group
from pqlml.features.vocabulary import Vocabulary


def slug(event: str) -> str:
    """Write an event name as part of a feature name: lower case, other signs as ``_``.

    Examples
    --------
    >>> slug("Report Built (v2)")
    'report_built_v2'
    """
    return re.sub(r"[^\w]+", "_", event.lower()).strip("_") or "unnamed"


def named_signals(definition: Definition) -> dict[str, Signal]:
    """Return the signals that the definition names, in the order of the dimensions."""
    return {
        name: Signal(
            definition,
            name,
            dimension,
            selected_by(name, selection.events) if selection.where else selection.events,
        )
        for dimension, name, selection in definition.signals.selections()
    }


def unmapped_signals(definition: Definition, vocabulary: Vocabulary) -> dict[str, Signal]:
    """Return a signal ``event.<name>`` for each event that no signal names and that gets features of its own."""
    signals: dict[str, Signal] = {}
    for event in vocabulary.unmapped:
        name = f"event.{slug(event)}"
        while name in signals:  # two events may differ only in signs
            name += "_"
        signals[name] = Signal(definition, name, "engagement", (event,))
    return signals


def everything(definition: Definition) -> Signal:
    """Return the signal of all events together."""
    return Signal(definition, EVERYTHING, "engagement", None, activity_group(definition))


def all_signals(definition: Definition, vocabulary: Vocabulary) -> dict[str, Signal]:
    """Return every signal by name."""
    return {
        **named_signals(definition),
        **unmapped_signals(definition, vocabulary),
        EVERYTHING: everything(definition),
    }

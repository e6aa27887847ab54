"""Names that features are made of: each must have one owner, or one would take the place of the other."""

from __future__ import annotations

from pqlml.definition.parts import EventSource
from pqlml.definition.signals import Signals

OWN = {
    "any": "all events together",
    "session": "the sessions",
    "event": "the events that no signal names",
    "fit": "the ideal profile",
    "person": "the people of an account",
}
"""First part of the features that the toolkit makes by itself -> what they are about."""

MEASURES = ["'sources.events.properties'", "'sources.events.distinct'"]
"""These two may share a name: they make features of different kinds."""


def name_problems(signals: Signals, events: EventSource | None) -> list[str]:
    """Return a problem for each name that two owners share, or that would break a feature's name apart.

    Signals, ratios, limits, properties and distinct-counted columns give their names to features (``NAME.count.28d``).
    """
    stated = {"limit": ("the limits", signals.limits), "trial": ("the trial", signals.trial)}
    own = OWN | {name: what for name, (what, given) in stated.items() if given}
    owners: dict[str, list[str]] = {name: [f"the toolkit itself, for {what}"] for name, what in own.items()}
    for dimension, name, _ in signals.behaviour():
        owners.setdefault(name, []).append(f"'signals.{dimension}'")
    for name in signals.ratios:
        owners.setdefault(name, []).append("'signals.ratios'")
    if events is not None:
        for name in events.properties:
            owners.setdefault(name, []).append(MEASURES[0])
        for name in events.distinct:
            owners.setdefault(name, []).append(MEASURES[1])
    shared = [
        f"the name {name!r} is used by {' and by '.join(users)}, and both make features of that name; rename one"
        for name, users in owners.items()
        if len(users) > 1 and users != MEASURES
    ]
    places = {name: users[0] for name, users in owners.items()} | dict.fromkeys(signals.limits, "'signals.limits'")
    dotted = [
        f"{name!r} ({place}) holds a dot, which separates the parts of a feature's name; take '_' instead"
        for name, place in places.items()
        if "." in name
    ]
    return shared + dotted

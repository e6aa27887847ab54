"""What limits, ratios and the trial need of other sections."""

from __future__ import annotations

from pqlml.definition.signals import Signals
from pqlml.definition.sources import Sources
from pqlml.errors import nearest


def need_problems(signals: Signals, sources: Sources, *, dated: bool) -> list[str]:
    """Return a problem for each need that no section meets.

    Parameters
    ----------
    dated
        Whether it is known when entities signed up.
    """
    measured = [*_property_problems(signals, sources), *_event_problems(signals, sources)]
    return [*measured, *_trial_problems(signals, dated=dated)]


def ignored_without_times(signals: Signals) -> dict[str, bool]:
    """Return place -> whether it asks when something happened, which a plain table of leads cannot tell."""
    limits = {f"signals.limits.{name}": limit.attribute is None for name, limit in signals.limits.items()}
    return {**limits, "signals.ratios": bool(signals.ratios), "signals.trial": signals.trial is not None}


def _property_problems(signals: Signals, sources: Sources) -> list[str]:
    known = sources.events.properties if sources.events is not None else {}
    return [
        f"'signals.limits.{name}' speaks of the property {limit.property!r}, which 'sources.events.properties' lacks; "
        f"{nearest(limit.property, known)}"
        for name, limit in signals.limits.items()
        if limit.property is not None and limit.property not in known
    ]


def _event_problems(signals: Signals, sources: Sources) -> list[str]:
    if sources.events is not None:
        return []
    places = ["signals.ratios"] if signals.ratios else []
    places += [f"signals.limits.{name}" for name, limit in signals.limits.items() if limit.signal is not None]
    return [f"{place!r} counts events, which need 'sources.events'" for place in places]


def _trial_problems(signals: Signals, *, dated: bool) -> list[str]:
    if dated or signals.trial is None or signals.trial.started_at is not None:
        return []
    return ["'signals.trial' starts with the sign-up: map 'sources.entities.signup_at', or name 'started_at'"]

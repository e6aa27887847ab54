"""What entities did in their first days, and whether they converted afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pqlml.definition.model import Definition
from pqlml.definition.signals import EVERYTHING
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.events.tables import Tables
from pqlml.features import Vocabulary, build_features
from pqlml.features.behaviour import Signal
from pqlml.features.signals import all_signals, slug
from pqlml.labels import judge_pairs
from pqlml.labels.snapshots import after_signup, signups
from pqlml.report import numbers
from pqlml.report.wording import reason_label
from pqlml.review.association import Bools, Ints
from pqlml.times import days as days_of
from pqlml.warehouse.logic import ALWAYS, NEVER


@dataclass(frozen=True)
class Action:
    """Something that entities can do: a signal of the definition, or an event.

    ``name`` is that of the signal in features; ``noun`` is read by people. ``signal`` is false for an event that is
    part of a larger signal, and so has no features by name.
    """

    name: str
    noun: str
    did: str
    signal: bool = True


@dataclass(frozen=True)
class FirstDays:
    """Who had not converted so many days after sign-up, what they had done by then, and who converted afterwards.

    Attributes
    ----------
    entity, signup_at
        One per entity; ``signup_at`` as known at the end of the window.
    counts
        Entity x action: how often in the window.
    events, active_days
        How much they did in all.
    converted
        Whether the first conversion lies in the definition's window after these days, never within them.
    dropped
        Reason -> entities that are not looked at; ``already_converted`` are those who converted within the window.
    """

    days: int
    entity: npt.NDArray[np.object_]
    signup_at: npt.NDArray[np.datetime64]
    counts: Ints
    events: Ints
    active_days: Ints
    converted: Bools
    dropped: Mapping[str, int]


def actions_of(definition: Definition, vocabulary: Vocabulary) -> dict[Action, Signal]:
    """Return what is searched: the signals of the definition, their single events, and events that no signal names."""
    signals = {name: one for name, one in all_signals(definition, vocabulary).items() if name != EVERYTHING}
    for dimension, _, selection in definition.signals.selections():
        if len(selection.events) > 1 and not selection.where:
            for event in selection.events:
                name = f"event.{slug(event)}"
                if name not in signals:
                    signals[name] = Signal(definition, name, dimension, (event,))
    never = {definition.conversion.event, *definition.population.leaves_on}
    kept = [one for one in signals.values() if one.events is None or not never.issuperset(one.events)]
    named = all_signals(definition, vocabulary)
    return {_action(one, signal=one.name in named): one for one in kept}


def first_days(
    definition: Definition, tables: Tables, vocabulary: Vocabulary, days: Sequence[int]
) -> tuple[tuple[Action, ...], tuple[FirstDays, ...]]:
    """Count the actions of everybody's first days, for each length asked for.

    A length at which nobody is left comes back empty, with the reasons.

    Everybody is looked at exactly so long after sign-up, and by what was known then, whatever the definition's
    snapshots and ages are. Whoever converted within these days is dropped as already converted, and whose window
    afterwards is not over as immature, so nothing is counted that followed the conversion.

    Raises
    ------
    DataError
        If there are no events, or sign-ups are not known.
    NotEnoughDataError
        If nobody is left at any length; says why, and for which lengths there are data.
    """
    if definition.timeless or tables.events is None:
        msg = (
            f"the definition {definition.name!r} has no events: moments are actions, so name 'sources.events', and "
            f"what a conversion is by an 'event' or a 'stage'."
        )
        raise DataError(msg)
    if not definition.dated:
        msg = "days after sign-up need the date of sign-up: name its column under 'sources.entities.signup_at'."
        raise DataError(msg)
    anybody = definition.population.model_copy(update={"min_age_days": 0, "max_age_days": None})
    at_any_age = definition.model_copy(update={"population": anybody})
    actions = actions_of(definition, vocabulary)
    if not actions:
        msg = "no event but the conversion itself is in the data, so there is no action to search among."
        raise DataError(msg)
    found = [_window(at_any_age, tables, actions, length) for length in sorted(set(days))]
    if not any(len(window.entity) for window in found):
        raise NotEnoughDataError(_nobody_left(at_any_age, tables, found[0]))
    return tuple(actions), tuple(found)


def _nobody_left(definition: Definition, tables: Tables, window: FirstDays) -> str:
    """Say why nobody can be looked at so long after sign-up, and how long could be asked for."""
    periods = signups(definition, tables)
    first = tables.warehouse.fetch(periods.aggregate(first=periods.signup_at.min()))["first"][0].as_py()
    conversion = definition.conversion
    reasons = "; ".join(f"{reason_label(reason)}: {numbers.count(count)}" for reason, count in window.dropped.items())
    after = conversion.gap_days + conversion.horizon_days
    needed = f"{window.days} days of data, and {after:g} more in which a conversion counts"
    msg = f"nobody can be looked at {window.days} days after sign-up, which takes {needed} ({reasons})."
    if first is None:
        return f"{msg} No sign-up is known: check 'sources.entities.signup_at'."
    most = int((tables.observed_until - first) / dt.timedelta(days=1) - after)
    if most < 1:
        return f"{msg} The data end too soon after the first sign-up ({first:%-d %B %Y}): collect more."
    return f"{msg} With these data ask for at most {most} days (--days {most}); fewer leave more to look at."


def until(window: FirstDays, instant: dt.datetime, window_days: float) -> FirstDays:
    """Keep the entities whose outcome was known at an instant."""
    ends = window.signup_at + np.timedelta64(days_of(window.days + window_days))
    mine = ends <= np.datetime64(instant)
    return replace(
        window,
        entity=window.entity[mine],
        signup_at=window.signup_at[mine],
        counts=window.counts[mine],
        events=window.events[mine],
        active_days=window.active_days[mine],
        converted=window.converted[mine],
        dropped={**window.dropped, "immature": window.dropped.get("immature", 0) + int((~mine).sum())},
    )


def _window(definition: Definition, tables: Tables, actions: Mapping[Action, Signal], days: int) -> FirstDays:
    spine = after_signup(signups(definition, tables), [float(days)]).mutate(known=ALWAYS, repeated=NEVER)
    labels = judge_pairs(definition, tables, spine, name="first_days")
    everything = all_signals(definition, Vocabulary())[EVERYTHING]
    early = [signal.early(days) for signal in actions.values()]
    whole = [everything.early(days), everything.windowed("days", "all")]
    pairs = tables.warehouse.fetch(labels.pairs.select("row_id", "signup_at", "label").order_by("row_id"))
    table = build_features(tables, labels.pairs, [*early, *whole])
    values = table[[feature.name for feature in (*early, *whole)]].fillna(0).to_numpy(np.int64)
    return FirstDays(
        days,
        table["entity_id"].to_numpy(object),
        pairs["signup_at"].to_numpy().astype("datetime64[us]"),
        values[:, :-2],
        values[:, -2],
        values[:, -1],
        pairs["label"].to_numpy() == 1,
        dict(labels.dropped),
    )


def _action(one: Signal, *, signal: bool) -> Action:
    feature = one.early(1)
    return Action(one.name, feature.noun, feature.did, signal)

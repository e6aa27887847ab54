"""Events told apart by their properties, for executors that know events by name alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import ibis.expr.types as ir

from pqlml.errors import DataError
from pqlml.events.tables import Tables
from pqlml.features.spec import Feature
from pqlml.schema import KIND_SEPARATOR

NAME: Final = "event name"
"""Distinct-counted column of the names of events, once ``event`` holds their kinds."""


def selected_by(signal: str, events: Iterable[str]) -> tuple[str, ...]:
    """Name the events that a signal selects by their properties, as features name them."""
    return tuple(f"{event}{KIND_SEPARATOR}{signal}" for event in events)


def by_kind(tables: Tables, features: Sequence[Feature]) -> tuple[Tables, tuple[Feature, ...]]:
    """Return tables whose ``event`` is the event's kind, and features that name the kinds of these tables.

    A feature about an event by name is about all of its kinds; one about what a signal selects is about the kinds that
    carry the signal. Kinds of event are counted by name. Without kinds all stays as it is.

    Raises
    ------
    DataError
        If features are about selected events, and the tables were loaded without their signals.
    """
    events = tables.events
    if events is None or "kind" not in events.columns:
        lost = next((f.name for f in features if any(KIND_SEPARATOR in event for event in f.events or ())), None)
        if lost is not None and events is not None:
            msg = (
                f"{lost}: selects events by properties, but the tables were loaded by a definition without this signal."
            )
            raise DataError(msg)
        return tables, tuple(features)
    kinds = tables.warehouse.fetch(events.select("kind").distinct())["kind"].to_pylist()
    of_event: dict[str, list[str]] = {}
    for kind in sorted(kinds):
        name, *signals = kind.split(KIND_SEPARATOR)
        for event in (name, *selected_by_each(name, signals)):
            of_event.setdefault(event, []).append(kind)
    return replace(tables, events=_kinds_as_events(events)), tuple(_resolved(f, of_event) for f in features)


def selected_by_each(event: str, signals: Iterable[str]) -> list[str]:
    """Name an event as each of the signals selects it."""
    return [name for signal in signals for name in selected_by(signal, (event,))]


def _kinds_as_events(events: ir.Table) -> ir.Table:
    return events.mutate(**{f"d_{NAME}": events.event, "event": events.kind}).drop("kind")


def _resolved(feature: Feature, of_event: dict[str, list[str]]) -> Feature:
    events = feature.events
    if events is not None:
        events = tuple(dict.fromkeys(kind for event in events for kind in of_event.get(event, [event])))
    if feature.aggregate == "events":
        return replace(feature, events=events, aggregate="distinct", source=NAME)
    return replace(feature, events=events)

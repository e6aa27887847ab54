"""Sentences made anew from the raw files in plain Python: nothing of the toolkit's reading or counting is used."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pqlml.definition import Definition
from pqlml.explain.similar import AGES_DAYS, FEWEST
from pqlml.features.spec import BEHAVIOUR, Feature
from tests.features import oracle
from tests.features.oracle import Event, Pair

Value = float | str | None


class Raw:
    """The rows of the files, as far as sentences are about them.

    Parameters
    ----------
    definition
        Says which columns mean what.
    cutoff
        The instant at which the leads were looked at.
    """

    def __init__(self, folder: Path, definition: Definition, cutoff: dt.datetime) -> None:
        self.cutoff = cutoff
        self._events = _events(folder, definition)
        self._versions = _versions(folder, definition)
        self._memo: dict[tuple[str, str], Value] = {}

    def value(self, feature: Feature, entity: str) -> Value:
        """Return a feature of an entity, counted by hand."""
        key = (feature.name, entity)
        if key not in self._memo:
            self._memo[key] = self._counted(feature, entity)
        return self._memo[key]

    def typical(self, feature: Feature, entity: str, leads: Iterable[str]) -> float | None:
        """Return the lower median of the leads of its age, or of all where there are few; null where of nobody."""
        age = Feature("age", "engagement", "age", "age")
        leads = list(leads)
        mine = self._band(self.value(age, entity))
        same = [lead for lead in leads if mine is not None and self._band(self.value(age, lead)) == mine]
        group = same if len(same) >= FEWEST else leads
        if len(group) < FEWEST:
            return None
        known = [value for lead in group if isinstance(value := self.value(feature, lead), int | float)]
        return statistics.median_low(known) if known else None

    @staticmethod
    def _band(age: Value) -> int | None:
        return None if not isinstance(age, int | float) else sum(age > end for end in AGES_DAYS)

    def _counted(self, feature: Feature, entity: str) -> Value:
        version = self._as_known(entity)
        signup = version.get("signup_at")
        if feature.aggregate in BEHAVIOUR or feature.aggregate in ("acceleration", "complete", "ratio"):
            return oracle.value(feature, Pair(entity, self.cutoff, signup), self._events[entity])
        given = version.get(str(feature.source))
        match feature.aggregate:
            case "age":
                return None if signup is None else oracle.days(self.cutoff - signup)
            case "since":
                return None if given is None else oracle.days(self.cutoff - given)
            case "attribute":
                return given
            case "in_ideal" | "in_negative":
                return None if given is None else float(_inside(feature, given))
            case "days_left" | "share_used":
                return self._trial(feature, entity)
            case _:
                raise NotImplementedError(feature.aggregate)

    def _trial(self, feature: Feature, entity: str) -> float | None:
        began, end = (self.value(one, entity) for one in feature.inputs)
        if not isinstance(end, int | float):
            return None
        if feature.aggregate == "days_left":
            return -end
        if not isinstance(began, int | float) or began == end:
            return None
        return min(1.0, max(0.0, began / (began - end)))

    def _as_known(self, entity: str) -> Mapping[str, Any]:
        """Return the newest version at the cutoff; a version that states no sign-up leaves the one before it."""
        known: dict[str, Any] = {}
        for version in self._versions[entity]:
            if version["valid_from"] is None or version["valid_from"] <= self.cutoff:
                signup = version["signup_at"] or known.get("signup_at")
                known = {**version, "signup_at": signup}
        first = next((each["signup_at"] for each in self._versions[entity] if each["signup_at"] is not None), None)
        return known or {"signup_at": first}


def _inside(feature: Feature, given: object) -> bool:
    if feature.bounds is not None:
        low, high = feature.bounds
        return (low is None or float(str(given)) >= low) and (high is None or float(str(given)) <= high)
    listed = {part.strip().lower() for part in str(given).replace(";", ",").split(",")}
    return bool(listed & {value.lower() for value in feature.values or ()})


def _rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file; instants without their zone, which is UTC, and empty texts as unknown."""
    return [
        {
            name: None if value == "" else value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
            for name, value in row.items()
        }
        for row in pq.read_table(path).to_pylist()
    ]


def _events(folder: Path, definition: Definition) -> dict[str, list[Event]]:
    source = definition.sources.events
    assert source is not None
    names = source.model_dump()
    (measure,) = source.properties.values()
    seen: set[str] = set()
    found: dict[str, list[Event]] = defaultdict(list)
    for row in sorted(_rows(folder / str(source.path)), key=lambda row: _known(row, names)):
        entity, event, number = row[names["entity_id"]], row[names["event"]], row[names["event_id"]]
        if not entity or not event or row[names["ts"]] is None or number in seen:
            continue
        if number is not None:
            seen.add(number)
        amount = row[measure.column]
        known, ts = _known(row, names)
        usable = amount is not None and math.isfinite(amount)
        person, session = row[names["user_id"]], row[names["session_id"]]
        found[entity].append(Event(entity, event, ts, known, person, session, float(amount) if usable else None))
    return found


def _known(row: Mapping[str, Any], names: Mapping[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """Return when an event was known, not before it happened, and when it happened."""
    ts = row[names["ts"]] or dt.datetime.max
    return max(ts, row[names["known_at"]] or ts), ts


def _versions(folder: Path, definition: Definition) -> dict[str, list[dict[str, Any]]]:
    source = definition.sources.entities
    assert source is not None
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(folder / str(source.path)):
        dates = {"signup_at": row[str(source.signup_at)], "valid_from": row[str(source.valid_from)]}
        found[row[source.entity_id]].append({**row, **dates})
    for versions in found.values():
        versions.sort(key=lambda row: (row["valid_from"] is not None, row["valid_from"]))
    return found

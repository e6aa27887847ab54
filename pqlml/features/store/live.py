"""The real-time path: one entity at a time, with events that the state does not have yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.errors import DataError, NotFoundError, nearest
from pqlml.events.tables import Tables
from pqlml.features.build import build_features
from pqlml.features.derive import derived, executed
from pqlml.features.kernel.exact import NULL, Integers
from pqlml.features.spec import BEHAVIOUR, DERIVED, PROFILE, Feature
from pqlml.features.store.answers import Answers
from pqlml.features.store.fingerprints import fingerprints
from pqlml.features.store.known_ids import KnownIds
from pqlml.features.store.loops import ENTITY, Asked
from pqlml.features.store.records import as_instant, as_microseconds
from pqlml.times import DAY_MICROSECONDS, iso, parse_instant

Value = float | str | None

_KEYS: Final = ("entity_id", "event", "ts", "known_at", "event_id", "user_id", "session_id")


class Live:
    """Features of some entities from an instant on, kept ready in memory.

    Events that are added here count at once, and are gone when this is: the state takes them in with its next update.

    Parameters
    ----------
    pairs
        One row per entity: ``row_id``, ``entity_id``, ``cutoff`` (one and the same, from which on it serves),
        ``signup_at``. Of the entities themselves, what was known at that instant is told.

    Raises
    ------
    DataError
        If a feature needs more than what the state keeps, or the instant is older than what it serves at once.
    """

    def __init__(
        self, answers: Answers, ids: KnownIds, tables: Tables, pairs: ir.Table, features: Sequence[Feature]
    ) -> None:
        wanted = executed(features)
        self._features, self._ids, self._layout = tuple(features), ids, answers.layout
        self._behaviour = [feature for feature in wanted if feature.aggregate in BEHAVIOUR]
        profile = [feature for feature in wanted if feature.aggregate in PROFILE]
        self._ages = [feature.name for feature in profile if feature.aggregate in ("age", "since")]
        rows = tables.warehouse.fetch(pairs.order_by("row_id").select("entity_id", "cutoff", "signup_at"))
        _require_ready(answers, self._behaviour, rows)
        self._asked = answers.asked(rows)
        self._from = int(self._asked.cutoff[0])
        self._reader = answers.reader(self._behaviour, self._asked)
        self._newer, self._codes = self._reader.newer, answers.codes(self._behaviour)
        self._place = {entity: place for place, entity in enumerate(rows["entity_id"].to_pylist())}
        frame = build_features(tables, pairs, profile)
        self._profile = {feature.name: frame[feature.name].to_numpy(object) for feature in profile}
        self._until = _next_versions(tables, as_instant(self._from))
        self._added: dict[int, list[Integers]] = {}
        self._seen: set[int] = set()

    def features_of(self, entity_id: str, cutoff: dt.datetime) -> dict[str, Value]:
        """Return the features of an entity by name (null as None), as a full build gives them.

        Raises
        ------
        NotFoundError
            If it is not among the pairs.
        DataError
            If the cutoff is older than that of the pairs, or the entity has changed by then.
        """
        place, instant = self._place_of(entity_id), as_microseconds(cutoff)
        self._require_served(entity_id, instant)
        begin, records = self._newer
        mine = [records[begin[place] : begin[place + 1]], *self._added.get(place, ())]
        newer = np.concatenate(mine)
        newer[:, ENTITY] = 0
        entity, signup = self._asked.entity[place : place + 1], self._asked.signup[place : place + 1]
        asked = Asked(entity, np.zeros(1, np.int64), np.array([instant]), signup)
        values = dict(zip(self._behaviour_names, self._reader.one(asked, newer).tolist(), strict=True))
        found: dict[str, object] = {**values, **self._profile_of(place, instant)}
        inputs = {name: np.array([_number(value)]) for name, value in found.items()}
        for feature in self._features:
            if feature.aggregate in DERIVED:
                found[feature.name] = float(derived(feature, inputs)[0])
        return {feature.name: _plain(found[feature.name]) for feature in self._features}

    def add(self, event: Mapping[str, object]) -> bool:
        """Let an event count from now on; return whether it is new.

        A copy of an event that is known changes nothing.

        Parameters
        ----------
        event
            ``entity_id``, ``event``, ``ts``; ``known_at`` (``ts`` by default), ``event_id``, ``user_id``,
            ``session_id``, and properties and distinct-counted columns under their names in the definition.

        Raises
        ------
        NotFoundError
            If the entity is not among the pairs.
        DataError
            If a key has no meaning, or the entity, the event or the time is missing.
        """
        self._require_keys(event)
        place = self._place_of(str(event["entity_id"]))
        ts = as_microseconds(_instant(event["ts"]))
        known = max(ts, ts if event.get("known_at") is None else as_microseconds(_instant(event["known_at"])))
        texts = [event.get(key.removeprefix("d_")) for key in ("event_id", *self._layout.keys)]
        event_id, *keys = fingerprints(pa.array([_text(text) for text in texts], pa.string())).tolist()
        if event_id != 0:
            if event_id in self._seen or self._ids.since(np.array([event_id]))[0] != NULL:
                return False
            self._seen.add(event_id)
        amounts = [_number(event.get(name.removeprefix("p_"))) for name in self._layout.properties]
        code = self._codes.setdefault(str(event["event"]), len(self._codes) + 1)
        record = [ts, 0, code, known, *keys, *np.array(amounts, np.float64).view(np.int64).tolist()]
        self._added.setdefault(place, []).append(np.array([record], np.int64))
        return True

    @property
    def _behaviour_names(self) -> list[str]:
        return [feature.name for feature in self._behaviour]

    def _require_served(self, entity_id: str, instant: int) -> None:
        until = self._until.get(entity_id)
        if instant < self._from:
            why = f"it is served from {iso(as_instant(self._from))} on"
        elif until is not None and instant >= until:
            why = f"what is known of it changes at {iso(as_instant(until))}"
        else:
            return
        msg = f"{entity_id!r} cannot be told as of {iso(as_instant(instant))}: {why}. Open the state for that instant."
        raise DataError(msg)

    def _place_of(self, entity_id: str) -> int:
        place = self._place.get(entity_id)
        if place is None:
            msg = f"{entity_id!r} is not among the {len(self._place)} entities that were opened."
            raise NotFoundError(msg)
        return place

    def _profile_of(self, place: int, instant: int) -> dict[str, object]:
        found: dict[str, object] = {name: column[place] for name, column in self._profile.items()}
        for name in self._ages:
            days = _number(found[name])
            passed = round(days * DAY_MICROSECONDS) + instant - self._from if days == days else None  # noqa: PLR0124 - NaN
            found[name] = None if passed is None else passed / DAY_MICROSECONDS
        return found

    def _require_keys(self, event: Mapping[str, object]) -> None:
        names = [*_KEYS, *(name[2:] for name in (*self._layout.keys, *self._layout.properties) if name not in _KEYS)]
        unknown = [name for name in event if name not in names]
        missing = [name for name in ("entity_id", "event", "ts") if event.get(name) is None]
        if unknown or missing:
            told = [f"unknown {name!r}, {nearest(name, names)}" for name in unknown]
            msg = f"the event cannot be read: {'; '.join([*told, *(f'{name!r} is missing' for name in missing)])}"
            raise DataError(msg)


def _require_ready(answers: Answers, features: Sequence[Feature], rows: pa.Table) -> None:
    slow = [feature.name for feature in features if not answers.is_ready(feature)]
    instants = rows["cutoff"].unique().to_pylist()
    if slow:
        msg = f"{', '.join(slow)}: made of all events; a state does not keep what it takes to have them at once."
    elif len(instants) != 1 or len(rows["entity_id"].unique()) != rows.num_rows:
        msg = f"expected one pair per entity, all with one cutoff; given {rows.num_rows} with {len(instants)} cutoffs."
    elif not answers.serves(as_microseconds(instants[0])):
        msg = f"{iso(instants[0])} is older than what the state serves at once; take a later instant."
    else:
        return
    raise DataError(msg)


def _next_versions(tables: Tables, at: dt.datetime) -> dict[str, int]:
    """Return when what is known at an instant ends, for the entities for which it does."""
    versions, instant = tables.entities, ibis.literal(at, "timestamp(6)")
    ahead = versions.filter(versions.valid_from > instant)
    rows = tables.warehouse.fetch(ahead.group_by("entity_id").agg(until=ahead.valid_from.min()))
    return {row["entity_id"]: as_microseconds(row["until"]) for row in rows.to_pylist()}


def _instant(value: object) -> dt.datetime:
    if isinstance(value, str | dt.date):
        return parse_instant(value)
    msg = f"{value!r} is no instant; expected a datetime, or text in ISO 8601."
    raise DataError(msg)


def _text(value: object) -> str | None:
    text = None if value is None else str(value)
    return text if text is not None and text.strip() else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | np.number) else float("nan")


def _plain(value: object) -> Value:
    if isinstance(value, str):
        return value
    number = _number(value)
    return None if number != number else number  # noqa: PLR0124 - NaN

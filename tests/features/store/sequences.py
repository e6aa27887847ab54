"""Random lives of a source: days come, events come late, twice and changed, and are deleted; on edges, mostly."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from pqlml.definition import Definition, parse_definition
from pqlml.events import Tables
from pqlml.events.read_events import read_events
from pqlml.warehouse import LocalWarehouse
from tests.features.histories import TICK
from tests.features.oracle import DAY

START = dt.datetime(2025, 1, 1)
NAMES = ("signed_in", "invite sent", "报告", "café ☕", "bought")
DEFINITION = """\
name: lives
sources:
  events:
    path: events.parquet
    user_id: user_id
    known_at: known_at
    event_id: event_id
    session_id: session_id
    properties: {amount: amount}
    distinct: {place: place}
snapshots: {every_days: 1}
conversion: {event: bought, horizon_days: 7}
signals:
  engagement: {active: [signed_in], features: [报告, café ☕, never seen]}
  team: {invited: [invite sent]}
windows_days: [7, 14, 28, all]
"""
_INSTANT, _TEXT = pa.timestamp("us"), pa.string()
SCHEMA = pa.schema(
    {
        "entity_id": _TEXT,
        "user_id": _TEXT,
        "event": _TEXT,
        "ts": _INSTANT,
        "known_at": _INSTANT,
        "event_id": _TEXT,
        "session_id": _TEXT,
        "amount": pa.float64(),
        "place": _TEXT,
    }
)


def definition() -> Definition:
    return parse_definition(DEFINITION)


@dataclass(frozen=True)
class Row:
    entity_id: str | None
    event: str | None
    ts: dt.datetime | None
    known_at: dt.datetime | None
    event_id: str | None
    user_id: str | None = None
    session_id: str | None = None
    amount: float | None = None
    place: str | None = None

    @property
    def usable(self) -> bool:
        return self.entity_id is not None and self.ts is not None and bool(self.event and self.event.strip())

    def rank(self) -> list[tuple[bool, Any]]:
        """Return what orders rows with one id; null comes last, and a number that is none before it."""
        assert self.ts is not None
        known = max(self.ts, self.known_at or self.ts)
        texts = [(text or "").encode() or None for text in (self.entity_id, self.event, self.user_id, self.session_id)]
        amount = None if self.amount is None else (self.amount != self.amount, self.amount)
        place = None if self.place is None else self.place.encode()
        return [(value is None, value) for value in (known, self.ts, *texts, amount, place)]


@dataclass(frozen=True)
class Step:
    """What happens at once: rows come, or some are deleted."""

    rows: tuple[Row, ...] = ()
    event_ids: tuple[str, ...] = ()
    entity_ids: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()

    def apply(self, source: Sequence[Row]) -> list[Row]:
        """Return the rows of the source afterwards; an event that is deleted takes all its copies along."""
        gone = {row.event_id for row in events_of(source) if self._deletes(row)} - {None}
        kept = [row for row in source if row.event_id not in gone and not self._deletes(row)]
        return [*kept, *self.rows]

    def _deletes(self, row: Row) -> bool:
        return row.event_id in self.event_ids or row.entity_id in self.entity_ids or row.user_id in self.user_ids


def events_of(source: Sequence[Row]) -> list[Row]:
    """Return the rows that count: of those with one id, the one known first, then by content."""
    best: dict[str, Row] = {}
    for row in source:
        if row.usable and row.event_id is not None:
            best[row.event_id] = min(best.get(row.event_id, row), row, key=Row.rank)
    return [row for row in source if row.usable and (row.event_id is None or best[row.event_id] is row)]


@dataclass
class Life:
    """A source that goes on."""

    chance: random.Random
    entities: int = 5
    now: dt.datetime = START
    rows: list[Row] = field(default_factory=list)
    ids: int = 0

    def steps(self, number: int) -> Iterator[Step]:
        """Yield steps, the first of which brings some weeks."""
        yield self._done(Step(rows=tuple(self._days(self.chance.choice([1, 40, 90])))))
        for _ in range(number - 1):
            yield self._done(self._step())

    def _done(self, step: Step) -> Step:
        self.rows = step.apply(self.rows)
        return step

    def _step(self) -> Step:
        chance = self.chance
        kinds: dict[str, Callable[[], Step]] = {
            "days": lambda: Step(rows=tuple(self._days(chance.choice([1, 1, 1, 3, 8, 40])))),
            "late": lambda: Step(rows=tuple(self._late(chance.randint(1, 5)))),
            "again": lambda: Step(rows=tuple(self._again(chance.randint(1, 5)))),
            "delete": lambda: Step(event_ids=tuple(self._some_ids())),
            "forget entity": lambda: Step(entity_ids=(f"entity {chance.randrange(self.entities)}",)),
            "forget user": lambda: Step(user_ids=(self._user() or "u1",)),
            "mixed": self._mixed,
        }
        return kinds[chance.choice(["days", "days", *kinds])]()

    def _mixed(self) -> Step:
        rows = [*self._days(1), *self._late(2), *self._again(2), self._unusable()]
        self.chance.shuffle(rows)
        return Step(rows=tuple(rows))

    def _some_ids(self) -> list[str]:
        ids = [row.event_id for row in self.rows if row.event_id is not None]
        return ["unknown", *self.chance.sample(ids, min(len(ids), self.chance.randint(1, 5)))]

    def _days(self, number: int) -> Iterator[Row]:
        """Go on by some days."""
        for _ in range(number):
            if self.chance.random() < 0.1:
                self.entities += 1
            for _ in range(self.chance.choice([0, 1, 3, 6])):
                yield self._event(self._within(self.now))
            self.now += DAY

    def _late(self, number: int) -> Iterator[Row]:
        """Let events come late: some are known only from now on, some were always known but not there."""
        for _ in range(number):
            row = self._event(self._within(self.now - self.chance.randint(1, 100) * DAY))
            yield replace(row, known_at=self.chance.choice([row.known_at, self.now, self.now - TICK, self.now + DAY]))

    def _again(self, number: int) -> Iterator[Row]:
        """Send events again: as they were, known at another time, or with other content."""
        chance = self.chance
        for row in chance.sample(self.rows, min(len(self.rows), number)):
            changes: list[dict[str, Any]] = [
                {},
                {"known_at": self.now},
                {"known_at": row.ts},
                {"known_at": row.ts, "ts": self._within(self.now - 30 * DAY)},
                {"user_id": self._user()},
                {"entity_id": f"entity {chance.randrange(self.entities)}", "event": chance.choice(NAMES)},
            ]
            yield replace(row, **chance.choice(changes))

    def _unusable(self) -> Row:
        row, chance = self._event(self._within(self.now)), self.chance
        return chance.choice([replace(row, entity_id=None), replace(row, event=" "), replace(row, ts=None)])

    def _within(self, midnight: dt.datetime) -> dt.datetime:
        """Return an instant of the day, or just beside it."""
        spread = midnight + self.chance.randrange(86_400_000_000) * TICK
        return self.chance.choice([midnight, midnight - TICK, midnight + TICK, spread, spread, spread, spread])

    def _user(self) -> str | None:
        return self.chance.choice([None, "u1", "u2", "ü3", ""])

    def _event(self, ts: dt.datetime) -> Row:
        chance = self.chance
        self.ids += 1
        late = chance.choice([dt.timedelta()] * 6 + [TICK, DAY, 3 * DAY, 45 * DAY, -DAY])
        return Row(
            f"entity {chance.randrange(self.entities)}",
            chance.choice([*NAMES, f"rare {chance.randrange(30)}"]),
            ts,
            chance.choice([ts + late, None]),
            None if chance.random() < 0.05 else f"id {self.ids}",
            self._user(),
            chance.choice([None, "s1", f"s{self.ids // 3}", f"s{self.ids // 3}"]),
            chance.choice([None, float("nan"), float("inf"), 0.1, -2.5, 1234567.891011, chance.gauss(0, 1e5)]),
            chance.choice([None, "a", "b", f"place {chance.randrange(50)}"]),
        )


def table(rows: Sequence[Row]) -> pa.Table:
    """Return rows as the source holds them."""
    columns = [pa.array([getattr(row, field.name) for row in rows], field.type) for field in SCHEMA]
    return pa.table(columns, schema=SCHEMA)


def tables(warehouse: LocalWarehouse, rows: Sequence[Row]) -> Tables:
    """Read all rows of the source, as a full build does."""
    source = definition().sources.events
    assert source is not None
    raw = warehouse.save_arrow("raw", table(rows))
    events, _, _ = read_events(warehouse, source, raw, dt.datetime(2100, 1, 1), None)
    people = pa.table({"entity_id": pa.array([], _TEXT)})
    return Tables(
        warehouse, events, warehouse.save_arrow("entities", people), None, dt.datetime(2100, 1, 1), {}, (), ()
    )


def pair_table(warehouse: LocalWarehouse, chance: random.Random, life: Life) -> ir.Table:
    """Return pairs of all entities, and of one that never did anything, at cutoffs around the newest."""
    shared = life.now + chance.choice([0, 0, 0, 1, -1, 3_600_000_000]) * TICK
    pairs = []
    for number in range(life.entities + 2):
        cutoffs = {shared, *(shared - chance.choice([0, 1, 7, 40, 80]) * DAY for _ in range(chance.choice([0, 0, 2])))}
        signup = chance.choice([None, START - DAY, START + chance.random() * 100 * DAY])
        pairs += [(f"entity {number}", cutoff, signup) for cutoff in cutoffs]
    chance.shuffle(pairs)
    entity, cutoff, signup_at = zip(*pairs, strict=True)
    columns = {
        "row_id": pa.array(range(len(pairs)), pa.int64()),
        "entity_id": pa.array(entity),
        "cutoff": pa.array(cutoff, _INSTANT),
        "signup_at": pa.array(signup_at, _INSTANT),
    }
    return warehouse.save_arrow("pairs", pa.table(columns))

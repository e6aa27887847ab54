"""The best DuckDB SQL that we could write by hand for the matrix.

What made it fast, most weighty first: events are read once into a narrow table of numbers; time is cut at every edge
of every window, and events are added up per (account, event, segment) once for all cutoffs; distinct users and
sessions keep a bit per segment; the wide form comes last, with ``CASE`` (``FILTER`` takes three to five times as
long), and two window counts share one integer there. It relies on what this data offers: shared cutoffs at midnight,
so that days do not straddle segments; no event that was known late; names without quotes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from feature_table.matrix import CALENDARS, DISTINCT, EVENTS, TIMED, TRENDING, WINDOWS, suffix

LOW = (1 << 32) - 1
"""Two counts in one integer: the lower half is the longer window."""

PARTS_OF_EVENTS = 25_000_000
"""Beyond this many events, parts of the accounts are taken one after the other, to bound memory."""


def prepare(folder: Path, calendar: str) -> Callable[[], list[pa.Table]]:
    """Open the tables; return the function that builds the matrix, part by part."""
    engine = duckdb.connect(config={"preserve_insertion_order": False, "temp_directory": str(folder / "spill")})
    engine.execute("SET enable_progress_bar = false")
    engine.execute(f"CREATE TYPE event_name AS ENUM {EVENTS}")
    for name, file in (("events", "events"), ("pairs", f"pairs_{calendar}")):
        engine.execute(f"CREATE VIEW {name} AS FROM '{folder / file}.parquet'")
    cutoffs = CALENDARS[calendar]

    def build() -> list[pa.Table]:
        (events,) = engine.execute("SELECT count(*) FROM events").fetchone() or (0,)
        parts = -(-events // PARTS_OF_EVENTS)
        return [table for part in range(parts) for table in _part(engine, cutoffs, part, parts)]

    return build


def _part(engine: duckdb.DuckDBPyConnection, cutoffs: Sequence[dt.datetime], part: int, parts: int) -> list[pa.Table]:
    of_part = f"hash(entity_id) % {parts} = {part}" if parts > 1 else "true"
    for name, query in _tables(Segments(cutoffs), of_part):
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
    # A query for each: in a union of 26, DuckDB 1.5 waits for itself for ever; in one of 4 it is no quicker.
    return [engine.execute(_wide(Segments(cutoffs), cutoff)).to_arrow_table() for cutoff in cutoffs]


class Segments:
    """Time cut at every edge of every window; segment 0 lies before the first edge."""

    def __init__(self, cutoffs: Sequence[dt.datetime]) -> None:
        edges = {cutoff - dt.timedelta(days=window or 0) for cutoff in cutoffs for window in WINDOWS}
        self.edges = sorted(edges)
        self.bits = "UINTEGER" if len(self.edges) < 32 else "UBIGINT"  # noqa: PLR2004 - bits of the type

    def begin(self, cutoff: dt.datetime, window: int | None) -> int:
        """Return the first segment of the window."""
        return 0 if window is None else self.edges.index(cutoff - dt.timedelta(days=window)) + 1

    def end(self, cutoff: dt.datetime) -> int:
        """Return the first segment that does not belong to the window."""
        return self.edges.index(cutoff) + 1

    def mask(self, cutoff: dt.datetime, window: int | None) -> int:
        """Return the segments of the window as bits."""
        return (1 << self.end(cutoff)) - (1 << self.begin(cutoff, window))


def _tables(segments: Segments, of_part: str) -> Iterator[tuple[str, str]]:
    """Yield the tables that read events: the narrow log, then what is added up per segment."""
    segment = " + ".join(f"(ts >= TIMESTAMP '{edge}')::UTINYINT" for edge in segments.edges)
    yield (
        "people",
        f"""SELECT *, (dense_rank() OVER (ORDER BY entity_id))::INTEGER AS entity FROM pairs WHERE {of_part}""",
    )
    yield (
        "log",
        f"""SELECT entity, event::event_name AS event, {segment} AS segment, ts, p_seconds AS seconds,
          hash(user_id) AS user, hash(session_id) AS session
        FROM events JOIN (SELECT DISTINCT entity_id, entity FROM people) USING (entity_id)
        WHERE ts < TIMESTAMP '{segments.edges[-1]}'""",
    )
    yield (
        "by_event",
        """SELECT entity, event, segment, count(*) AS n, sum(seconds) AS seconds, max(ts) AS newest, min(ts) AS oldest
        FROM log GROUP BY ALL""",
    )
    for key in ("user", "session"):
        yield (
            f"by_{key}",
            f"""SELECT entity, seen, count(*)::INTEGER AS n
            FROM (SELECT entity, {key}, bit_or(1::{segments.bits} << segment::{segments.bits}) AS seen
              FROM log GROUP BY ALL)
            GROUP BY ALL""",
        )
    yield (
        "by_day",
        """SELECT entity, segment, count(*)::INTEGER AS n
        FROM (SELECT DISTINCT entity, segment, ts::DATE AS day FROM log)
        GROUP BY ALL""",
    )


def _wide(segments: Segments, cutoff: dt.datetime) -> str:
    """Return the query for the rows of one cutoff."""

    def inside(window: int | None, value: str) -> str:
        begin = segments.begin(cutoff, window)
        return f"CASE WHEN segment >= {begin} THEN {value} ELSE 0 END" if begin else value

    def seen(key: str) -> str:
        counts = [
            f"sum(CASE WHEN seen & {segments.mask(cutoff, window)}::{segments.bits} <> 0 THEN n ELSE 0 END)::INTEGER "
            f'AS "{key}s.{suffix(window)}"'
            for window in WINDOWS
        ]
        return f"SELECT entity, {', '.join(counts)} FROM by_{key} GROUP BY ALL"

    end = segments.end(cutoff)
    seconds = [f"sum({inside(window, 'seconds')}) AS seconds_{suffix(window)}" for window in WINDOWS]
    days = [f'sum({inside(window, "n")})::INTEGER AS "days.{suffix(window)}"' for window in WINDOWS]
    return f"""WITH asked AS (FROM people WHERE cutoff = TIMESTAMP '{cutoff}'),
    narrow AS (
      SELECT entity, event, sum(n + {inside(28, "n << 32")})::BIGINT AS longer,
        sum({inside(14, "n")} + {inside(7, "n << 32")})::BIGINT AS shorter,
        {", ".join(seconds)}, max(newest) AS newest, min(oldest) AS oldest
      FROM by_event WHERE segment < {end} GROUP BY ALL
    ),
    wide AS (SELECT entity, {", ".join(_pivoted())} FROM narrow GROUP BY ALL),
    users AS ({seen("user")}),
    sessions AS ({seen("session")}),
    days AS (SELECT entity, {", ".join(days)} FROM by_day WHERE segment < {end} GROUP BY ALL)
    SELECT row_id, {", ".join(_finished())} FROM asked LEFT JOIN wide USING (entity) LEFT JOIN users USING (entity)
      LEFT JOIN sessions USING (entity) LEFT JOIN days USING (entity)"""


def _pivoted() -> Iterator[str]:
    for event in EVENTS:
        for half in ("longer", "shorter"):
            yield f"max(CASE WHEN event = '{event}' THEN {half} ELSE 0 END) AS {half}_{event}"
    yield "sum(longer)::BIGINT AS longer, sum(shorter)::BIGINT AS shorter"
    for window in WINDOWS:
        yield f'sum(seconds_{suffix(window)}) AS "seconds.{suffix(window)}"'
        yield f'count(CASE WHEN {_count("", window)} > 0 THEN 1 END) AS "events.{suffix(window)}"'
    yield "max(newest) AS newest"
    for event in TIMED:
        yield f"max(CASE WHEN event = '{event}' THEN newest END) AS newest_{event}"
        yield f"min(CASE WHEN event = '{event}' THEN oldest END) AS oldest_{event}"


def _finished() -> Iterator[str]:
    """Yield the columns, in order."""
    for window in WINDOWS:
        for event in EVENTS:
            yield f'coalesce({_count(f"_{event}", window)}, 0)::INTEGER AS "count.{event}.{suffix(window)}"'
    for window in WINDOWS:
        yield f'coalesce({_count("", window)}, 0)::INTEGER AS "count.{suffix(window)}"'
    for name in (f"{kind}.{suffix(window)}" for kind in (*DISTINCT, "seconds") for window in WINDOWS):
        yield f'coalesce("{name}", 0) AS "{name}"'
    yield f"{_days('cutoff', 'newest')} AS recency"
    for event in TIMED:
        yield f'{_days("cutoff", f"newest_{event}")} AS "recency.{event}"'
    for event in TIMED:
        yield f'{_days(f"oldest_{event}", "signup_at")} AS "first.{event}"'
    for event in ("", *TRENDING):
        recent, month = (_count(f"_{event}" if event else "", window) for window in (7, 28))
        trend = f"CASE WHEN {month} > 0 THEN {recent} / 7 / (({month} - {recent} + 1) / 21) END"
        yield f'{trend} AS "{f"trend.{event}" if event else "trend"}"'
    yield f"{_days('cutoff', 'signup_at')} AS age_days"


def _count(of: str, window: int | None) -> str:
    half = "longer" if window in (28, None) else "shorter"
    return f"({half}{of} >> 32)" if window in (7, 28) else f"({half}{of} & {LOW})"


def _days(later: str, earlier: str) -> str:
    return f"(epoch_us({later}) - epoch_us({earlier})) / 86400e6"

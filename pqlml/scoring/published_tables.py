"""The contracts of the published tables, checked before a run becomes visible."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Final, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pqlml.errors import DataError, nearest
from pqlml.schema import DIMENSIONS, TIERS
from pqlml.scoring.published_records import ChangePart, Direction, Run, Section, Which

TOLERANCE: Final = 1e-6
"""How far a sum may be from what it must add up to."""

_TEXT: Final = pa.string()
_NUMBER: Final = pa.float64()
_WHOLE: Final = pa.int64()
_INSTANT: Final = pa.timestamp("us")

POINTS_COLUMNS: Final = tuple(f"points_{dimension}" for dimension in DIMENSIONS)


def _schema(columns: Mapping[str, pa.DataType], nullable: tuple[str, ...] = ()) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=name in nullable) for name, kind in columns.items()])


SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    "scores": _schema(
        {
            "run_id": _TEXT,
            "entity_id": _TEXT,
            "as_of": _INSTANT,
            "definition_hash": _TEXT,
            "model_version": _TEXT,
            "rank": _WHOLE,
            "probability": _NUMBER,
            "log_odds": _NUMBER,
            "points": _NUMBER,
            "tier": _TEXT,
            "base_points": _NUMBER,
            **dict.fromkeys(POINTS_COLUMNS, _NUMBER),
        }
    ),
    "reasons": _schema(
        {
            "run_id": _TEXT,
            "entity_id": _TEXT,
            "rank": _WHOLE,
            "direction": _TEXT,
            "group": _TEXT,
            "dimension": _TEXT,
            "contribution": _NUMBER,
            "points": _NUMBER,
            "feature": _TEXT,
            "fact": _NUMBER,
            "typical": _NUMBER,
            "similar": _TEXT,
            "statement": _TEXT,
            "sentence": _TEXT,
        },
        nullable=("fact", "typical", "similar"),
    ),
    "contributions": _schema(
        {"run_id": _TEXT, "entity_id": _TEXT, "group": _TEXT, "dimension": _TEXT, "contribution": _NUMBER}
    ),
    "profile": _schema(
        {"run_id": _TEXT, "entity_id": _TEXT, "section": _TEXT, "position": _WHOLE, "label": _TEXT, "value": _TEXT}
    ),
    "people": _schema(
        {
            "run_id": _TEXT,
            "entity_id": _TEXT,
            "which": _TEXT,
            "user_id": _TEXT,
            "name": _TEXT,
            "email": _TEXT,
            "role": _TEXT,
            "seniority": _WHOLE,
            "events": _WHOLE,
            "window_days": _WHOLE,
        },
        nullable=("name", "email", "role", "seniority"),
    ),
    "changes": _schema(
        {
            "run_id": _TEXT,
            "entity_id": _TEXT,
            "position": _WHOLE,
            "part": _TEXT,
            "label": _TEXT,
            "change": _NUMBER,
            "points": _NUMBER,
            "sentence": _TEXT,
        },
        nullable=("sentence",),
    ),
}
"""Columns of each published table; every table has the grain of its key (see ``KEYS``) within one run."""

DROPPED: Final = _schema(
    {"run_id": _TEXT, "entity_id": _TEXT, "cutoff": _INSTANT, "reason": _TEXT}, nullable=("cutoff",)
)
"""Columns of the table of entities without a score: when they were looked at, and why they have none."""

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "scores": ("entity_id",),
    "reasons": ("entity_id", "rank"),
    "contributions": ("entity_id", "group"),
    "profile": ("entity_id", "position"),
    "people": ("entity_id", "which"),
    "changes": ("entity_id", "position"),
}
"""What identifies a row of each table within a run; leads are read in the order of the key's last column."""

_ALLOWED: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("scores", "tier"): TIERS,
    ("reasons", "direction"): get_args(Direction),
    ("reasons", "dimension"): DIMENSIONS,
    ("contributions", "dimension"): (*DIMENSIONS, "base"),
    ("profile", "section"): get_args(Section),
    ("people", "which"): get_args(Which),
    ("changes", "part"): get_args(ChangePart),
}


def conform(run: Run, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the tables with exactly the published columns and types, or say what is wrong with them.

    Parameters
    ----------
    run
        The run that the tables belong to.
    tables
        ``scores``, ``reasons``, ``contributions``, ``profile``, ``people`` and ``changes``; order of rows and columns
        does not matter.

    Raises
    ------
    DataError
        If a table or column is missing or unknown, a type differs, a value is null, not finite or not among the
        allowed ones, a key repeats, ranks are not 1, 2, 3 ..., a detail has no score, the tables and the run disagree,
        the points by dimension do not sum to the points, or the contributions do not sum to the log-odds.
    """
    _require_names("published run", "table", tables, SCHEMAS)
    checked = {name: _conform_table(name, tables[name]) for name in SCHEMAS}
    _require_agreement(run, checked)
    _require_ranks(checked["scores"])
    for name in ("reasons", "contributions", "profile", "people", "changes"):
        _require_scored(name, checked[name], checked["scores"])
    _require_point_sums(checked["scores"])
    _require_log_odds(checked["scores"], checked["contributions"])
    return checked


def conform_dropped(run: Run, dropped: pa.Table) -> pa.Table:
    """Return the table of entities without a score, as it is published.

    Parameters
    ----------
    dropped
        One row per entity that was looked at and not scored: ``entity_id``, ``cutoff`` and ``reason``.

    Raises
    ------
    DataError
        If a type differs, a value is null, or the reasons are not as often there as the run says.
    """
    columns = [_conform_column("dropped", field, dropped[field.name]) for field in DROPPED if field.name != "run_id"]
    own = pa.array([run.run_id], _TEXT).take(pa.array(np.zeros(dropped.num_rows, np.int64)))
    table = pa.table([own, *columns], schema=DROPPED).sort_by("entity_id")
    found = {item["values"]: item["counts"] for item in table["reason"].value_counts().to_pylist()}
    if found != {reason: number for reason, number in run.counts.dropped.items() if number}:
        msg = (
            f"The run counts entities without a score as {run.counts.dropped}, but the table 'dropped' has {found}; "
            f"expected the same numbers."
        )
        raise DataError(msg)
    return table


def _require_names(owner: str, what: str, given: Iterable[str], expected: Iterable[str]) -> None:
    given, expected = list(given), list(expected)
    unknown = [name for name in given if name not in expected]
    missing = [name for name in expected if name not in given]
    if missing:
        msg = f"The {owner} lacks the {what} {', '.join(map(repr, missing))}; expected: {', '.join(expected)}."
        raise DataError(msg)
    if unknown:
        hint = nearest(unknown[0], expected)
        msg = f"The {owner} has an unknown {what} {unknown[0]!r}: {hint}"
        raise DataError(msg)


def _conform_table(name: str, table: pa.Table) -> pa.Table:
    schema = SCHEMAS[name]
    names = table.column_names
    _require_names(f"published table {name!r}", "column", names, schema.names)
    if len(names) != len(schema):
        msg = f"The published table {name!r} has a column twice: {', '.join(names)}; expected each of them once."
        raise DataError(msg)
    checked = pa.table([_conform_column(name, field, table[field.name]) for field in schema], schema=schema)
    key = KEYS[name]
    counts = checked.group_by(list(key)).aggregate([([], "count_all")])
    repeated = counts.filter(pc.greater(counts["count_all"], 1))
    if repeated.num_rows:
        example = {column: repeated[column][0].as_py() for column in key}
        msg = f"The published table {name!r} repeats {repeated.num_rows} keys, for example {example}; expected none."
        raise DataError(msg)
    return checked


def _conform_column(name: str, field: pa.Field, values: pa.ChunkedArray) -> pa.ChunkedArray:
    where = f"Column {field.name!r} of the published table {name!r}"
    if not _fits(values.type, field):
        msg = f"{where} has the type {values.type}; expected {field.type}."
        raise DataError(msg)
    try:
        cast: pa.ChunkedArray = values.cast(field.type)
    except pa.ArrowInvalid as error:
        msg = f"{where} does not fit the type {field.type}: {error}"
        raise DataError(msg) from error
    if cast.null_count and not field.nullable:
        msg = f"{where} has {cast.null_count} nulls; expected a value in every row."
        raise DataError(msg)
    if pa.types.is_floating(field.type):
        _require(name, pc.is_finite(cast), f"{where} holds a number that is not finite")
    allowed = _ALLOWED.get((name, field.name))
    if allowed is not None:
        unknown = pc.unique(cast.filter(pc.invert(pc.is_in(cast, value_set=pa.array(allowed))))).to_pylist()
        if unknown:
            msg = f"{where} holds {', '.join(map(repr, unknown[:5]))}; expected one of {', '.join(allowed)}."
            raise DataError(msg)
    return cast


def _fits(given: pa.DataType, field: pa.Field) -> bool:
    if pa.types.is_dictionary(given):
        given = given.value_type
    if pa.types.is_null(given):
        return bool(field.nullable)
    if field.type == _TEXT:
        return given in (pa.string(), pa.large_string(), pa.string_view())
    if field.type == _NUMBER:
        return bool(pa.types.is_floating(given) or pa.types.is_integer(given))
    if field.type == _WHOLE:
        return bool(pa.types.is_integer(given))
    return bool(pa.types.is_timestamp(given) and given.tz is None)


def _require(name: str, holds: pa.ChunkedArray, broken: str, entity_ids: pa.ChunkedArray | None = None) -> None:
    """Raise if the condition fails in any row; a null condition counts as met."""
    failed = pc.invert(pc.fill_null(holds, fill_value=True))
    number = pc.sum(failed).as_py() or 0
    if number:
        example = "" if entity_ids is None else f", for example entity {entity_ids.filter(failed)[0].as_py()!r}"
        msg = f"{broken} ({number} of {len(failed)} rows of {name!r}{example}). Nothing was published."
        raise DataError(msg)


def _require_agreement(run: Run, tables: Mapping[str, pa.Table]) -> None:
    told = {
        "run_id": run.run_id,
        "as_of": run.as_of,
        "definition_hash": run.definition.hash,
        "model_version": run.model.version,
    }
    for name, table in tables.items():
        for column in told.keys() & set(table.column_names):
            expected = pa.scalar(told[column], table[column].type)
            broken = f"Column {column!r} of the published table {name!r} differs from the run's {told[column]}"
            _require(name, pc.equal(table[column], expected), broken, table["entity_id"])
    rows = tables["scores"].num_rows
    by_tier = {item["values"]: item["counts"] for item in tables["scores"]["tier"].value_counts().to_pylist()}
    if run.counts.scored != rows or {tier: number for tier, number in run.counts.by_tier.items() if number} != by_tier:
        msg = (
            f"The run counts {run.counts.scored} scored entities, by tier {run.counts.by_tier}, "
            f"but the table 'scores' has {rows}, by tier {by_tier}; expected the same numbers."
        )
        raise DataError(msg)


def _require_ranks(scores: pa.Table) -> None:
    ranks = pc.sort_indices(scores["rank"])
    ordered = scores["rank"].take(ranks)
    expected = pa.array(range(1, scores.num_rows + 1), pa.int64())
    broken = "The ranks of the published scores are not 1, 2, 3 ... without gaps"
    _require("scores", pc.equal(ordered, expected), broken, scores["entity_id"].take(ranks))


def _require_scored(name: str, table: pa.Table, scores: pa.Table) -> None:
    known = pc.is_in(table["entity_id"], value_set=scores["entity_id"].combine_chunks())
    broken = f"The published table {name!r} speaks of an entity that has no score"
    _require(name, known, broken, table["entity_id"])


def _require_point_sums(scores: pa.Table) -> None:
    total = functools.reduce(pc.add, (scores[column] for column in POINTS_COLUMNS))
    broken = "The points by dimension do not sum to the points"
    _require("scores", _near(total, scores["points"]), broken, scores["entity_id"])


def _require_log_odds(scores: pa.Table, contributions: pa.Table) -> None:
    sums = contributions.group_by("entity_id").aggregate([("contribution", "sum")])
    at = pc.index_in(scores["entity_id"], value_set=sums["entity_id"].combine_chunks())
    _require("scores", pc.is_valid(at), "A scored entity has no contributions", scores["entity_id"])
    total = sums["contribution_sum"].take(at)
    broken = "The contributions do not sum to the log-odds"
    _require("scores", _near(total, scores["log_odds"]), broken, scores["entity_id"])
    implied = pc.divide(1.0, pc.add(1.0, pc.exp(pc.negate(scores["log_odds"]))))
    broken = "The probability is not that of the log-odds, 1 / (1 + exp(-log_odds))"
    _require("scores", _near(implied, scores["probability"]), broken, scores["entity_id"])


def _near(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.less_equal(pc.abs(pc.subtract(left, right)), TOLERANCE)

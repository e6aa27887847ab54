"""The statements that make features of records: they depend on the features alone, and are compiled once for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.features.ibis.days import day_parts
from pqlml.features.ibis.demand import Demand, EventSet, demand_of, mask_of
from pqlml.features.ibis.distinct import distinct_parts
from pqlml.features.ibis.newest import newest_parts
from pqlml.features.ibis.parts import Given, Named
from pqlml.features.ibis.records import ASKED, EXACT, RECORDS
from pqlml.features.ibis.sessions import session_parts
from pqlml.features.ibis.shares import share_parts
from pqlml.features.ibis.totals import cube_of, total_parts
from pqlml.features.ibis.weeks import week_parts
from pqlml.features.spec import Feature
from pqlml.warehouse import Compiled, EngineName

CUBE, MEMBERS = "feature_cube", "feature_members"
MAKERS = (total_parts, distinct_parts, day_parts, week_parts, session_parts, newest_parts, share_parts)

REMEMBERED = 16
"""Lists of features whose statements are kept in this process."""


@dataclass(frozen=True)
class Asked:
    """What is to be compiled; the same again is not compiled again.

    ``packed`` says whether there are fewer than ``packs.ROOM`` events.
    """

    engine: EngineName
    named: tuple[tuple[str, Feature], ...]
    packed: bool
    compile: Callable[[ir.Table], Compiled] = field(compare=False)


@dataclass(frozen=True)
class Statements:
    """The statement for the cube, and the one that makes a row per pair of it and of the records."""

    cube: Compiled
    wide: Compiled


@lru_cache(maxsize=REMEMBERED)
def compiled(asked: Asked) -> Statements:
    """Compile the statements, or return them if they were compiled before: that takes seconds for many features."""
    named = dict(asked.named)
    features = tuple(named.values())
    demand, sets = demand_of(features), sets_of(features)
    records = ibis.table(_record_columns(demand), name=RECORDS)
    cube = cube_of(records, demand, features)
    given = Given(
        records=records,
        asked=ibis.table(_asked_columns(demand), name=ASKED),
        cube=ibis.table(cube.schema(), name=CUBE),
        members=ibis.table({"event": "string", "place": "int64"}, name=MEMBERS),
        sets=sets,
        demand=demand,
        packed=asked.packed,
    )
    return Statements(asked.compile(cube), asked.compile(_wide(given, named)))


def sets_of(features: Sequence[Feature]) -> list[EventSet]:
    """Return the different sets of events that features are about."""
    return list(dict.fromkeys(feature.events for feature in features))


def members_of(features: Sequence[Feature]) -> pa.Table:
    """Return one row per event of each set: ``event`` and ``place``, the number of the set."""
    rows = [(event, place) for place, events in enumerate(sets_of(features)) for event in events or ()]
    return pa.table(
        {
            "event": pa.array([event for event, _ in rows], pa.string()),
            "place": pa.array([place for _, place in rows], pa.int64()),
        }
    )


def _wide(given: Given, named: Named) -> ir.Table:
    parts = [part for make in MAKERS for part in make(given, named)]
    values = {name: value for part in parts for name, value in part.values.items()}
    keys = given.asked.select("row_id", "cutoff", "signup_at")
    joined = reduce(lambda left, part: left.left_join(part.table, "row_id").drop("row_id_right"), parts, keys)
    return joined.select("row_id", **{name: values[name](joined).cast("float64") for name in named})


def _record_columns(demand: Demand) -> dict[str, str]:
    columns = {"line": "int64", "bit": "int64", "ts": "timestamp(6)"} | dict.fromkeys(demand.texts, "string")
    columns |= {f"a_{number}": EXACT for number, _ in enumerate(demand.properties)}
    columns |= {"since_signup": "int64"} if demand.early else {}
    return columns | ({"moment": "int64"} if demand.weeks else {})


def _asked_columns(demand: Demand) -> dict[str, str]:
    columns = {"row_id": "int64", "line": "int64", "cutoff": "timestamp(6)", "signup_at": "timestamp(6)"}
    return columns | dict.fromkeys([*map(mask_of, demand.windows), "weeks", "phase"], "int64")

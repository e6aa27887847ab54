"""Each column by the road that its name or its values allow: attribute, feature of the definition, or recognised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.audit.columns import Column
from pqlml.audit.replay.attributes import CANONICAL, attributes_of, has_versions, replay_attributes
from pqlml.audit.replay.behaviour import replay_behaviour
from pqlml.audit.replay.claims import claimed, replay_claims
from pqlml.audit.replay.library import BEYOND
from pqlml.audit.replay.told import KeyedRows, Replay, Told
from pqlml.definition.model import Definition
from pqlml.events.tables import Tables


def replay_rows(
    tables: Tables,
    definition: Definition | None,
    audited: KeyedRows,
    columns: Mapping[str, Column],
    claims: Mapping[str, str],
) -> Replay:
    """Compute what can be computed anew, and compare.

    Parameters
    ----------
    claims
        Column -> feature of the definition that it claims to be; a column of a feature's name claims it anyway.

    Raises
    ------
    DefinitionError
        If a claim names a feature that cannot exist.
    """
    versions = has_versions(tables)
    no_events = "the tables hold no events" if tables.events is None else None
    no_versions = None if versions else "the table of entities says nothing about when a value was known"
    if columns.keys() <= CANONICAL:
        return Replay({}, no_events, no_versions)
    pairs = _pairs(tables, audited)
    features = claimed(definition, tables, columns, claims) if definition is not None else {}
    attributes = attributes_of(tables, columns, features)
    told: dict[str, Told] = replay_attributes(tables, pairs, columns, attributes) if versions else {}
    behaviour = {name: feature for name, feature in features.items() if name not in attributes}
    told |= replay_claims(tables, pairs, columns, behaviour, _wrong_ends(tables, audited))
    unsettled = {
        name: column.numbers
        for name, column in columns.items()
        if column.kind == "number" and name not in attributes and (name not in told or told[name].verdict == "differs")
    }
    windows = [] if definition is None else [None if w == "all" else float(w) for w in definition.windows_days]
    recognised = replay_behaviour(tables, audited, unsettled, windows)
    return Replay({**told, **recognised}, no_events, no_versions)


def _wrong_ends(tables: Tables, audited: KeyedRows) -> list[float]:
    """Return the days behind the cutoff at which windows may wrongly end: those that end within the data."""
    whole = tables.observed_until - audited.cutoff.min().astype(dt.datetime)
    return sorted(days for days in {*BEYOND, *audited.horizon_days} if days < whole / dt.timedelta(days=1))


def _pairs(tables: Tables, audited: KeyedRows) -> ir.Table:
    people = tables.entities.group_by("entity_id").agg(signup_at=tables.entities.signup_at.min())
    keys = pa.table(
        {
            "row_id": pa.array(np.arange(len(audited.entity))),
            "entity_id": pa.array(audited.ids[audited.entity].tolist(), pa.string()),
            "cutoff": pa.array(audited.cutoff.astype("datetime64[us]"), pa.timestamp("us")),
        }
    )
    rows = tables.warehouse.save_arrow("audit_keys", keys)
    joined = rows.left_join(people, "entity_id").select("row_id", "entity_id", "cutoff", "signup_at")
    return tables.warehouse.save("audit_pairs", joined)

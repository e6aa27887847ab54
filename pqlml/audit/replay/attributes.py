"""Columns that carry the name of an attribute: compared with the version that was known at the cutoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir
import numpy as np

from pqlml.audit.columns import Column, read_column
from pqlml.audit.replay.claims import apart
from pqlml.audit.replay.told import Told
from pqlml.events.tables import Tables
from pqlml.events.versions import attributes_as_of
from pqlml.features import Feature

CANONICAL = frozenset({"entity_id", "signup_at", "valid_from", "valid_to"})
"""Columns of the entities that are no attributes: they are not computed anew."""
_SAME = 0.98


def attributes_of(tables: Tables, columns: Mapping[str, Column], features: Mapping[str, Feature]) -> dict[str, str]:
    """Return column -> attribute, for columns that claim to be one or carry the name of one."""
    claimed = {name: str(feature.source) for name, feature in features.items() if feature.aggregate == "attribute"}
    named = [name for name in columns if name in tables.entities.columns and name not in CANONICAL]
    return {**{name: name for name in named}, **claimed}


def has_versions(tables: Tables) -> bool:
    """Tell whether any row of the entities says from when on it was known."""
    dated = tables.entities.filter(tables.entities.valid_from.notnull()).limit(1)
    return bool(tables.warehouse.fetch(dated.select("entity_id")).num_rows)


def replay_attributes(
    tables: Tables, pairs: ir.Table, columns: Mapping[str, Column], attributes: Mapping[str, str]
) -> dict[str, Told]:
    """Compare each column with the newest version that was valid at the cutoff, and with the newest of all."""
    if not attributes:
        return {}
    names = sorted(set(attributes.values()))
    as_of = _fetch(tables, attributes_as_of(tables, pairs, names), names)
    newest = _fetch(tables, _newest(tables, pairs, names), names)
    rows = np.arange(len(next(iter(columns.values())).numbers))
    told = {}
    for name, source in attributes.items():
        differs = apart(columns[name], as_of[source])
        honest = f"{source!r} of the version that was known at the cutoff"
        if not differs.any():
            told[name] = Told(name, "confirmed", honest, rows, differs)
            continue
        late = columns[name].known & ~as_of[source].known
        same = 1 - float(apart(columns[name], newest[source]).mean())
        wrong = "the value of the newest version" if same >= _SAME else "a value of no version that was known by then"
        told[name] = Told(name, "sees too much", honest, rows, differs, "attribute", wrong, same >= _SAME, late)
    return told


def _newest(tables: Tables, pairs: ir.Table, names: Sequence[str]) -> ir.Table:
    last = tables.entities.filter(tables.entities.valid_to.isnull()).select("entity_id", *names)
    return pairs.select("row_id", "entity_id").left_join(last, "entity_id").select("row_id", *names)


def _fetch(tables: Tables, query: ir.Table, names: Sequence[str]) -> dict[str, Column]:
    table = tables.warehouse.fetch(query.order_by("row_id")).to_pandas()
    return {name: read_column(table[name], name) for name in names}

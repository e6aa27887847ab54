"""The audit of a definition: its own rows, and with them every column that it ignores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from pqlml.audit.records import Audited
from pqlml.audit.run import Progress, audit, quiet
from pqlml.dataset import Rows, Split, build_rows, split_rows
from pqlml.definition.model import Definition
from pqlml.errors import NotEnoughDataError
from pqlml.events import Tables, load_tables
from pqlml.events.read_entities import RESERVED
from pqlml.events.versions import attributes_as_of
from pqlml.features import Feature, build_features
from pqlml.features.spec import BEHAVIOUR, DERIVED, PERSONAL
from pqlml.warehouse import Warehouse

_LABEL = "label"


def audit_definition(
    definition: Definition,
    data: Path,
    warehouse: Warehouse,
    *,
    earlier: tuple[Path, Warehouse] | None = None,
    seed: int = 0,
    progress: Progress = quiet,
) -> Audited:
    """Audit the rows that a definition makes of its tables.

    Columns under ``ignore``, and those that ``attributes`` leaves out, are examined too: a finding then says that they
    would have leaked. Behaviour is computed by the toolkit from what was known before the cutoff, so only figures far
    beyond the usual are held against it.

    Parameters
    ----------
    earlier
        Folder of an earlier extract of the same tables, and a warehouse of its own to read it into.
    """
    opened = _opened(definition)
    progress("reading tables")
    tables = load_tables(warehouse, opened, data)
    progress("building rows")
    rows = build_rows(opened, tables, data)
    sources = {feature.name: str(feature.source) for feature in rows.features if feature.aggregate == "attribute"}
    more = _other_attributes(opened, tables, rows, set(sources.values()))
    signup = _signup(tables, rows)
    frame = pd.concat([rows.keys, rows.values, more, signup, pd.Series(rows.label, name=_LABEL)], axis=1)
    sources |= {name: name for name in more.columns}
    before = None
    if earlier is not None:
        progress("reading the earlier extract")
        before = _rows_then(opened, rows, *earlier)
    return audit(
        frame,
        label=_LABEL,
        tables=tables,
        definition=opened,
        earlier=before,
        split=_split(definition, rows, seed),
        proven=[feature.name for feature in rows.features if _is_proven(feature)],
        ignored=_ignored(definition, sources),
        seed=seed,
        progress=progress,
    )


def audit_rows(
    definition: Definition,
    tables: Tables,
    rows: Rows,
    *,
    split: Split | None = None,
    seed: int = 0,
    progress: Progress = quiet,
) -> Audited:
    """Audit, briefly, the columns in use of rows that are built: what the toolkit itself computed is left alone.

    Raises
    ------
    NotEnoughDataError
        If no row has a label.
    """
    frame = pd.concat([rows.keys, rows.values, _signup(tables, rows), pd.Series(rows.label, name=_LABEL)], axis=1)
    return audit(
        frame,
        label=_LABEL,
        tables=tables,
        definition=definition,
        split=split if split is not None else _split(definition, rows, seed),
        proven=[feature.name for feature in rows.features if _is_proven(feature)],
        built=[feature.name for feature in rows.features],
        seed=seed,
        progress=progress,
    )


def _opened(definition: Definition) -> Definition:
    """Return the definition with every attribute in use; columns with names of the toolkit's own stay ignored."""
    source = definition.sources.entities
    if source is None:
        return definition
    kept = tuple(name for name in source.ignore if name in RESERVED)
    everything = source.model_copy(update={"ignore": kept, "attributes": None})
    sources = definition.sources.model_copy(update={"entities": everything})
    return definition.model_copy(update={"sources": sources})


def _ignored(definition: Definition, sources: Mapping[str, str]) -> list[str]:
    source = definition.sources.entities
    if source is None:
        return []
    named = set(definition.signals.fit.roles.values()) | set(definition.population.exclude)
    used = None if source.attributes is None else {*source.attributes, *named}
    return [
        name
        for name, attribute in sources.items()
        if attribute not in named and (attribute in source.ignore or (used is not None and attribute not in used))
    ]


def _is_proven(feature: Feature) -> bool:
    """Tell whether a feature is made of nothing but events and the sign-up, as they were known before the cutoff."""
    if feature.aggregate in DERIVED:
        return all(_is_proven(one) for one in feature.inputs)
    return feature.aggregate in BEHAVIOUR or feature.aggregate == "age"


def _pairs(warehouse: Warehouse, keys: pd.DataFrame) -> ir.Table:
    cutoff = keys["cutoff"] if "cutoff" in keys else pd.Series(pd.NaT, index=keys.index)
    table = pa.table(
        {
            "row_id": np.arange(len(keys)),
            "entity_id": pa.array(keys["entity_id"], pa.string()),
            "cutoff": pa.array(cutoff.astype("datetime64[us]"), pa.timestamp("us")),
        }
    )
    return warehouse.save_arrow("audit_rows", table)


def _other_attributes(definition: Definition, tables: Tables, rows: Rows, used: set[str]) -> pd.DataFrame:
    """Return the attributes that are no features: dates, and texts of too many kinds."""
    canonical = {"entity_id", "signup_at", "valid_from", "valid_to", definition.conversion.label, *used}
    names = [name for name in tables.entities.columns if name not in canonical and name not in rows.values.columns]
    if not names:
        return pd.DataFrame(index=rows.keys.index)
    found = attributes_as_of(tables, _pairs(tables.warehouse, rows.keys), names)
    table: pd.DataFrame = tables.warehouse.fetch(found.order_by("row_id")).to_pandas()
    return table[names]


def _signup(tables: Tables, rows: Rows) -> pd.DataFrame:
    """Return the sign-up of each row's entity: planned dates, such as the end of a trial, count from it."""
    people = tables.entities.group_by("entity_id").agg(signup_at=tables.entities.signup_at.min())
    known = tables.warehouse.fetch(people).to_pandas().dropna().set_index("entity_id")
    if known.empty:
        return pd.DataFrame(index=rows.keys.index)
    return pd.DataFrame({"signup_at": rows.keys["entity_id"].map(known["signup_at"]).to_numpy("datetime64[us]")})


def _rows_then(definition: Definition, rows: Rows, data: Path, warehouse: Warehouse) -> pd.DataFrame:
    """Build the rows of the same entities and instants from the tables as they were."""
    tables = load_tables(warehouse, definition, data)
    people = tables.entities.group_by("entity_id").agg(signup_at=tables.entities.signup_at.min())
    asked = _pairs(warehouse, rows.keys)
    known = asked.join(people, "entity_id").select("row_id", "entity_id", "cutoff", "signup_at")
    if "cutoff" in rows.keys:
        known = known.filter(known.cutoff <= tables.observed_until)
    kept = warehouse.fetch(known.order_by("row_id")).to_pandas()
    if kept.empty:
        return rows.keys.head(0)
    kept["row_id"] = np.arange(len(kept))
    pairs = warehouse.save_arrow("audit_then", pa.Table.from_pandas(kept, preserve_index=False))
    shared = [feature for feature in rows.features if _can_be_built(feature, tables)]
    table = build_features(tables, pairs, shared)
    return table if "cutoff" in rows.keys else table.drop(columns="cutoff")


def _can_be_built(feature: Feature, tables: Tables) -> bool:
    if feature.aggregate in BEHAVIOUR:
        return tables.events is not None
    if feature.aggregate in PERSONAL:
        return tables.identity is not None
    return feature.source is None or feature.source in tables.entities.columns


def _split(definition: Definition, rows: Rows, seed: int) -> Split | None:
    """Return the split by which the definition's model is judged; null where the rows are too few for one."""
    try:
        return split_rows(definition, rows.keys, rows.label, seed)
    except NotEnoughDataError:
        return None

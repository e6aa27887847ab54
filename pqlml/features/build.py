"""The only road from specs to columns, for training and for scoring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from pqlml.events.tables import Tables
from pqlml.features.derive import derived, executed
from pqlml.features.ibis_engine import feature_query, profile_query
from pqlml.features.spec import BEHAVIOUR, DERIVED, Feature
from pqlml.schema import KEYS

Behaviour = Callable[[Tables, ir.Table, Sequence[Feature]], pa.Table]
"""Computes features of behaviour: one row per pair by ``row_id``, then one column of doubles per feature."""

Engine = Literal["kernel", "ibis"] | Behaviour


def build_features(
    tables: Tables, pairs: ir.Table, features: Sequence[Feature], engine: Engine = "kernel"
) -> pd.DataFrame:
    """Compute the features of each (entity, cutoff).

    Parameters
    ----------
    pairs
        One row per pair: ``row_id`` (0, 1, ...), ``entity_id``, ``cutoff``, ``signup_at``.
    engine
        ``kernel``: compiled loops over DuckDB's batches; ``ibis``: one query, for any engine that Ibis reaches; or
        what computes the features of behaviour, as a stored state does. The values are equal.

    Returns
    -------
    One row per pair in the order of ``row_id``: ``entity_id``, ``cutoff``, then one column per feature, float64
    (NaN = null, see each feature) or text for categories.
    """
    wanted = executed(features)
    keys = pairs.select("row_id", *KEYS)
    query = feature_query if engine == "ibis" else profile_query
    columns = tables.warehouse.fetch(keys.join(query(tables, pairs, wanted), "row_id").order_by("row_id"))
    if engine != "ibis" and any(feature.aggregate in BEHAVIOUR for feature in wanted):
        behaviour = _kernel() if engine == "kernel" else engine
        columns = pa.table({**_by_name(columns), **_by_name(behaviour(tables, pairs, wanted))})
    columns = _with_derived(columns, features)
    table: pd.DataFrame = columns.select([*KEYS, *(feature.name for feature in features)]).to_pandas(split_blocks=True)
    return table


def _kernel() -> Behaviour:
    """Load the kernel, which takes a while, only where it is asked for."""
    from pqlml.features.kernel import kernel_features

    return kernel_features


def _with_derived(columns: pa.Table, features: Sequence[Feature]) -> pa.Table:
    made = [feature for feature in features if feature.aggregate in DERIVED]
    inputs = {feature.name: columns[feature.name].to_numpy() for feature in executed(made)}
    for feature in made:
        columns = columns.append_column(feature.name, pa.array(derived(feature, inputs), from_pandas=True))
    return columns


def _by_name(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))

"""The only road from specs to columns, for training and for scoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from pqlml.events.tables import Tables
from pqlml.features.derive import derived, executed
from pqlml.features.ibis import ibis_features, profile_query
from pqlml.features.kinds import by_kind
from pqlml.features.merged import Behaviour, with_people_merged
from pqlml.features.seniority import seniority
from pqlml.features.spec import BEHAVIOUR, DERIVED, Feature
from pqlml.features.typed import Column
from pqlml.schema import KEYS

Engine = Literal["kernel", "ibis"] | Behaviour

_FEW_RUNS = 1_000
"""Where this many rows follow each other, on average, whole runs are put in order: nothing is copied."""


def build_features(
    tables: Tables, pairs: ir.Table, features: Sequence[Feature], engine: Engine | None = None
) -> pd.DataFrame:
    """Compute the features of each (entity, cutoff).

    Parameters
    ----------
    pairs
        One row per pair: ``row_id`` (0, 1, ...), ``entity_id``, ``cutoff``, ``signup_at``.
    engine
        ``kernel``: compiled loops over DuckDB's batches; ``ibis``: one query, for any engine that Ibis reaches; or
        what computes the features of behaviour, as a stored state does. The values are equal. By default what the
        warehouse of the tables says: the kernel for an embedded DuckDB, else Ibis.

    Returns
    -------
    One row per pair in the order of ``row_id``: ``entity_id``, ``cutoff``, then one column per feature: int32 for
    counts, which are never null (float64 where one exceeds 2**31); text for categories; else float64 (NaN = null, see
    each feature).
    """
    tables, wanted = by_kind(tables, executed(features))
    engine = engine if engine is not None else tables.warehouse.executor
    behaviour = any(feature.aggregate in BEHAVIOUR for feature in wanted)
    if behaviour and engine == "kernel":
        rows, values = _by_kernel(tables, pairs, wanted)
    else:
        rows = _by_row(tables.warehouse.fetch(profile_query(tables, pairs, wanted)))
        values = _behaviour(engine)(tables, pairs, wanted) if behaviour else {}
    columns: dict[str, pd.Series[Any] | Column] = {}
    columns |= {str(name): column for name, column in rows.to_pandas(split_blocks=True).items()}
    if behaviour:
        columns |= with_people_merged(tables, pairs, wanted, values, _behaviour(engine))
    columns |= seniority(tables, pairs, wanted)
    made = [feature for feature in features if feature.aggregate in DERIVED]
    inputs = {feature.name: np.asarray(columns[feature.name], np.float64) for feature in executed(made)}
    columns |= {feature.name: derived(feature, inputs) for feature in made}
    return pd.DataFrame({name: columns[name] for name in (*KEYS, *(feature.name for feature in features))}, copy=False)


def _by_row(rows: pa.Table) -> pa.Table:
    """Put rows in the order of ``row_id``; most lie in it already, and an engine would sort all of them, texts too."""
    row_id = rows["row_id"].to_numpy()
    ends = np.flatnonzero(np.diff(row_id) != 1) + 1
    if len(ends) > len(row_id) / _FEW_RUNS:
        return rows.take(pa.array(np.argsort(row_id, kind="stable")))
    begins = np.concatenate([[0], ends])
    length = np.diff(begins, append=len(row_id))
    runs = np.argsort(row_id[begins]) if len(row_id) else ()
    return pa.concat_tables([rows.slice(begins[run], length[run]) for run in runs] or [rows])


def _by_kernel(tables: Tables, pairs: ir.Table, features: Sequence[Feature]) -> tuple[pa.Table, Mapping[str, Column]]:
    """Return the rows of the profile, and what the kernel makes of events; it learns of the pairs in one go."""
    from pqlml.features.kernel import asked_columns, kernel_features, local_warehouse, take_asked

    query = profile_query(tables, pairs, features, asked_columns)
    rows, asked = take_asked(_by_row(local_warehouse(tables).fetch(query)))
    return rows, kernel_features(tables, pairs, features, asked)


def _behaviour(engine: Engine) -> Behaviour:
    """Return what computes features of behaviour; the kernel, which takes a while to load, only if it is asked for."""
    if engine == "ibis":
        return ibis_features
    if engine != "kernel":
        return engine
    from pqlml.features.kernel import kernel_features

    return kernel_features

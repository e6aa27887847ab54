"""The only road from specs to columns, for training and for scoring."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir
import pandas as pd

from pqlml.events.tables import Tables
from pqlml.features.ibis_engine import feature_query
from pqlml.features.spec import Feature
from pqlml.schema import KEYS


def build_features(tables: Tables, pairs: ir.Table, features: Sequence[Feature]) -> pd.DataFrame:
    """Compute the features of each (entity, cutoff).

    Parameters
    ----------
    pairs
        One row per pair: ``row_id`` (0, 1, ...), ``entity_id``, ``cutoff``, ``signup_at``.

    Returns
    -------
    One row per pair in the order of ``row_id``: ``entity_id``, ``cutoff``, then one column per feature, float64
    (NaN = null, see each feature) or text for categories.
    """
    query = feature_query(tables, pairs, features)
    keyed = pairs.select("row_id", *KEYS).join(query, "row_id").order_by("row_id").drop("row_id")
    table: pd.DataFrame = tables.warehouse.fetch(keyed).to_pandas()
    return table

"""What a released model reads of pairs of today, by its own definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pqlml.definition import Definition
from pqlml.errors import DataError
from pqlml.events import Tables, load_tables
from pqlml.features import build_features
from pqlml.model.bundle import PropensityModel

PAIR: tuple[str, ...] = ("row_id", "entity_id", "cutoff", "signup_at")
"""Columns of a pair that features are built of."""


def require_same_entity(model: PropensityModel, definition: Definition) -> None:
    """Raise :class:`DataError` where a model scores something else than a definition."""
    if model.definition.entity != definition.entity:
        msg = f"it scores {model.definition.entity}s, and this definition {definition.entity}s"
        raise DataError(msg)


def own_features(
    model: PropensityModel, definition: Definition, tables: Tables, data: Path, pairs: pa.Table
) -> pd.DataFrame:
    """Build a model's features, one row per pair and in their order.

    Parameters
    ----------
    definition, tables
        Those of today. A model with another definition reads the same data as its own definition says.
    pairs
        With the columns :data:`PAIR`.

    Raises
    ------
    DataError, DefinitionError
        If these tables do not hold what the model reads.
    """
    chosen = pairs.select(PAIR).set_column(0, "row_id", [np.arange(len(pairs))])
    if model.definition.hash == definition.hash:
        return build_features(tables, tables.warehouse.save_arrow("unseen", chosen), model.features)
    # The model's definition says what it knows, not where today's data end.
    until = definition.sources.observed_until
    sources = model.definition.sources.model_copy(update={"observed_until": until})
    with tables.warehouse.another() as warehouse:
        theirs = load_tables(warehouse, model.definition.model_copy(update={"sources": sources}), data)
        return build_features(theirs, warehouse.save_arrow("unseen", chosen), model.features)

"""From tables to training rows: cutoffs, labels, features."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np

from pqlml.dataset.rows import Rows
from pqlml.dataset.split import first_test_cutoff
from pqlml.definition.model import Definition
from pqlml.errors import DataError
from pqlml.events.tables import Tables
from pqlml.features import Vocabulary, build_features, catalogue, learn_vocabulary
from pqlml.labels import PairAccount, PairCount, cutoffs, label_pairs
from pqlml.labels.revenue import revenue


def build_rows(definition: Definition, tables: Tables, data: Path, vocabulary: Vocabulary | None = None) -> Rows:
    """Build one row per labelled pair; the vocabulary is learned from what came before the test part, unless given."""
    if definition.timeless:
        return _leads(definition, tables, vocabulary)
    labels = label_pairs(definition, tables, cutoffs(definition, tables, data))
    keyed = tables.warehouse.fetch(labels.pairs.select("row_id", "entity_id", "cutoff", "label").order_by("row_id"))
    pairs = keyed.to_pandas()
    if vocabulary is None:
        vocabulary = learn_vocabulary(definition, tables, until=first_test_cutoff(definition, pairs["cutoff"]))
    features = catalogue(definition, vocabulary)
    table = build_features(tables, labels.pairs, features)
    return Rows(
        keys=pairs[["entity_id", "cutoff"]],
        values=table.drop(columns=["entity_id", "cutoff"]),
        label=pairs["label"].to_numpy(np.int8),
        features=features,
        account=labels.account,
        amount=_amounts(definition, tables, labels.pairs),
    )


def _amounts(definition: Definition, tables: Tables, pairs: ir.Table) -> np.ndarray | None:
    found = revenue(definition, tables, pairs)
    if found is None:
        return None
    amount: np.ndarray = tables.warehouse.fetch(found.order_by("row_id"))["amount"].to_numpy()
    return amount


def _leads(definition: Definition, tables: Tables, vocabulary: Vocabulary | None) -> Rows:
    features = catalogue(definition, vocabulary or learn_vocabulary(definition, tables))
    name = str(definition.conversion.label)
    stated = tables.entities[name]
    label = _is_positive(tables, name, definition.conversion.positive)
    pairs = tables.entities.filter(stated.notnull()).select("entity_id", label=label.cast("int8"))
    position = ibis.row_number().over(ibis.window(order_by=pairs.entity_id))
    nothing = ibis.null("timestamp(6)")
    pairs = tables.warehouse.save("pairs", pairs.mutate(row_id=position, cutoff=nothing, signup_at=nothing))
    table = build_features(tables, pairs, features)
    known = tables.warehouse.fetch(pairs.select("row_id", "label").order_by("row_id"))["label"].to_numpy()
    total = tables.warehouse.fetch(tables.entities.agg(n=tables.entities.count())).to_pylist()[0]["n"]
    unlabelled = total - len(known)
    return Rows(
        keys=table[["entity_id"]],
        values=table.drop(columns=["entity_id", "cutoff"]),
        label=known.astype(np.int8),
        features=features,
        account=PairAccount(
            "cutoff",
            (PairCount(None, len(known), int(known.sum()), {"no_label": unlabelled} if unlabelled else {}),),
        ),
    )


def _is_positive(tables: Tables, name: str, positive: str | int | bool) -> ibis.Value:  # noqa: FBT001 - a value from the file
    column = tables.entities[name]
    if column.type().is_floating() and not isinstance(positive, str):
        return column == float(positive)
    if column.type().is_string():
        return column == str(positive)
    msg = (
        f"the label column {name!r} holds {column.type()}, but 'positive' is {positive!r}; give a value of that kind "
        f"(where all texts of a file are yes or no, true or false, they are read as 1 and 0)."
    )
    raise DataError(msg)

"""What the kernel needs to know of each pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.features.kernel.exact import Integers
from pqlml.warehouse import LocalWarehouse

_NAMES: Final = ("asked.entity", "asked.cutoff", "asked.signup")


class Asked(NamedTuple):
    """Fingerprint of the entity, cutoff and sign-up (``exact.NULL`` = unknown) of each pair, by ``row_id``."""

    entity: Integers
    cutoff: Integers
    signup: Integers


@ibis.udf.scalar.builtin(name="hash", signature=(("string",), "uint64"))  # type: ignore[untyped-decorator] # Ibis has no types
def fingerprint(text: ir.StringValue) -> ir.IntegerValue:
    """DuckDB's 64-bit hash.

    Texts are compared by it. The chance that two of a million entities are taken for one is below one in 10 million;
    that two of a thousand values within an entity are, or one is for null, below one in 10**13.
    """


def asked_columns(pairs: ir.Table) -> Mapping[str, ir.Value]:
    """Return what has to be selected of the pairs, to be taken out of the rows by :func:`take_asked`."""
    instants = (pairs[name].cast("timestamp(6)") for name in ("cutoff", "signup_at"))
    return dict(zip(_NAMES, (fingerprint(pairs.entity_id), *instants), strict=True))


def take_asked(rows: pa.Table) -> tuple[pa.Table, Asked]:
    """Part rows, which are in the order of ``row_id``, from what was selected for the kernel."""
    asked = (rows[name].to_numpy().view(np.int64) for name in _NAMES)
    return rows.drop_columns(list(_NAMES)), Asked(*asked)


def fetch_asked(warehouse: LocalWarehouse, pairs: ir.Table) -> Asked:
    """Fetch what has to be known of the pairs."""
    rows = warehouse.fetch(pairs.select("row_id", **asked_columns(pairs)))
    rows, asked = take_asked(rows)
    return Asked(*taken(asked, np.argsort(rows["row_id"].to_numpy(), kind="stable")))  # quick where rows come in runs


def taken(columns: Sequence[Integers], order: Integers) -> Sequence[Integers]:
    """Put columns in that order, unless they are in it already, as pairs mostly are: each copy takes its time."""
    in_order = (order[1:] > order[:-1]).all()
    return columns if in_order else [column[order] for column in columns]

"""Attributes as they were known at an instant."""

from __future__ import annotations

from collections.abc import Iterable

import ibis.expr.types as ir

from pqlml.events.tables import Tables


def attributes_as_of(tables: Tables, pairs: ir.Table, names: Iterable[str]) -> ir.Table:
    """Add to each (entity, cutoff) the attributes of the newest version with ``valid_from <= cutoff``.

    Parameters
    ----------
    pairs
        One row per ``row_id``, with ``entity_id`` and ``cutoff``.
    names
        Attribute columns to look up.

    Returns
    -------
    One row per ``row_id`` with the attributes; null where no version was known yet.
    """
    names = list(names)
    versions = tables.entities.select("entity_id", "valid_from", "valid_to", *names)
    keys = pairs.select("row_id", "entity_id", "cutoff")
    joined = keys.join(
        versions,
        [
            keys.entity_id == versions.entity_id,
            versions.valid_from.isnull() | (versions.valid_from <= keys.cutoff),
            versions.valid_to.isnull() | (versions.valid_to > keys.cutoff),
        ],
    )
    known = joined.select(keys.row_id, *[versions[name] for name in names])
    return pairs.select("row_id").left_join(known, "row_id").drop("row_id_right")

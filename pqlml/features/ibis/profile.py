"""Features of the profile: attributes as they were known at the cutoff, and ages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

import ibis.expr.types as ir

from pqlml.events.lists import lists_one_of
from pqlml.events.tables import Tables
from pqlml.events.versions import attributes_as_of
from pqlml.features.ibis.parts import Columns, days_between
from pqlml.features.spec import PROFILE, Feature
from pqlml.schema import KEYS
from pqlml.warehouse.logic import among


def profile_query(
    tables: Tables,
    pairs: ir.Table,
    features: Iterable[Feature],
    more: Callable[[ir.Table], Mapping[str, ir.Value]] | None = None,
) -> ir.Table:
    """Return the query for attributes as of the cutoff, their place in the profile, and ages, by ``row_id`` and keys.

    Features that are made of events or of other features are left out.

    Parameters
    ----------
    more
        What else is to be selected of the pairs.
    """
    features = list(features)
    sources = list(dict.fromkeys(str(f.source) for f in features if f.aggregate in PROFILE - {"age"}))
    table = pairs
    if sources:
        known = attributes_as_of(tables, pairs, sources)
        renamed = known.rename({f"a_{name}": name for name in sources})
        table = pairs.join(renamed, "row_id")
    columns: Columns = {}
    for feature in features:
        match feature.aggregate:
            case "attribute":
                columns[feature.name] = table[f"a_{feature.source}"]
            case "in_ideal" | "in_negative":
                columns[feature.name] = _in_profile(table[f"a_{feature.source}"], feature)
            case "age":
                columns[feature.name] = days_between(table.cutoff, table.signup_at)
            case "since":
                columns[feature.name] = days_between(table.cutoff, table[f"a_{feature.source}"])
            case _:
                pass
    return table.select("row_id", *KEYS, **columns, **(more(table) if more else {}))


def _in_profile(value: ir.Value, feature: Feature) -> ir.Value:
    if feature.bounds is None:
        matches = among if value.type().is_numeric() else lists_one_of
        return matches(value, feature.values or ()).cast("float64")
    low, high = feature.bounds
    number = value.try_cast("float64") if value.type().is_string() else value
    inside = [number >= low] if low is not None else []
    inside += [number <= high] if high is not None else []
    return reduce(lambda left, right: left & right, inside).cast("float64")

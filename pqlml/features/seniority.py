"""How senior the leading people of an account are, as features: asked for by name, and equal on every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import ibis.expr.types as ir
import numpy as np

from pqlml.definition.model import Definition
from pqlml.definition.people import People
from pqlml.errors import DataError, DefinitionError
from pqlml.events.tables import Tables
from pqlml.features.people import MOST_ACTIVE, MOST_SENIOR, leading_people
from pqlml.features.phrases import noun_for
from pqlml.features.spec import PERSONAL, Feature
from pqlml.features.typed import Column

SENIORITY: Final[Mapping[str, str]] = {"person.seniority": MOST_SENIOR, "person.seniority.most_active": MOST_ACTIVE}
"""Name of a feature -> whose seniority it is."""

_MISSING: Final = {
    MOST_SENIOR: "no role or title of anybody known at the cutoff",
    MOST_ACTIVE: "nobody active in the window, or no role or title of theirs known at the cutoff",
}


def seniority_feature(definition: Definition, name: str) -> Feature:
    """Make the feature of that name; it is built only where the definition asks for it.

    Raises
    ------
    DefinitionError
        If the definition names no column that says what people are in an account.
    """
    _require_roles(definition, name)
    which = SENIORITY[name]
    return Feature(
        name=name,
        dimension="fit",
        group="person",
        aggregate="seniority",
        source=which,
        values=tuple("\n".join(rung) for rung in definition.people.seniority),
        window_days=definition.people.window_days,
        unit="rungs from the bottom of the ladder, 0 below all of them",
        null=_MISSING[which],
        noun=noun_for(definition, which),
    )


def seniority(tables: Tables, pairs: ir.Table, features: Sequence[Feature]) -> dict[str, Column]:
    """Compute the features of seniority from who led at each cutoff, by what was known then.

    Parameters
    ----------
    pairs
        One row per pair: ``row_id`` (0, 1, ...), ``entity_id``, ``cutoff``.

    Returns
    -------
    Feature, by its name -> one number per pair in the order of ``row_id`` (NaN = null).

    Raises
    ------
    DataError
        If there are such features, and the tables tell of no people.
    """
    wanted = [feature for feature in features if feature.aggregate in PERSONAL]
    if wanted and tables.events is None and tables.identity is None:
        msg = f"{wanted[0].name}: about people, and the tables have neither events nor users nor memberships."
        raise DataError(msg)
    found: dict[str, Column] = {}
    for plan in dict.fromkeys(map(_plan, wanted)):
        mine = {str(feature.source): feature.name for feature in wanted if _plan(feature) == plan}
        found |= _of_plan(tables, pairs, plan, mine)
    return found


def _of_plan(tables: Tables, pairs: ir.Table, plan: People, names: Mapping[str, str]) -> dict[str, Column]:
    warehouse = tables.warehouse
    number = warehouse.fetch(pairs.agg(n=pairs.count()))["n"][0].as_py()
    leading = warehouse.fetch(leading_people(tables, pairs, plan).select("row_id", "which", "seniority"))
    which = leading["which"].to_numpy(zero_copy_only=False)
    row, rung = leading["row_id"].to_numpy(), leading["seniority"].cast("float64").to_numpy(zero_copy_only=False)
    found: dict[str, Column] = {}
    for person, name in names.items():
        values = np.full(number, np.nan)
        values[row[which == person]] = rung[which == person]
        found[name] = values
    return found


def _plan(feature: Feature) -> People:
    ladder = tuple(tuple(rung.split("\n")) for rung in feature.values or ())
    return People.model_construct(window_days=feature.window_days or 0, seniority=ladder)


def _require_roles(definition: Definition, name: str) -> None:
    users, memberships = definition.sources.users, definition.sources.memberships
    if definition.entity == "user":
        msg = f"{name}: users are the leads here, and have nobody who leads in them; it needs 'entity: account'"
        raise DefinitionError(msg)
    titles = users is not None and not (users.role is None and users.seniority is None)
    if not titles and (memberships is None or memberships.role is None):
        msg = (
            f"{name}: nothing says what people are in an account; name the column in 'sources.users.role', "
            f"'sources.users.seniority' or 'sources.memberships.role'"
        )
        raise DefinitionError(msg)

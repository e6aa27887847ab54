"""Compare a published run with an earlier one, or a lead with what it could become."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pqlml.definition import Definition
from pqlml.errors import DataError, NotFoundError
from pqlml.events import Tables, load_tables
from pqlml.explain.changed import Side, changes
from pqlml.explain.moves import Move, moves
from pqlml.explain.telling import Telling
from pqlml.features import build_features
from pqlml.labels import candidates
from pqlml.model import registry
from pqlml.model.bundle import PropensityModel
from pqlml.scoring.published import PublishedRun, open_current, open_run
from pqlml.times import iso
from pqlml.warehouse import open_warehouse

LAST = "last"
"""Names the run that is published now."""

OTHERS = 500
"""So many leads of a run, evenly over its ranks, tell what is usual."""


def earlier_run(workspace: Path, since: str, definition: Definition, state: Path | None) -> PublishedRun:
    """Open the run that another is to be compared with.

    Raises
    ------
    NotFoundError
        If there is none of that id.
    DataError
        If it scored with a definition of another name, or events are in a state, which does not give them back.
    """
    if state is not None:
        msg = "a state keeps counts and not events, and a comparison asks for both; give '--since' without '--state'."
        raise DataError(msg)
    found = open_current(workspace) if since == LAST else open_run(workspace, since)
    if found.run.definition.name != definition.name:
        msg = (
            f"the run {found.run.run_id!r} scored by the definition {found.run.definition.name!r}, and this one by "
            f"{definition.name!r}; compare runs of one definition, of whatever version."
        )
        raise DataError(msg)
    return found


def require_earlier(earlier: PublishedRun, instant: dt.datetime) -> None:
    """Refuse a comparison with a run that knows what happened later.

    Raises
    ------
    DataError
        If the run was scored as of a later instant.
    """
    if earlier.run.as_of > instant:
        msg = (
            f"the run {earlier.run.run_id} was scored as of {iso(earlier.run.as_of)}, after {iso(instant)}: what "
            f"changed is told forward in time. Name an earlier run with '--since', or score a later instant."
        )
        raise DataError(msg)


def require_no_newer(workspace: Path, name: str, instant: dt.datetime) -> None:
    """Refuse to put a list over one of the same definition that is as of a later instant.

    Raises
    ------
    DataError
        If such a list is published.
    """
    try:
        run = open_current(workspace).run
    except (NotFoundError, DataError):  # nothing there, or nothing that sales could read
        return
    if run.definition.name == name and run.as_of > instant:
        msg = (
            f"sales see the list of {name!r} as of {iso(run.as_of)} (run {run.run_id}), and this one would be as of "
            f"{iso(instant)}, which is older. Score a later instant, publish into another workspace (--workspace), or "
            f"say that the older list shall replace it (--over-newer)."
        )
        raise DataError(msg)


def moves_of(workspace: Path, data: Path, entity_id: str, language: str | None = None) -> tuple[tuple[Move, ...], str]:
    """Return what would move a lead of the published list, and a note that says how to read it.

    The run's own model scores the lead anew, with events that did not happen, as of the same instant.

    Raises
    ------
    NotFoundError
        If nothing is published, the run has no such lead, or its model is gone.
    """
    published = open_current(workspace)
    published.lead(entity_id)
    run = published.run
    model = registry.fetch(workspace, registry.find(workspace, run.definition.name, run.model.version))
    telling = Telling.of(model, language)
    ranked = published.scores["entity_id"].to_pylist()
    wanted = sorted({entity_id, *ranked[:: max(1, len(ranked) // OTHERS)]})
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, model.definition, data)
        pairs = warehouse.fetch(candidates(model.definition, tables, run.as_of).pairs)
        pairs = pairs.filter(pc.is_in(pairs["entity_id"], value_set=pa.array(wanted, pa.string())))
        pairs = pairs.select(["entity_id", "cutoff", "signup_at"])
        found = pairs.filter(pc.equal(pairs["entity_id"], entity_id)).to_pylist()
        if not found:
            msg = f"{entity_id!r} is no candidate as of {iso(run.as_of)} in this data; give the data that was scored."
            raise DataError(msg)
        numbered = pairs.append_column("row_id", pa.array(range(len(pairs)), pa.int64()))
        others = build_features(tables, warehouse.save_arrow("compared_pairs", numbered), model.features)
        lead = (entity_id, found[0]["cutoff"], found[0]["signup_at"])
        return moves(model, tables, lead, others, telling), telling.language.text("moves.note")


def side_of(model: PropensityModel, tables: Tables, pairs: ir.Table, entity: np.ndarray, log_odds: np.ndarray) -> Side:
    """Return a run as a side of a comparison.

    Parameters
    ----------
    entity, log_odds
        Who was scored, and how; pairs of others are left out.
    """
    kept = tables.warehouse.fetch(pairs.select("entity_id", "cutoff", "signup_at"))
    kept = kept.filter(pc.is_in(kept["entity_id"], value_set=pa.array(entity, pa.string())))
    at = pc.index_in(kept["entity_id"], value_set=pa.array(entity, pa.string()))
    return Side(model, tables, kept, log_odds[at.to_numpy().astype(int)])


def changes_since(earlier: PublishedRun, now: Side, workspace: Path, data: Path, telling: Telling) -> pa.Table:
    """Return the parts of each lead's change since an earlier run, as they are published but for the run.

    The earlier run's own model is asked, with its own definition.

    Raises
    ------
    NotFoundError
        If that model is gone.
    """
    run = earlier.run
    model = registry.fetch(workspace, registry.find(workspace, run.definition.name, run.model.version))
    with now.tables.warehouse.another() as warehouse:
        tables = load_tables(warehouse, model.definition, data)
        pairs = candidates(model.definition, tables, run.as_of).pairs
        entity = earlier.scores["entity_id"].to_numpy()
        before = side_of(model, tables, pairs, entity, earlier.scores["log_odds"].to_numpy())
        found = changes(before, now, telling)
    table = pa.Table.from_pandas(found, preserve_index=False)
    return table.append_column("points", pc.multiply(table["change"], now.model.scale.factor))

"""A row of training is the row that scoring would have made at the same instant, from what there was then."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from pqlml.definition import Definition, load_definition, parse_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.events import load_tables
from pqlml.events.simulate import simulate
from pqlml.features import Feature, Vocabulary, build_features, catalogue, learn_vocabulary
from pqlml.features.spec import BEHAVIOUR
from pqlml.labels import candidates, cutoffs, judge_pairs
from pqlml.warehouse import open_warehouse
from tests.dataset.histories import DEFINITION, past
from tests.features.histories import behaviour_features

INSTANTS = [
    dt.datetime(2024, 3, 4),
    dt.datetime(2024, 3, 11, 6, 30, 0, 1),
    dt.datetime(2024, 3, 18, 23, 59, 59, 999999),
]
CALENDAR = {"at": INSTANTS}
SPINE = {"table": "spine.parquet"}
AFTER_SIGNUP = {"after_signup_days": [3, 10]}
KINDS = Vocabulary(attributes={"plan": "category", "size": "number"})


def plan(snapshots: dict[str, Any], **more: Any) -> Definition:
    return parse_definition(yaml.safe_dump({**yaml.safe_load(DEFINITION), "snapshots": snapshots, **more}))


def features_of(definition: Definition) -> list[Feature]:
    return [*behaviour_features(), *(f for f in catalogue(definition, KINDS) if f.aggregate not in BEHAVIOUR)]


Made = tuple[pd.DataFrame, "pd.Series[str]"]
"""Rows, and why other entities have none."""


def trained(definition: Definition, folder: Path, features: list[Feature], at: dt.datetime) -> Made:
    """Return the rows of training at a cutoff, whose label windows are over by the end of the data."""
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, definition, folder)
        spine = cutoffs(definition, tables, folder)
        judged = judge_pairs(definition, tables, spine.filter(spine.cutoff == ibis.literal(at, "timestamp(6)")))
        rows = build_features(tables, judged.pairs, features)
        dropped = warehouse.fetch(judged.dropped_pairs).to_pandas()
    return rows, dropped.set_index("entity_id")["reason"].sort_index()


def scored(definition: Definition, folder: Path, features: list[Feature], at: dt.datetime) -> Made:
    """Return the rows to score as of an instant, of the entities that are looked at as of that very instant."""
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, definition, folder)
        found = candidates(definition, tables, at)
        rows = build_features(tables, found.pairs, features)
        dropped = warehouse.fetch(found.dropped_pairs).to_pandas()
    now = dropped[dropped["cutoff"] == at]
    return rows[rows["cutoff"] == at].reset_index(drop=True), now.set_index("entity_id")["reason"].sort_index()


def extract(folder: Path, to: Path, definition: Definition, at: dt.datetime) -> Path:
    """Copy what an export made at that instant would have held."""
    to.mkdir(parents=True)
    sources = definition.sources
    known: dict[str, tuple[str, ...]] = {}
    for source in (sources.events, sources.outcomes):
        if source is not None:
            known[str(source.path)] = (source.ts, source.known_at or source.ts)
    for versioned in (sources.entities, sources.users):
        if versioned is not None:
            known[str(versioned.path)] = (str(versioned.valid_from),)
    stays, ends = sources.memberships, None
    if stays is not None:
        known[str(stays.path)] = (str(stays.valid_from), str(stays.known_at))
        ends = stays.valid_to
    for name, times in known.items():
        table = pq.read_table(folder / name)
        if stays is not None and name == stays.path and ends is not None:
            told = pc.less_equal(
                table[ends], pa.scalar(at, pa.timestamp("us")).cast(pa.timestamp("us", table[ends].type.tz))
            )
            open_still = pc.if_else(told, table[ends], pa.scalar(None, table[ends].type))
            table = table.set_column(table.column_names.index(ends), ends, open_still)
        for column in times:
            kind = table[column].type
            instant = pa.scalar(at, pa.timestamp("us")).cast(pa.timestamp("us", kind.tz)).cast(kind)
            table = table.filter(pc.less_equal(table[column], instant))
        pq.write_table(table, to / name)
    return to


def agree(definition: Definition, folder: Path, tmp_path: Path, at: dt.datetime, features: list[Feature]) -> Made:
    """Compare training with scoring, from today's tables and from those of then; return the rows of training."""
    rows, reasons = trained(definition, folder, features, at)
    asked = {*rows["entity_id"], *reasons.index}
    for source in (folder, extract(folder, tmp_path / f"{at:%Y%m%dT%H%M%S%f}", definition, at)):
        found, why = scored(definition, source, features, at)
        mine = found[found["entity_id"].isin(asked)].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, rows, check_exact=True)
        # Whoever has not signed up yet is in no export of then, so only training can count them.
        pd.testing.assert_series_equal(_there(why[why.index.isin(asked)]), _there(reasons))
    return rows, reasons


def _there(reasons: pd.Series[str]) -> pd.Series[str]:
    return reasons[reasons != "not_signed_up"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = past(5, 400, shared=INSTANTS, ages=[0.5, 3, 10, 10, 50, 100])
    return made.write(tmp_path_factory.mktemp("past") / "tables")


@pytest.mark.parametrize("snapshots", [CALENDAR, SPINE, AFTER_SIGNUP], ids=lambda given: next(iter(given)))
def test_on_random_histories(folder: Path, snapshots: dict[str, Any], tmp_path: Path) -> None:
    definition = plan(snapshots)
    reasons: set[str] = set()
    for at in INSTANTS:
        rows, why = agree(definition, folder, tmp_path, at, features_of(definition))
        assert len(rows) > 10
        reasons |= set(why)
    assert {"excluded", "already_converted", "left"} <= reasons


def test_without_a_table_of_entities(folder: Path, tmp_path: Path) -> None:
    more = yaml.safe_load(DEFINITION)
    sources = {name: more["sources"][name] for name in ("events", "observed_until")}
    definition = plan(CALENDAR, sources=sources, population={"max_age_days": 90}, signals={})
    features = behaviour_features()
    for at in INSTANTS:
        _, reasons = agree(definition, folder, tmp_path, at, features)
        # Whom no event told of yet is no candidate, though it may have been there: an export of then lacks it.
        assert "not_signed_up" in set(reasons)


def test_on_the_simulated_company_with_late_arrivals(tmp_path: Path) -> None:
    company = tmp_path / "company"
    simulate(company, accounts=300, seed=5)
    saas = load_definition(shipped_definitions()["saas"])
    at = dt.datetime(2026, 3, 1)
    with open_warehouse() as warehouse:
        features = list(catalogue(saas, learn_vocabulary(saas, load_tables(warehouse, saas, company))))
    for snapshots in ({"at": [at]}, {"every_days": 7, "end": at}):
        definition = parse_definition(yaml.safe_dump({**saas.model_dump(mode="json"), "snapshots": snapshots}))
        rows, _ = agree(definition, company, tmp_path / next(iter(snapshots)), at, features)
        assert len(rows) > 20

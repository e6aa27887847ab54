"""What changed: each part is what it says, and all together they are the change."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pqlml.dataset import build_rows
from pqlml.definition import Definition, load_definition
from pqlml.definition.parts import Snapshots
from pqlml.definition.shipped import shipped_definitions
from pqlml.events import Tables, load_tables
from pqlml.events.simulate import simulate
from pqlml.explain.changed import PARTS, Side, changes
from pqlml.explain.statements import Value, clipped, shown, statement
from pqlml.explain.telling import Telling
from pqlml.features import Feature, build_features, catalogue, learn_vocabulary
from pqlml.labels import candidates
from pqlml.model.bundle import PropensityModel
from pqlml.model.fit import fit_model
from pqlml.warehouse import open_warehouse
from tests.explain.recomputed import Raw

THEN, NOW = dt.datetime(2026, 5, 1), dt.datetime(2026, 5, 9)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder, accounts=400, seed=5)
    return folder


@pytest.fixture(scope="module")
def world(company: Path) -> Iterator[tuple[Tables, PropensityModel, PropensityModel]]:
    """Tables, a model, and another one with other features, trees and calibration."""
    definition = load_definition(shipped_definitions()["saas"])
    definition = definition.model_copy(update={"snapshots": Snapshots(every_days=28)})
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, definition, company)
        yield tables, fitted(definition, tables, company, 0), fitted(shorter(definition), tables, company, 1)


def instant(at: dt.datetime) -> ir.TimestampScalar:
    return ibis.literal(at, "timestamp(6)")


def shorter(definition: Definition) -> Definition:
    return definition.model_copy(update={"version": 2, "windows_days": (7, 28)})


def fitted(definition: Definition, tables: Tables, data: Path, seed: int) -> PropensityModel:
    vocabulary = learn_vocabulary(definition, tables)
    rows = build_rows(definition, tables, data)
    assert rows.features == catalogue(definition, vocabulary)
    return fit_model(definition, vocabulary, rows, np.arange(len(rows.label)), seed)


def side(model: PropensityModel, tables: Tables, as_of: dt.datetime) -> Side:
    pairs = candidates(model.definition, tables, as_of).pairs
    table = build_features(tables, pairs, model.features)
    kept = tables.warehouse.fetch(pairs.order_by("row_id").select("entity_id", "cutoff", "signup_at"))
    return Side(model, tables, kept, model.log_odds(table))


def parts(found: pd.DataFrame) -> pd.DataFrame:
    return found.set_index(["entity_id", "part"])["change"].unstack()[list(PARTS)]  # noqa: PD010 - one value per cell


def total(before: Side, now: Side) -> pd.Series:
    old = pd.Series(before.log_odds, before.pairs["entity_id"].to_pylist())
    new = pd.Series(now.log_odds, now.pairs["entity_id"].to_pylist())
    return (new - old).dropna()


def test_parts_add_up_to_the_change_of_every_lead(world: tuple[Tables, PropensityModel, PropensityModel]) -> None:
    tables, model, other = world
    for swapped in (model, other):
        before, now = side(model, tables, THEN), side(swapped, tables, NOW)
        found = parts(changes(before, now, Telling.of(model)))
        expected = total(before, now)
        assert len(found) == len(expected) > 50
        np.testing.assert_allclose(found.sum(axis=1), expected[found.index], rtol=0, atol=1e-9)
        assert (found["model"] == 0).all() == (swapped is model)
        assert (found["corrections"] == 0).all(), "the data of then is the data of now"
        for part in ("silence", "behaviour"):
            assert (found[part] != 0).mean() > 0.1, part


def test_without_new_events_only_time_has_passed(world: tuple[Tables, PropensityModel, PropensityModel]) -> None:
    tables, model, _ = world
    events = tables.events
    assert events is not None
    quiet = dataclasses.replace(tables, events=events.filter(events.ts < THEN, events.known_at <= THEN))
    found = parts(changes(side(model, tables, THEN), side(model, quiet, NOW), Telling.of(model)))
    loud = parts(changes(side(model, tables, THEN), side(model, tables, NOW), Telling.of(model)))
    assert (found["silence"].loc[loud.index] == loud["silence"]).all(), "silence does not know what came after"
    own = parts(changes(side(model, quiet, THEN), side(model, quiet, NOW), Telling.of(model)))
    assert (own["behaviour"] == 0).all()
    assert (own["silence"] != 0).any()


def test_corrected_data_is_a_part_of_its_own(world: tuple[Tables, PropensityModel, PropensityModel]) -> None:
    tables, model, _ = world
    before, now = side(model, tables, THEN), side(model, tables, NOW)
    published = dataclasses.replace(before, log_odds=before.log_odds - 0.25)
    found = parts(changes(published, now, Telling.of(model)))
    np.testing.assert_allclose(found["corrections"], 0.25)
    np.testing.assert_allclose(found.sum(axis=1), total(published, now)[found.index], rtol=0, atol=1e-9)


def test_a_new_attribute_is_neither_silence_nor_behaviour(
    world: tuple[Tables, PropensityModel, PropensityModel],
) -> None:
    tables, model, _ = world
    entities, then, later = tables.entities, instant(THEN), instant(THEN + dt.timedelta(days=1))
    first = entities.filter(entities.valid_from.fill_null(then) <= then, entities.valid_to.fill_null(later) > then)
    first = first.mutate(valid_to=first.valid_to.nullif(first.valid_to))
    grown = first.mutate(valid_from=later, employees=first.employees.fill_null(0) + 300)
    changing = dataclasses.replace(tables, entities=first.mutate(valid_to=later).union(grown))
    found = parts(changes(side(model, changing, THEN), side(model, changing, NOW), Telling.of(model)))
    frozen = dataclasses.replace(tables, entities=first)
    same = parts(changes(side(model, frozen, THEN), side(model, frozen, NOW), Telling.of(model)))
    assert (found["attributes"] != 0).any()
    assert (same["attributes"] == 0).all()
    for part in ("silence", "behaviour"):
        assert (found[part] == same[part]).all(), part


@pytest.mark.parametrize("code", ["en", "de"])
def test_every_sentence_is_true_of_then_or_of_now_by_the_raw_files(
    code: str, company: Path, world: tuple[Tables, PropensityModel, PropensityModel]
) -> None:
    """What would be so, had nothing happened since, is no fact."""
    tables, model, _ = world
    telling = Telling.of(model, code)
    found = changes(side(model, tables, THEN), side(model, tables, NOW), telling)
    found = found[found["sentence"].notna()]
    raw = {at: Raw(company, model.definition, at) for at in (THEN, NOW)}
    then_mark, same, before = (telling.language.text(f"changed.{key}", before="") for key in ("then", "same", "before"))
    seen: set[str] = set()
    for entity, part, told in zip(found["entity_id"], found["part"], found["sentence"], strict=True):
        fact, _, beside = told.partition("; ")
        was_then = beside == then_mark
        assert not was_then or part == "silence", told
        at = THEN if was_then else NOW
        true = [one for one in telling.features if fact in _facts(one, raw[at].value(one, entity), telling)]
        assert true, (entity, part, told)
        if beside == same:
            known = [(one, raw[THEN].value(one, entity), raw[NOW].value(one, entity)) for one in true]
            assert any(_bare(one, old, telling) == _bare(one, new, telling) for one, old, new in known), (entity, told)
        elif not was_then and beside:
            assert beside.startswith(before), told
            assert beside.removeprefix(before) in [_bare(one, raw[THEN].value(one, entity), telling) for one in true]
        seen.add("then" if was_then else "same" if beside == same else "before" if beside else "alone")
    assert seen == {"then", "same", "before", "alone"}
    assert len(found) > 50


def _facts(feature: Feature, value: Value, telling: Telling) -> set[str]:
    return {statement(*made, telling.language) for made in ((feature, value), clipped(feature, value))}


def _bare(feature: Feature, value: Value, telling: Telling) -> str | None:
    return shown(feature, value, telling.language) if isinstance(value, int | float) else value


def test_the_fact_that_moved_most_is_told(world: tuple[Tables, PropensityModel, PropensityModel]) -> None:
    tables, model, _ = world
    before, now = side(model, tables, THEN), side(model, tables, NOW)
    found = changes(before, now, Telling.of(model))
    told = found[found["sentence"].notna()]
    assert (told["change"].abs() >= 0.05).all()
    assert set(told["part"]) <= {"silence", "behaviour", "attributes"}
    assert len(told) > 20
    for text in told["sentence"]:
        assert len(text.split()) <= 16
        assert "_" not in text
    assert told["sentence"].str.contains("; before: ").any()
    german = changes(before, now, Telling.of(model, "de"))
    assert set(german["label"]) == {
        "seither berichtigte Daten",
        "verstrichene Zeit",
        "neues Verhalten",
        "neue Angaben",
        "anderes Modell oder andere Definition",
    }
    pd.testing.assert_series_equal(german["change"], found["change"])


def test_leads_of_one_run_alone_are_left_out(world: tuple[Tables, PropensityModel, PropensityModel]) -> None:
    tables, model, _ = world
    before, now = side(model, tables, THEN), side(model, tables, NOW)
    few = dataclasses.replace(before, pairs=before.pairs.slice(0, 5), log_odds=before.log_odds[:5])
    shared = set(few.pairs["entity_id"].to_pylist()) & set(now.pairs["entity_id"].to_pylist())
    assert set(changes(few, now, Telling.of(model))["entity_id"]) == shared
    nobody = dataclasses.replace(few, pairs=before.pairs.slice(0, 0), log_odds=before.log_odds[:0])
    assert isinstance(nobody.pairs, pa.Table)
    assert changes(nobody, now, Telling.of(model)).empty

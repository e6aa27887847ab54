"""The presets say what they mean: a lead that does everything meets every rule, and one that does nothing none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pqlml.definition import Definition, load_definition
from pqlml.definition.selection import Between, Selection
from pqlml.definition.shipped import shipped_definitions
from pqlml.events import load_tables
from pqlml.features import build_features, catalogue, learn_vocabulary
from pqlml.model.scorecard import PointsScorecard
from pqlml.warehouse import open_warehouse
from tests.features.histories import pair_table
from tests.features.oracle import Pair
from tests.small import day, write

TIMES_A_DAY = {
    "collaboration": 80,  # 2,000 messages in 25 days
    "project_management": 8,
    "analytics": 8,
    "design": 8,
    "samples": 8,
    "courses": 8,
    "investment": 8,
    "network": 8,
}
CUTOFF = day(60)
PEOPLE = 12


@pytest.mark.parametrize("name", TIMES_A_DAY)
def test_whoever_does_everything_meets_every_rule_and_the_idle_none(name: str, tmp_path: Path) -> None:
    definition = load_definition(shipped_definitions()[name])
    days = 13 if definition.signals.trial is not None else 25
    happened = list(events(definition, days, TIMES_A_DAY[name]))
    write(tmp_path, events=happened, **{entities_file(definition): attributes(definition, days)})
    pairs = [Pair(lead, CUTOFF, CUTOFF - dt.timedelta(days=days)) for lead in ("busy", "idle")]
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, definition, tmp_path, now=day(100))
        features = catalogue(definition, learn_vocabulary(definition, tables))
        values = build_features(tables, pair_table(warehouse, pairs), features)
    busy, idle = PointsScorecard(definition.points).met(values)
    rules = [rule.feature for rule in definition.points]
    assert [rule for rule, met in zip(rules, busy, strict=True) if not met] == []
    assert [rule for rule, met in zip(rules, idle, strict=True) if met and not rule.startswith("trial.")] == []


def entities_file(definition: Definition) -> str:
    assert definition.sources.entities is not None
    return str(definition.sources.entities.path).removesuffix(".parquet")


def events(definition: Definition, days: int, times_a_day: int) -> Iterator[dict[str, Any]]:
    """Every event of every signal, several times a day by several people, with the wanted properties."""
    source = definition.sources.events
    assert source is not None
    wanted: dict[str, dict[str, Any]] = {}
    for _, _, selection in definition.signals.selections():
        for event in selection.events:
            wanted.setdefault(event, {}).update(properties(selection))
    keys = {key: None for values in wanted.values() for key in values}
    for at in range(days * times_a_day):
        ts = CUTOFF - dt.timedelta(days=days) + dt.timedelta(days=at / times_a_day, minutes=1)
        for event, values in wanted.items():
            yield {
                str(source.entity_id): "busy",
                source.event: event,
                source.ts: ts,
                **({source.known_at: ts} if source.known_at else {}),
                **({source.user_id: f"u{at % PEOPLE}"} if source.user_id else {}),
                **{measure.column: 60_000.0 for measure in source.properties.values()},
                **{measure.column: f"value {at % 5}" for measure in source.distinct.values()},
                **keys,
                **values,
            }


def properties(selection: Selection) -> dict[str, Any]:
    return {key: value.at_least if isinstance(value, Between) else value[0] for key, value in selection.where.items()}


def attributes(definition: Definition, days: int) -> list[dict[str, Any]]:
    source, fit = definition.sources.entities, definition.signals.fit
    assert source is not None
    assert source.signup_at is not None
    assert source.valid_from is not None
    signup = CUTOFF - dt.timedelta(days=days)
    known = {source.signup_at: signup, source.valid_from: signup}
    ideal = {fit.roles[role]: wanted[0] for role, wanted in fit.ideal.items()}
    others = dict.fromkeys(fit.roles.values())
    return [
        {source.entity_id: "busy", **known, **others, **ideal},
        {source.entity_id: "idle", **known, **others, **dict.fromkeys(ideal)},
    ]

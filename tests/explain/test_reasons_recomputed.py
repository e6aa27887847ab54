"""Every number of a sentence can be counted again from the raw files; benchmarks/reasons.py does it at length."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.events import load_tables
from pqlml.events.simulate import simulate
from pqlml.explain import Contributions, Telling, reasons, sentence
from pqlml.explain.statements import MOST_WORDS
from pqlml.features import build_features, catalogue, learn_vocabulary
from pqlml.labels import candidates
from pqlml.language import language
from pqlml.warehouse import open_warehouse
from tests.explain.recomputed import Raw

CUTOFF = dt.datetime(2026, 6, 1)


@pytest.mark.parametrize("code", ["en", "de"])
def test_every_sentence_is_that_of_the_raw_files(code: str, tmp_path: Path) -> None:
    """Random shares let every feature speak for its group once, not only those that a model happens to like."""
    simulate(tmp_path, accounts=150, seed=11)
    definition = load_definition(shipped_definitions()["saas"])
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, definition, tmp_path)
        features = catalogue(definition, learn_vocabulary(definition, tables))
        values = build_features(tables, candidates(definition, tables, CUTOFF).pairs, features)
    entity = values["entity_id"].tolist()
    assert len(entity) >= 30
    shares = Contributions(0.0, np.random.default_rng(0).normal(size=(len(entity), len(features))), features)
    telling = Telling(language(code), "account", 6, 6, features)
    found = reasons(values, shares, telling)
    raw = Raw(tmp_path, definition, CUTOFF)
    by_name = {feature.name: feature for feature in features}
    events = {event for feature in features for event in feature.events or ()}
    names = {name for name in {*by_name, *events} if "." in name or "_" in name}
    compared = 0
    columns = (found[column] for column in ("lead", "feature", "contribution", "sentence"))
    for lead, name, share, told in zip(*columns, strict=True):
        feature = by_name[name]
        typical = raw.typical(feature, entity[lead], entity)
        value = raw.value(feature, entity[lead])
        way = 1 if share > 0 else -1
        made = sentence(feature, value, typical, told_in=language(code), direction=way)
        assert told == made, (entity[lead], name, value)
        assert len(told.split()) <= MOST_WORDS
        assert not any(internal in told for internal in names), told
        compared += "; " in told
    assert len(found) > 300
    assert compared > 30
    assert len(set(found["feature"])) > 100

"""What a search may see ends before what judges it begins."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pqlml.dataset import Rows
from pqlml.definition import Definition, parse_definition
from pqlml.model.tune.part import search_part
from tests.helpers.synthetic import definition, make_rows

ROWS = make_rows(120)


def part(plan: str, rows: Rows = ROWS) -> tuple[np.ndarray, set[int], Definition]:
    made = definition(plan)
    train, split = search_part(made, rows.keys, rows.label)
    return train, {int(row) for fold in split.folds for row in fold.test}, made


def test_the_search_sees_what_was_over_when_judging_begins() -> None:
    train, judged, _ = part("evaluation: {test_from: 2026-04-01}")
    cutoff = ROWS.keys["cutoff"]
    assert not judged & set(train)
    assert cutoff.iloc[train].max() + np.timedelta64(30, "D") <= cutoff.iloc[sorted(judged)].min()
    assert judged == set(np.flatnonzero(cutoff >= "2026-04-01"))


def test_several_origins_do_not_let_the_search_see_more() -> None:
    one, _, _ = part("evaluation: {test_from: 2026-04-01, origins: 1}")
    two, _, _ = part("evaluation: {test_from: 2026-04-01, origins: 2}")
    np.testing.assert_array_equal(one, two)


def test_with_entities_on_one_side_the_search_sees_all_of_them() -> None:
    apart, judged, _ = part("evaluation: {test_from: 2026-04-01, entity_disjoint: true}")
    shared, _, _ = part("evaluation: {test_from: 2026-04-01}")
    np.testing.assert_array_equal(apart, shared)
    assert not judged & set(apart)


def test_without_times_a_quarter_of_the_entities_judges() -> None:
    timeless = dataclasses.replace(ROWS, keys=ROWS.keys[["entity_id"]])
    text = "name: leads\nsources: {entities: {path: leads.csv}}\nconversion: {label: won}\n"
    train, split = search_part(parse_definition(text), timeless.keys, timeless.label)
    (fold,) = split.folds
    assert not set(ROWS.entity[train]) & set(ROWS.entity[fold.test])
    assert len(fold.test) / len(ROWS.label) == pytest.approx(0.25, abs=0.08)
    assert split.headline.startswith("NOT forward in time (the data has no times)")


def test_folds_that_the_definition_asks_for_are_not_forward_in_time() -> None:
    made = definition("evaluation: {folds: 3}")
    _, split = search_part(made, ROWS.keys, ROWS.label)
    assert not split.forward
    assert "as the definition asks" in split.headline

"""A row holds what was known at its cutoff: on 1,000 random histories, nothing that came later can change it."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import ibis
import pandas as pd
import pytest

from pqlml.definition import parse_definition
from pqlml.events import load_tables
from pqlml.features import Vocabulary, build_features, catalogue
from pqlml.features.build import Engine
from pqlml.features.spec import BEHAVIOUR
from pqlml.labels import cutoffs, judge_pairs
from pqlml.warehouse import open_warehouse
from tests.dataset.histories import (
    DEFINITION,
    Change,
    Past,
    corrupted,
    deleted,
    past,
    shuffled,
    with_event_at_the_cutoff,
)
from tests.features.histories import behaviour_features

HISTORIES = 1_000
PLAN = parse_definition(DEFINITION)
KINDS = Vocabulary(attributes={"plan": "category", "size": "number"})
PROFILE = [feature for feature in catalogue(PLAN, KINDS) if feature.aggregate not in BEHAVIOUR]
FEATURES = [*behaviour_features(), *PROFILE]
ENGINES: tuple[Engine, ...] = ("kernel", "ibis")


def rows_of(given: Past, folder: Path, engine: Engine) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the features of every pair, and what was judged of it, both by entity."""
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, PLAN, given.write(folder))
        spine = cutoffs(PLAN, tables, folder)
        number = ibis.row_number().over(ibis.window(order_by=spine.entity_id))
        pairs = warehouse.save("every_pair", spine.mutate(row_id=number))
        features = build_features(tables, pairs, FEATURES, engine)
        judged = warehouse.fetch(judge_pairs(PLAN, tables, spine).judged.order_by("entity_id")).to_pandas()
    return features, judged


@pytest.fixture(scope="module")
def given() -> Past:
    return past(1, HISTORIES)


@pytest.fixture(scope="module", params=ENGINES)
def before(
    request: pytest.FixtureRequest, given: Past, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Engine, pd.DataFrame, pd.DataFrame]:
    return (request.param, *rows_of(given, tmp_path_factory.mktemp("before"), request.param))


def test_the_histories_hold_what_they_are_for(given: Past, before: tuple[Engine, pd.DataFrame, pd.DataFrame]) -> None:
    _, features, judged = before
    seen = [row for row in given.events if given.knew(row)]
    assert len(given.cutoff) == HISTORIES
    assert len(seen) > 3 * HISTORIES
    assert len(given.events) - len(seen) > HISTORIES
    assert sum(row["ts"] < given.cutoff[row["entity_id"]] < row["known_at"] for row in given.events) > HISTORIES / 2
    assert sum(row["valid_from"] == given.cutoff[row["entity_id"]] for row in given.entities) > HISTORIES / 10
    assert sum(not given.knew(row) for row in given.entities) > HISTORIES / 2
    reasons = Counter(judged["reason"].dropna())
    assert min(reasons[why] for why in ("excluded", "too_young", "too_old", "already_converted", "left")) > 20
    assert judged["label"].value_counts().min() > 5
    happening = [feature.name for feature in FEATURES if "never seen" not in (feature.events or ())]
    assert features[happening].nunique().min() > 1


@pytest.mark.parametrize("change", [deleted, corrupted])
def test_what_came_later_or_was_known_later_changes_no_feature_and_no_candidate(
    given: Past, before: tuple[Engine, pd.DataFrame, pd.DataFrame], change: Change, tmp_path: Path
) -> None:
    engine, features, judged = before
    after, now_judged = rows_of(change(given, random.Random(2)), tmp_path, engine)
    pd.testing.assert_frame_equal(after, features, check_exact=True)
    pd.testing.assert_frame_equal(now_judged.drop(columns="label"), judged.drop(columns="label"), check_exact=True)
    assert not now_judged["label"].equals(judged["label"]), "what came later is what labels are about"


def test_neither_the_order_of_rows_nor_repeated_deliveries_matter(
    given: Past, before: tuple[Engine, pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    engine, features, judged = before
    after, now_judged = rows_of(shuffled(given, random.Random(3)), tmp_path, engine)
    pd.testing.assert_frame_equal(after, features, check_exact=True)
    pd.testing.assert_frame_equal(now_judged, judged, check_exact=True)


def test_an_event_at_the_cutoff_is_out_of_the_features_and_in_the_label(
    given: Past, before: tuple[Engine, pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    engine, features, judged = before
    bought = with_event_at_the_cutoff(given, str(PLAN.conversion.event))
    after, now_judged = rows_of(bought, tmp_path, engine)
    pd.testing.assert_frame_equal(after, features, check_exact=True)
    pd.testing.assert_series_equal(now_judged["reason"], judged["reason"])
    unheard = {
        row["entity_id"]
        for row in given.events
        if row["event"] == PLAN.conversion.event and row["ts"] < given.cutoff[row["entity_id"]]
    }
    fresh = now_judged[now_judged["reason"].isna() & ~now_judged["entity_id"].isin(unheard)]
    assert len(fresh) > 100
    assert (fresh["label"] == 1).all()
    converted_unheard = now_judged[now_judged["reason"].isna() & now_judged["entity_id"].isin(unheard)]
    assert len(converted_unheard) > 0
    assert (converted_unheard["label"] == 0).all(), "the first conversion does not lie in the window"

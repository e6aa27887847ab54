"""What would move a score: states that can be reached, scored for real, and never who the lead is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from pqlml.dataset import build_rows
from pqlml.definition import load_definition
from pqlml.definition.parts import Snapshots
from pqlml.definition.shipped import shipped_definitions
from pqlml.events import Tables, load_tables
from pqlml.events.simulate import simulate
from pqlml.explain.moves import MOST, SMALLEST, actions, moves
from pqlml.explain.telling import Telling
from pqlml.features import build_features, learn_vocabulary
from pqlml.features.hypothetical import APART, Copy, with_copies
from pqlml.labels import candidates
from pqlml.model.bundle import PropensityModel
from pqlml.model.fit import fit_model
from pqlml.schema import TIERS
from pqlml.warehouse import open_warehouse

NOW = dt.datetime(2026, 5, 9)
World = tuple[Tables, PropensityModel, pd.DataFrame]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Tables, a model, and the leads with their sign-up."""
    folder = tmp_path_factory.mktemp("company")
    simulate(folder, accounts=300, seed=5)
    definition = load_definition(shipped_definitions()["saas"])
    definition = definition.model_copy(update={"snapshots": Snapshots(every_days=28)})
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, definition, folder)
        rows = build_rows(definition, tables, folder)
        model = fit_model(definition, learn_vocabulary(definition, tables), rows, np.arange(len(rows.label)))
        pairs = candidates(definition, tables, NOW).pairs
        values = build_features(tables, pairs, model.features)
        kept = warehouse.fetch(pairs.order_by("row_id")).to_pandas()
        yield tables, model, pd.concat([values, kept[["signup_at"]]], axis=1)


def test_a_copy_without_more_events_is_the_lead(world: World) -> None:
    tables, model, leads = world
    some = leads.head(10)
    copies = [Copy(row.entity_id, NOW, row.signup_at, "", 0) for row in some.itertuples()]  # type: ignore[arg-type]  # texts
    copied, pairs = with_copies(tables, copies)
    found = build_features(copied, pairs, model.features)
    names = [feature.name for feature in model.features]
    pd.testing.assert_frame_equal(found[names], some[names].reset_index(drop=True))


def test_added_events_count_in_every_feature_of_their_signal(world: World) -> None:
    tables, model, leads = world
    quiet = leads[leads["invited.count.all"] == 0].iloc[0]
    copied, pairs = with_copies(tables, [Copy(quiet["entity_id"], NOW, quiet["signup_at"], "invite_sent", 3)])
    found = build_features(copied, pairs, model.features).iloc[0]
    assert found["invited.count.7d"] == found["invited.count.all"] == 3
    assert found["invited.recency"] == APART / dt.timedelta(days=1)
    assert found["any.count.7d"] == quiet["any.count.7d"] + 3
    assert found["company_size"] == quiet["company_size"] or np.isnan(quiet["company_size"])


def test_every_move_is_scored_for_real_and_can_be_reached(world: World) -> None:
    tables, model, leads = world
    telling = Telling.of(model)
    can = {action.signal: action for action in actions(model, leads, telling)}
    assert "invited" in can
    assert not {"industry", "company_size", "age"} & set(can)
    log_odds = model.log_odds(leads)
    told = 0
    for at in np.argsort(-log_odds)[10:18]:
        lead = leads.iloc[at]
        found = moves(model, tables, (lead["entity_id"], NOW, lead["signup_at"]), leads, telling)
        assert len(found) <= MOST
        assert len({move.signal for move in found}) == len(found)
        for move in found:
            action = can[move.signal]
            copied, pairs = with_copies(
                tables, [Copy(lead["entity_id"], NOW, lead["signup_at"], action.event, move.times)]
            )
            again = model.log_odds(build_features(copied, pairs, model.features))[0]
            assert move.log_odds == again
            assert move.gain == pytest.approx(again - log_odds[at], abs=1e-12)
            assert move.gain >= SMALLEST
            assert lead[action.counted.name] + move.times <= max(action.most, 1)
            assert f": {move.times} more; chance " in move.sentence
            assert len(move.sentence.split()) <= 16
            assert move.tier in TIERS
            told += 1
    assert told > 3


def test_what_happens_once_is_not_asked_for_again(world: World) -> None:
    tables, model, leads = world
    telling = Telling.of(model)
    once = leads.assign(**{"milestones.count.28d": leads["milestones.count.28d"].clip(upper=1)})
    action = next(each for each in actions(model, once, telling) if each.signal == "milestones")
    assert action.once
    done = leads[leads["milestones.count.28d"] > 0].head(3)
    assert len(done)
    for _, lead in done.iterrows():
        found = moves(model, tables, (lead["entity_id"], NOW, lead["signup_at"]), once, telling)
        assert "milestones" not in [move.signal for move in found]

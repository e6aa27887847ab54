"""On every data set that comes with a definition, each pair has a label or a reason, and labels are what happened."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pqlml import pipeline
from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import DEMOS
from pqlml.events import load_tables
from pqlml.labels import cutoffs, judge_pairs
from pqlml.warehouse import open_warehouse

TIMED = [
    pytest.param("saas"),
    pytest.param("completejourney"),
    pytest.param("freemium365", marks=pytest.mark.shared_data),
    pytest.param("cdnow", marks=pytest.mark.shared_data),
]
QUIET = pd.Timedelta(days=28)


def prepared(name: str, folder: Path) -> Path:
    demo = DEMOS[name]
    demo.load(folder, None, **({"accounts": 400} if demo.simulated else {}))
    return folder


@pytest.mark.parametrize("name", TIMED)
def test_every_pair_has_a_label_or_a_reason_and_the_label_is_what_happened(name: str, tmp_path: Path) -> None:
    definition = load_definition(shipped_definitions()[DEMOS[name].definition])
    data = prepared(name, tmp_path)
    with open_warehouse() as warehouse:
        tables = load_tables(warehouse, definition, data)
        spine = cutoffs(definition, tables, data)
        asked = warehouse.fetch(spine.select("entity_id", "cutoff")).to_pandas()
        found = judge_pairs(definition, tables, spine)
        judged = warehouse.fetch(found.judged).to_pandas()
        assert tables.events is not None
        events = warehouse.fetch(tables.events.select("entity_id", "event", "ts")).to_pandas()
        entities = warehouse.fetch(tables.entities.select("entity_id").distinct())["entity_id"].to_pylist()

    # Conservation: what was asked for, pair by pair and count by count.
    plan = definition.snapshots
    assert plan is not None
    assert not asked.duplicated().any()
    assert set(asked["entity_id"]) == set(entities)
    if not plan.after_signup_days:
        assert len(asked) == len(entities) * asked["cutoff"].nunique()
    assert sorted(judged[["entity_id", "cutoff"]].itertuples(index=False)) == sorted(asked.itertuples(index=False))
    assert (judged["label"].isna() == judged["reason"].notna()).all()
    assert found.total == len(judged) == found.labelled + sum(found.dropped.values())
    assert judged["reason"].value_counts().to_dict() == found.dropped
    for part in found.account.parts:
        mine = judged[judged["cutoff"] == part.start] if found.account.per == "cutoff" else None
        if mine is not None:
            assert (part.labelled, part.total) == (int(mine["label"].notna().sum()), len(mine))

    # No immature row is labelled, and labels agree with a slow look at the events.
    conversion = definition.conversion
    opens, gap = pd.Timedelta(days=conversion.gap_days), pd.Timedelta(days=conversion.horizon_days)
    labelled = judged[judged["label"].notna()]
    assert (labelled["cutoff"] + opens + gap <= tables.observed_until).all()
    bought = events[events["event"] == conversion.event].sort_values("ts")
    if not conversion.repeatable:
        bought = bought.drop_duplicates("entity_id")
    pairs = labelled.merge(bought[["entity_id", "ts"]], on="entity_id")
    inside = pairs[(pairs["ts"] >= pairs["cutoff"] + opens) & (pairs["ts"] < pairs["cutoff"] + opens + gap)]
    converts = set(inside[["entity_id", "cutoff"]].itertuples(index=False, name=None))
    expected = [pair in converts for pair in labelled[["entity_id", "cutoff"]].itertuples(index=False, name=None)]
    assert (labelled["label"] == expected).all()
    assert 0 < labelled["label"].sum() < len(labelled)

    # The dormant stay, as zeros: no event in the weeks before the cutoff, and none to the end of the window.
    near = labelled.merge(events[["entity_id", "ts"]], on="entity_id")
    active = near[(near["ts"] >= near["cutoff"] - QUIET) & (near["ts"] < near["cutoff"] + opens + gap)]
    awake = set(active[["entity_id", "cutoff"]].itertuples(index=False, name=None))
    dormant = [pair not in awake for pair in labelled[["entity_id", "cutoff"]].itertuples(index=False, name=None)]
    assert sum(dormant) > 0
    assert (labelled.loc[dormant, "label"] == 0).all()


@pytest.mark.shared_data
def test_every_lead_of_a_plain_table_is_accounted_for(tmp_path: Path) -> None:
    definition = load_definition(shipped_definitions()["xeducation"])
    checked = pipeline.check(definition, prepared("xeducation", tmp_path))
    assert (checked.pairs, checked.labelled, checked.conversions, checked.dropped) == (9_240, 9_240, 3_561, {})

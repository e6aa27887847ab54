from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from pqlml.errors import NotEnoughDataError
from pqlml.labels import Labels, candidates, cutoffs, label_pairs
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write

CUTOFF = day(50)
AT = {"at": [CUTOFF.isoformat()]}


def labels(warehouse: Warehouse, folder: Path, **sections: Any) -> tuple[dict[str, int], Labels]:
    """Return label by entity, and the account."""
    definition, tables = load(warehouse, folder, **{"snapshots": AT, **sections})
    made = label_pairs(definition, tables, cutoffs(definition, tables, folder))
    assert made.total == made.labelled + sum(made.dropped.values())
    rows = warehouse.fetch(made.pairs).to_pylist()
    assert sorted(row["row_id"] for row in rows) == list(range(made.labelled))
    return {row["entity_id"]: row["label"] for row in rows}, made


def people(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"entity_id": name, "signup_at": day(1), **more} for name in names]


def test_the_window_is_half_open_and_starts_at_the_cutoff(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("at the cutoff", "bought", CUTOFF),
        event("last instant", "bought", day(80).replace(hour=0) - dt.timedelta(microseconds=1)),
        event("at the end", "bought", day(80)),
        event("before", "bought", day(49.9)),
    ]
    write(tmp_path, events=rows, entities=people("at the cutoff", "last instant", "at the end", "before", "dormant"))
    found, made = labels(warehouse, tmp_path)
    assert found == {"at the cutoff": 1, "last instant": 1, "at the end": 0, "dormant": 0}
    assert made.dropped == {"already_converted": 1}


def test_the_gap_moves_the_window(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("in gap", "bought", day(52)),
        event("after gap", "bought", day(55)),
        event("late", "bought", day(84.9)),
    ]
    write(tmp_path, events=rows, entities=people("in gap", "after gap", "late"))
    found, _ = labels(warehouse, tmp_path, conversion={"event": "bought", "horizon_days": 30, "gap_days": 5})
    assert found == {"in gap": 0, "after gap": 1, "late": 1}


def test_a_pair_whose_window_is_not_over_has_no_label_even_if_it_converted(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    write(tmp_path, events=[event("a", "bought", day(70))], entities=people("a", "b"))
    _, made = labels(warehouse, tmp_path, snapshots={"at": [CUTOFF.isoformat(), day(61.01).isoformat()]})
    assert made.dropped == {"immature": 2}
    assert made.labelled == 2


def test_every_way_out_of_the_population_is_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    entities = [
        *people("kept", "gone", "internal"),
        {"entity_id": "old", "signup_at": day(-300)},
        {"entity_id": "young", "signup_at": day(49.5)},
        {"entity_id": "later", "signup_at": day(60)},
        {"entity_id": "undated", "signup_at": None},
    ]
    for row in entities:
        row["plan"] = "Internal" if row["entity_id"] == "internal" else "free"
    write(tmp_path, events=[event("gone", "closed", day(20)), event("kept", "bought", day(51))], entities=entities)
    found, made = labels(
        warehouse,
        tmp_path,
        population={"min_age_days": 1, "max_age_days": 180, "exclude": {"plan": ["internal"]}, "leaves_on": ["closed"]},
    )
    assert found == {"kept": 1}
    assert made.dropped == {"excluded": 1, "not_signed_up": 2, "too_young": 1, "too_old": 1, "left": 1}
    assert made.total == 7


def test_free_mail_domains_can_be_excluded_as_a_kind(warehouse: Warehouse, tmp_path: Path) -> None:
    entities = [
        {"entity_id": "a", "signup_at": day(1), "email_domain": "gmail.com"},
        {"entity_id": "b", "signup_at": day(1), "email_domain": "acme.io"},
    ]
    write(tmp_path, events=[event("b", "bought", day(60))], entities=entities)
    found, made = labels(warehouse, tmp_path, population={"exclude": {"email_domain": "free"}})
    assert found == {"b": 1}
    assert made.dropped == {"excluded": 1}


def test_exclusion_uses_the_version_known_at_the_cutoff(warehouse: Warehouse, tmp_path: Path) -> None:
    entities = [
        {"entity_id": "a", "signup_at": day(1), "since": day(1), "plan": "free"},
        {"entity_id": "a", "signup_at": day(1), "since": day(60), "plan": "internal"},
    ]
    write(tmp_path, events=[event("a", "bought", day(55))], entities=entities)
    found, _ = labels(
        warehouse,
        tmp_path,
        population={"exclude": {"plan": "internal"}},
        sources={
            "events": {"path": "events.parquet"},
            "entities": {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "since"},
            "observed_until": "2026-04-01",
        },
    )
    assert found == {"a": 1}


def test_a_repeatable_conversion_keeps_earlier_buyers(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [event("a", "bought", day(10)), event("a", "bought", day(60)), event("b", "bought", day(10))]
    write(tmp_path, events=rows, entities=people("a", "b"))
    found, made = labels(warehouse, tmp_path, conversion={"event": "bought", "horizon_days": 30, "repeatable": True})
    assert found == {"a": 1, "b": 0}
    assert made.dropped == {}


def test_a_stage_of_the_outcomes_can_be_the_conversion_and_the_way_out(warehouse: Warehouse, tmp_path: Path) -> None:
    outcomes = [
        {"entity_id": "a", "stage": "won", "ts": day(60)},
        {"entity_id": "b", "stage": "lost", "ts": day(20)},
        {"entity_id": "c", "stage": "opened", "ts": day(20)},
    ]
    write(tmp_path, outcomes=outcomes, entities=people("a", "b", "c"))
    found, made = labels(
        warehouse,
        tmp_path,
        conversion={"stage": "won", "horizon_days": 30},
        population={"leaves_on": ["lost"]},
        sources={
            "outcomes": {"path": "outcomes.parquet"},
            "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
            "observed_until": "2026-04-01",
        },
    )
    assert found == {"a": 1, "c": 0}
    assert made.dropped == {"left": 1}


def test_a_spine_of_your_own_names_pairs_and_strangers_are_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    spine = [
        {"entity_id": "a", "cutoff": day(20)},
        {"entity_id": "a", "cutoff": day(40.5)},
        {"entity_id": "x", "cutoff": day(20)},
    ]
    write(tmp_path, events=[event("a", "bought", day(60))], entities=people("a", "b"), spine=spine)
    _, made = labels(warehouse, tmp_path, snapshots={"table": "spine.parquet"})
    assert (made.total, made.labelled, made.dropped) == (3, 2, {"not_in_entities": 1})


def test_cutoffs_after_sign_up_are_relative_to_each_entity(warehouse: Warehouse, tmp_path: Path) -> None:
    entities = [{"entity_id": "a", "signup_at": day(5)}, {"entity_id": "b", "signup_at": day(10.5)}]
    write(tmp_path, events=[event("a", "bought", day(20))], entities=entities)
    definition, tables = load(warehouse, tmp_path, snapshots={"after_signup_days": [1, 3]})
    rows = warehouse.fetch(cutoffs(definition, tables, tmp_path).order_by("cutoff")).to_pylist()
    assert [(row["entity_id"], row["cutoff"]) for row in rows] == [
        ("a", day(6)),
        ("a", day(8)),
        ("b", day(11.5)),
        ("b", day(13.5)),
    ]


def test_no_label_at_all_is_explained(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=[event("a", "bought", day(85))], entities=people("a"))
    with pytest.raises(NotEnoughDataError, match=r"immature: 1.*30 days"):
        labels(warehouse, tmp_path, snapshots={"at": [day(80).isoformat()]})


def test_candidates_are_those_who_may_still_convert(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [event("customer", "bought", day(40)), event("gone", "closed", day(30))]
    write(tmp_path, events=rows, entities=people("customer", "gone", "free"))
    definition, tables = load(warehouse, tmp_path, population={"leaves_on": ["closed"]})
    made = candidates(definition, tables, day(60))
    assert [row["entity_id"] for row in warehouse.fetch(made.pairs).to_pylist()] == ["free"]
    assert made.dropped == {"already_converted": 1, "left": 1}
    with pytest.raises(NotEnoughDataError, match="nobody is a candidate"):
        candidates(definition, tables, day(1))


def test_after_sign_up_a_lead_is_scored_at_its_newest_open_snapshot(warehouse: Warehouse, tmp_path: Path) -> None:
    entities = [
        {"entity_id": "fresh", "signup_at": day(55)},
        {"entity_id": "stale", "signup_at": day(10)},
        {"entity_id": "customer", "signup_at": day(50)},
        {"entity_id": "too new", "signup_at": day(59.5)},
    ]
    write(tmp_path, events=[event("customer", "bought", day(58))], entities=entities)
    definition, tables = load(warehouse, tmp_path, snapshots={"after_signup_days": [1, 3]})
    made = candidates(definition, tables, day(60))
    rows = warehouse.fetch(made.pairs).to_pylist()
    assert [(row["entity_id"], row["cutoff"]) for row in rows] == [("fresh", day(58))]
    assert made.dropped == {"already_converted": 1}

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from pqlml.errors import NotEnoughDataError
from pqlml.labels import Labels, candidates, conversion, cutoffs, label_pairs
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write

CUTOFF = day(50)
DAY, TICK = dt.timedelta(days=1), dt.timedelta(microseconds=1)
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


LATE = {
    "events": {"path": "events.parquet", "known_at": "known_at"},
    "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
    "observed_until": "2026-04-01",
}


def test_what_became_known_after_the_cutoff_drops_nobody(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("bought, known at once", "bought", day(40), known_at=day(40)),
        event("bought, known at the cutoff", "bought", day(40), known_at=CUTOFF),
        event("bought, known later", "bought", day(40), known_at=CUTOFF + TICK),
        event("left, known at the cutoff", "closed", day(40), known_at=CUTOFF),
        event("left, known later", "closed", day(40), known_at=CUTOFF + TICK),
        event("left at the cutoff", "closed", CUTOFF, known_at=CUTOFF),
        event("bought again, known in another order", "bought", day(40), known_at=day(60)),
        event("bought again, known in another order", "bought", day(45), known_at=day(46)),
    ]
    write(tmp_path, events=rows, entities=people(*sorted({str(row["entity_id"]) for row in rows})))
    found, made = labels(warehouse, tmp_path, sources=LATE, population={"leaves_on": ["closed"]})
    assert found == {"bought, known later": 0, "left, known later": 0, "left at the cutoff": 0}
    assert made.dropped == {"already_converted": 3, "left": 1}


def test_a_label_asks_when_it_happened_not_when_it_became_known(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("known after the window", "bought", day(60), known_at=day(85)),
        event("known after the end of the data", "bought", day(60), known_at=dt.datetime(2026, 4, 2)),
    ]
    write(tmp_path, events=rows, entities=people("known after the window", "known after the end of the data"))
    definition, tables = load(warehouse, tmp_path, sources=LATE, snapshots=AT)
    made = label_pairs(definition, tables, cutoffs(definition, tables, tmp_path))
    assert {row["label"] for row in warehouse.fetch(made.pairs).to_pylist()} == {1}
    scored = candidates(definition, tables, tables.observed_until)
    assert [row["entity_id"] for row in warehouse.fetch(scored.pairs).to_pylist()] == [
        "known after the end of the data"
    ], "at the end of the data nobody had heard of it"


def test_repeated_conversions_drop_nobody_and_each_counts(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("before and in", "bought", day(40), known_at=day(40)),
        event("before and in", "bought", day(79), known_at=day(99)),
        event("before only", "bought", day(49), known_at=day(60)),
    ]
    write(tmp_path, events=rows, entities=people("before and in", "before only"))
    repeatable = {"event": "bought", "horizon_days": 30, "repeatable": True}
    found, made = labels(warehouse, tmp_path, sources=LATE, conversion=repeatable)
    assert found == {"before and in": 1, "before only": 0}
    assert made.dropped == {}


def test_a_corrected_sign_up_counts_from_its_correction_on(warehouse: Warehouse, tmp_path: Path) -> None:
    entities = [
        {"entity_id": "back-filled", "signup_at": day(45), "since": day(45), "plan": "free"},
        {"entity_id": "back-filled", "signup_at": day(1), "since": CUTOFF + TICK, "plan": "free"},
        {"entity_id": "back-filled in time", "signup_at": day(45), "since": day(45), "plan": "free"},
        {"entity_id": "back-filled in time", "signup_at": day(1), "since": CUTOFF, "plan": "free"},
        {"entity_id": "recorded late", "signup_at": day(44), "since": day(70), "plan": "free"},
    ]
    write(tmp_path, events=[event("back-filled", "bought", day(60))], entities=entities)
    sources = {**LATE, "events": {"path": "events.parquet"}}
    sources["entities"] = {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "since"}
    _, made = labels(warehouse, tmp_path, sources=sources, population={"max_age_days": 30})
    ages = {row["entity_id"]: CUTOFF - row["signup_at"] for row in warehouse.fetch(made.pairs).to_pylist()}
    assert ages == {"back-filled": 5 * DAY, "recorded late": 6 * DAY}
    assert made.dropped == {"too_old": 1}


def test_after_sign_up_a_snapshot_that_nobody_could_take_is_counted_as_such(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    entities = [
        {"entity_id": "plain", "signup_at": day(5), "since": day(5), "plan": "free"},
        {"entity_id": "corrected early", "signup_at": day(5), "since": day(5), "plan": "free"},
        {"entity_id": "corrected early", "signup_at": day(10), "since": day(7), "plan": "free"},
        {"entity_id": "corrected late", "signup_at": day(5), "since": day(5), "plan": "free"},
        {"entity_id": "corrected late", "signup_at": day(2), "since": day(20), "plan": "free"},
    ]
    write(tmp_path, events=[event("plain", "bought", day(20))], entities=entities)
    sources = {**LATE, "events": {"path": "events.parquet"}}
    sources["entities"] = {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "since"}
    definition, tables = load(warehouse, tmp_path, sources=sources, snapshots={"after_signup_days": [3]})
    made = label_pairs(definition, tables, cutoffs(definition, tables, tmp_path))
    looked_at = {row["entity_id"]: row["cutoff"] for row in warehouse.fetch(made.pairs).to_pylist()}
    assert looked_at == {"plain": day(8), "corrected early": day(13), "corrected late": day(8)}
    assert made.dropped == {"not_signed_up": 2}
    scored = candidates(definition, tables, day(8))
    assert {row["entity_id"] for row in warehouse.fetch(scored.pairs).to_pylist()} == {"plain", "corrected late"}


def test_a_sign_up_that_is_corrected_back_makes_no_second_pair(warehouse: Warehouse, tmp_path: Path) -> None:
    stated = [(day(5), day(5)), (day(1), day(6)), (day(5), day(7))]
    entities = [{"entity_id": "a", "signup_at": at, "since": since, "plan": "free"} for at, since in stated]
    write(tmp_path, events=[event("a", "bought", day(20))], entities=entities)
    sources = {**LATE, "events": {"path": "events.parquet"}}
    sources["entities"] = {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "since"}
    definition, tables = load(warehouse, tmp_path, sources=sources, snapshots={"after_signup_days": [3]})
    made = label_pairs(definition, tables, cutoffs(definition, tables, tmp_path))
    assert [row["cutoff"] for row in warehouse.fetch(made.pairs).to_pylist()] == [day(8)]
    assert made.dropped == {"not_signed_up": 1}, "at the fourth of January nobody knew of the earlier sign-up"


def test_every_pair_is_told_with_its_label_or_its_reason(warehouse: Warehouse, tmp_path: Path) -> None:
    spine = [{"entity_id": name, "cutoff": CUTOFF} for name in ("a", "b", "b", "x", "c")]
    spine.append({"entity_id": "a", "cutoff": day(70)})
    rows = [event("a", "bought", day(60)), event("b", "bought", day(10))]
    write(tmp_path, events=rows, entities=people("a", "b", "c"), spine=spine)
    _, made = labels(warehouse, tmp_path, snapshots={"table": "spine.parquet"})
    told = [
        (row["entity_id"], row["cutoff"], row["label"], row["reason"])
        for row in warehouse.fetch(made.judged.order_by("entity_id", "cutoff", "reason")).to_pylist()
    ]
    assert told == [
        ("a", CUTOFF, 1, None),
        ("a", day(70), None, "already_converted"),
        ("b", CUTOFF, None, "already_converted"),
        ("b", CUTOFF, None, "repeated"),
        ("c", CUTOFF, 0, None),
        ("x", CUTOFF, None, "not_in_entities"),
    ]
    assert [(part.start, part.labelled, part.conversions, part.dropped) for part in made.account.parts] == [
        (CUTOFF, 2, 1, {"repeated": 1, "not_in_entities": 1, "already_converted": 1}),
        (day(70), 0, 0, {"already_converted": 1}),
    ]
    assert warehouse.fetch(made.dropped_pairs).num_rows == 4


def test_many_cutoffs_are_counted_by_month(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entities = [{"entity_id": str(number), "signup_at": day(number)} for number in range(1, 50)]
    write(tmp_path, events=[event("3", "bought", day(6))], entities=[*entities, {"entity_id": "x", "signup_at": None}])
    _, exact = labels(warehouse, tmp_path, snapshots={"after_signup_days": [1, 1]})
    monkeypatch.setattr(conversion, "_LISTED_CUTOFFS", 10)
    _, made = labels(warehouse, tmp_path, snapshots={"after_signup_days": [1]})
    assert (exact.account.per, made.account.per) == ("cutoff", "month")
    assert made.account == exact.account.by_month()
    assert [part.start for part in made.account.parts] == [None, day(1), day(32)]
    assert made.account.parts[0].dropped == {"not_signed_up": 1}


def test_an_exclusion_that_came_after_the_snapshot_counts_when_scoring(warehouse: Warehouse, tmp_path: Path) -> None:
    entities = [
        {"entity_id": "a", "signup_at": day(50), "since": day(50), "plan": "free"},
        {"entity_id": "a", "signup_at": day(50), "since": day(52), "plan": "internal"},
        {"entity_id": "b", "signup_at": day(50), "since": day(50), "plan": "free"},
    ]
    write(tmp_path, events=[event("b", "bought", day(70))], entities=entities)
    sources = {**LATE, "events": {"path": "events.parquet"}}
    sources["entities"] = {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "since"}
    definition, tables = load(
        warehouse,
        tmp_path,
        sources=sources,
        snapshots={"after_signup_days": [1]},
        population={"exclude": {"plan": ["internal"]}},
    )
    at_once, later = (candidates(definition, tables, instant) for instant in (day(51), day(53)))
    assert (at_once.labelled, later.labelled) == (2, 1)
    assert later.dropped == {"excluded": 1}

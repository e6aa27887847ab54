"""What stands in the way of training shows in the check, with counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pqlml import pipeline
from pqlml.pipeline import Checked
from tests.small import day, definition, event, write

PEOPLE = [{"entity_id": f"e{number:02}", "signup_at": day(1)} for number in range(12)]


def checked(folder: Path, buyers: dict[int, float], **sections: Any) -> Checked:
    """Check a data set in which some entities buy on some day."""
    rows = [event(f"e{number:02}", "bought", day(at)) for number, at in buyers.items()]
    write(folder, events=[*rows, event("e11", "seen", day(3))], entities=PEOPLE)
    return pipeline.check(definition(**sections), folder)


def told(result: Checked) -> list[tuple[str, str, int]]:
    return [(f.code, f.severity, f.count) for f in result.findings if f.code.startswith("PQD03")]


def test_sound_pairs_pass(tmp_path: Path) -> None:
    result = checked(tmp_path, {0: 20, 1: 30, 2: 65, 3: 75, 4: 80})
    assert told(result) == []
    assert result.passed


def test_a_part_of_one_class_only_is_found(tmp_path: Path) -> None:
    result = checked(tmp_path, {0: 65, 1: 75})
    assert told(result) == [("PQD032", "error", result.labelled)]
    assert "the training part cannot be used" in next(f.detail for f in result.findings if f.code == "PQD032")
    assert not result.passed


def test_too_few_for_folds_is_found(tmp_path: Path) -> None:
    result = checked(tmp_path, {0: 20, 1: 30}, evaluation={"folds": 5}, snapshots={"at": ["2026-01-10"]})
    assert told(result) == [("PQD032", "error", 12)]


def test_pairs_without_a_label_are_counted(tmp_path: Path) -> None:
    result = checked(tmp_path, {0: 20}, conversion={"event": "bought", "horizon_days": 300})
    assert told(result) == [("PQD030", "error", 144)]
    assert (result.pairs, result.labelled) == (144, 0)
    assert sum(result.dropped.values()) == 144
    assert result.dropped["immature"] > 100


def test_repeated_pairs_of_a_table_are_listed(tmp_path: Path) -> None:
    pairs = [{"entity_id": person["entity_id"], "cutoff": day(at)} for person in PEOPLE for at in (10, 50, 50)]
    write(tmp_path, spine=pairs)
    result = checked(
        tmp_path, {0: 20, 1: 55}, snapshots={"table": "spine.parquet"}, evaluation={"test_from": "2026-02-15"}
    )
    assert told(result) == [("PQD033", "warning", 12)]
    assert (result.pairs, result.labelled + sum(result.dropped.values())) == (36, 36)


LEADS: dict[str, Any] = {
    "sources": {"entities": {"path": "entities.parquet", "ignore": ["signup_at"]}},
    "snapshots": None,
}


@pytest.mark.parametrize(
    ("labels", "code", "count"),
    [
        ([1] * 12, "PQD031", 12),
        ([0] * 12, "PQD031", 12),
        ([None] * 12, "PQD030", 12),
        ([1, 1] + [0] * 10, "PQD032", 12),
    ],
)
def test_leads_without_times_are_held_to_the_same(
    tmp_path: Path, labels: list[int | None], code: str, count: int
) -> None:
    people = [{**person, "paid": label, "size": 3} for person, label in zip(PEOPLE, labels, strict=True)]
    write(tmp_path, entities=people)
    result = pipeline.check(definition(**LEADS, conversion={"label": "paid"}), tmp_path)
    assert told(result) == [(code, "error", count)]


def test_leads_of_both_kinds_pass(tmp_path: Path) -> None:
    people = [{**person, "paid": number % 2, "size": number} for number, person in enumerate(PEOPLE)]
    write(tmp_path, entities=people)
    assert pipeline.check(definition(**LEADS, conversion={"label": "paid"}), tmp_path).passed

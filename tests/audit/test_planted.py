"""All twelve leaks, one by one among a hundred clean columns; `make benchmark-audit` does it many times."""

from __future__ import annotations

import functools

import pytest

from pqlml.audit import audit
from tests.audit.planted import LEAKS, WHOLE_DAYS, World, company

NEED_TABLES = ("event at the cutoff", "enriched after the win")
"""Rows and labels alone do not show these where there are so few."""
PROVEN = (*NEED_TABLES, "window overlaps the label")


@functools.cache
def world(*, whole_days: bool = False) -> World:
    return company(11, 400, whole_days=whole_days)


def codes(name: str) -> str:
    return f"PQL{list(LEAKS).index(name) + 1:03d}"


def test_a_hundred_clean_columns_raise_no_alarm_with_or_without_tables() -> None:
    clean = world()
    assert len(clean.columns) == 100
    assert audit(clean.rows).leaks == ()
    with_tables = audit(clean.rows, events=clean.events, entities=clean.entities)
    assert with_tables.leaks == ()
    assert {result.check.code for result in with_tables.results if result.outcome == "not applicable"} == {
        "PQL009",  # no split
        "PQL011",  # no earlier extract
        "PQL013",
        "PQL014",
    }


@pytest.mark.parametrize("name", [name for name in LEAKS if name not in NEED_TABLES])
def test_a_leak_is_found_from_rows_and_labels_and_nothing_else_is(name: str) -> None:
    planted = LEAKS[name](world())
    leaks = audit(planted.rows, **planted.evidence).leaks
    assert {leak.column for leak in leaks} == {planted.where}
    assert any(leak.severity in ("error", "warning") and leak.evidence for leak in leaks)


@pytest.mark.parametrize("name", PROVEN)
def test_a_leak_is_proven_from_tables_under_its_own_code(name: str) -> None:
    home = world(whole_days=name in WHOLE_DAYS)
    planted = LEAKS[name](home)
    leaks = audit(planted.rows, events=home.events, entities=home.entities, **planted.evidence).leaks
    assert [(leak.code, leak.column, leak.severity) for leak in leaks] == [(codes(name), planted.where, "error")]
    assert leaks[0].numbers["winners_that_differ"] > leaks[0].numbers["others_that_differ"]


def test_what_a_leak_fakes_is_measured_with_it_and_without_it() -> None:
    planted = LEAKS["status follows the outcome"](world())
    (leak,) = audit(planted.rows).leaks
    assert leak.lift is not None
    assert leak.lift.auc_with - leak.lift.auc_without == pytest.approx(leak.lift.auc_faked.value)
    assert 0.05 < leak.lift.auc_faked.low < leak.lift.auc_faked.value < leak.lift.auc_faked.high
    assert leak.lift.top_with > leak.lift.top_without > 1

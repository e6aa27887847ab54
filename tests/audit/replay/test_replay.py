"""Columns of behaviour and attributes are recognised for what they are, told by name or not."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.columns import instants, read_column
from pqlml.audit.replay import KeyedRows, Replay, Told, replay_rows
from pqlml.definition import Definition
from pqlml.errors import DefinitionError
from pqlml.events import Tables
from pqlml.warehouse import LocalWarehouse
from tests.small import day, definition, load, write

ENTITIES, CUTOFF = 300, day(41)


@functools.cache
def history() -> pd.DataFrame:
    """Events in whole days, two of them on the day of the cutoff, some known late."""
    chance = np.random.default_rng(0)
    who = np.repeat(np.arange(ENTITIES), chance.poisson(chance.gamma(2, 6, ENTITIES)))
    when = chance.integers(1, 75, len(who)) + chance.random(len(who))
    when[::9] = 41
    late = chance.random(len(who)) < 0.1
    events = pd.DataFrame(
        {
            "entity_id": [f"e{number:03d}" for number in who],
            "event": chance.choice(["opened", "shared", "bought"], len(who), p=[0.7, 0.25, 0.05]),
            "ts": [day(number) for number in when],
            "minutes": chance.integers(1, 40, len(who)).astype(float),
        }
    )
    events["known_at"] = events["ts"] + pd.to_timedelta(np.where(late, 5.0, 0.0), unit="D")
    return events


def people() -> pd.DataFrame:
    ids = [f"e{number:03d}" for number in range(ENTITIES)]
    first = pd.DataFrame({"entity_id": ids, "valid_from": day(1), "plan": "free", "size": 5.0, "signup_at": day(1)})
    first.loc[::2, "size"] = np.nan
    second = first.iloc[::3].assign(valid_from=day(50), plan="paid", size=5.0)
    return pd.concat([first, second], ignore_index=True)


def tables(warehouse: LocalWarehouse, folder: Path) -> tuple[Definition, Tables]:
    write(folder, events=history().to_dict("records"), entities=people().to_dict("records"))
    sources = {
        "events": {"path": "events.parquet", "known_at": "known_at", "properties": {"minutes": "minutes"}},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "valid_from"},
        "observed_until": day(80).isoformat(),
    }
    return load(warehouse, folder, sources=sources, signals={"engagement": {"shared": ["shared"]}})


def counted(end: float, *, name: str = "opened", start: float = 14, known: bool = True, closed: bool = False) -> Any:
    """Count by plain comparison, per entity."""
    events = history()
    chosen = events["event"] == name
    age = (pd.Timestamp(CUTOFF) - events["ts"]).dt.total_seconds() / 86_400
    inside = chosen & (age <= start) & ((age >= -end) if closed else (age > -end))
    if known:
        inside &= events["known_at"] <= CUTOFF
    ids = [f"e{number:03d}" for number in range(ENTITIES)]
    return events[inside].groupby("entity_id").size().reindex(ids).fillna(0).to_numpy(float)


def replay(folder: Path, columns: dict[str, Any], *, named: bool, claims: dict[str, str] | None = None) -> Replay:
    ids = np.array([f"e{number:03d}" for number in range(ENTITIES)], dtype=object)
    cutoffs = instants(pd.Series([CUTOFF] * ENTITIES))
    rows = KeyedRows(ids, np.arange(ENTITIES), cutoffs, np.arange(ENTITIES) % 4 == 0, (30.0,))
    read = {name: read_column(pd.Series(values), name) for name, values in columns.items()}
    with LocalWarehouse() as warehouse:
        made, loaded = tables(warehouse, folder)
        return replay_rows(loaded, made if named else None, rows, read, claims or {})


def told(folder: Path, values: Any, *, name: str = "x", named: bool = False) -> Told | None:
    return replay(folder, {name: values}, named=named).told.get(name)


@pytest.mark.parametrize(
    "made",
    [
        lambda values: values,
        np.log1p,
        np.sqrt,
        lambda values: values / 14,
        lambda values: (values > 0).astype(float),
        lambda values: np.where(values == 0, np.nan, values),
    ],
)
def test_an_honest_count_is_confirmed_whatever_was_made_of_it(tmp_path: Path, made: Any) -> None:
    found = told(tmp_path, made(counted(0)))
    assert found is not None
    assert found.verdict == "confirmed"
    assert found.honest == "count of 'opened' from 14 days before the cutoff up to it"


@pytest.mark.parametrize(
    ("values", "reach", "said"),
    [
        (lambda: counted(0, known=False), "late", "with what was not known yet"),
        (lambda: counted(0, known=False, closed=True), "at", "up to and with the instant of the cutoff"),
        (lambda: counted(7, known=False), "beyond", "from 14 days before the cutoff to 7 days after the cutoff"),
        (lambda: counted(30, known=False, start=0), "beyond", "from the cutoff to 30 days after the cutoff"),
        (lambda: counted(99, known=False, start=99), "ever", "to the end of the data"),
    ],
)
def test_a_count_that_sees_too_much_is_told_by_how_far_it_sees(
    tmp_path: Path, values: Any, reach: str, said: str
) -> None:
    found = told(tmp_path, values())
    assert found is not None
    assert (found.verdict, found.reach, found.exact) == ("sees too much", reach, True)
    assert said in found.wrong
    assert found.differs.any()


def test_what_only_follows_the_future_is_found_too(tmp_path: Path) -> None:
    noisy = counted(14, known=False) * 2.5 + np.random.default_rng(1).normal(size=ENTITIES)
    found = told(tmp_path, noisy)
    assert found is not None
    assert (found.verdict, found.reach, found.exact) == ("sees too much", "beyond", False)


def test_what_resembles_nothing_has_no_verdict(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    columns = {"noise": chance.normal(size=ENTITIES), "count": chance.poisson(3, ENTITIES), "one": np.ones(ENTITIES)}
    assert replay(tmp_path, columns, named=False).told == {}


def test_a_column_with_the_name_of_a_feature_is_held_against_it(tmp_path: Path) -> None:
    honest = counted(0, name="shared", start=28)
    columns = {
        "shared.count.28d": honest,
        "shared.count.7d": counted(0, name="shared", start=7, known=False),
        "shared.count.14d": counted(14, name="shared", known=False),
        "shared.count.all": counted(99, name="shared", start=99, known=False),
        "shared.days.28d": np.random.default_rng(3).poisson(2, ENTITIES),
    }
    found = replay(tmp_path, columns, named=True).told
    assert {name: (one.verdict, one.reach) for name, one in found.items()} == {
        "shared.count.28d": ("confirmed", None),
        "shared.count.7d": ("sees too much", "late"),
        "shared.count.14d": ("sees too much", "beyond"),
        "shared.count.all": ("sees too much", "ever"),
        "shared.days.28d": ("differs", None),
    }


def test_a_claim_names_the_feature_of_a_column_that_has_another_name(tmp_path: Path) -> None:
    claims = {"mine": "shared.count.28d"}
    found = replay(tmp_path, {"mine": counted(0, name="shared", start=28)}, named=True, claims=claims)
    assert found.confirmed == {"mine"}
    with pytest.raises(DefinitionError, match="did you mean 'shared"):
        replay(tmp_path, {"mine": counted(0)}, named=True, claims={"mine": "sharde.count.28d"})


def test_attributes_are_those_of_the_version_known_at_the_cutoff(tmp_path: Path) -> None:
    first, newest = (
        people().drop_duplicates("entity_id", keep=keep).sort_values("entity_id") for keep in ("first", "last")
    )
    assert replay(tmp_path, {"plan": first["plan"].tolist()}, named=False).confirmed == {"plan"}
    found = replay(tmp_path, {"plan": newest["plan"].tolist(), "size": newest["size"].tolist()}, named=False).told
    assert {one.verdict for one in found.values()} == {"sees too much"}
    assert {one.wrong for one in found.values()} == {"the value of the newest version"}
    plan, size = found["plan"], found["size"]
    assert plan.late is not None
    assert size.late is not None
    assert (plan.differs.sum(), plan.late.sum()) == (100, 0), "each third was overwritten"
    assert (size.differs.sum(), size.late.sum()) == (50, 50), "half of those became known"


def test_an_attribute_may_go_by_its_role(tmp_path: Path) -> None:
    with LocalWarehouse() as warehouse:
        _, loaded = tables(warehouse, tmp_path)
        made = definition(signals={"fit": {"plan": "plan", "company_size": "size"}})
        rows = KeyedRows(
            np.array([f"e{number:03d}" for number in range(ENTITIES)], dtype=object),
            np.arange(ENTITIES),
            instants(pd.Series([CUTOFF] * ENTITIES)),
            np.arange(ENTITIES) % 4 == 0,
        )
        newest = people().drop_duplicates("entity_id", keep="last").sort_values("entity_id")
        column = read_column(newest["size"].reset_index(drop=True), "company_size")
        found = replay_rows(loaded, made, rows, {"company_size": column}, {})
    assert found.told["company_size"].reach == "attribute"


def test_tables_say_what_they_lack(tmp_path: Path) -> None:
    write(
        tmp_path,
        events=history().to_dict("records"),
        entities=[{"entity_id": "e000", "signup_at": day(1), "plan": "x"}],
    )
    rows = KeyedRows(np.array(["e000"], dtype=object), np.array([0]), instants(pd.Series([CUTOFF])), np.array([True]))
    with LocalWarehouse() as warehouse:
        made, loaded = load(warehouse, tmp_path)
        found = replay_rows(loaded, made, rows, {"plan": read_column(pd.Series(["x"]), "plan")}, {})
    assert found.no_versions == "the table of entities says nothing about when a value was known"
    assert found.told == {}

"""How senior the people of an account are: an oracle in plain Python, stories counted by eye, and words for sales."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pqlml.definition import Definition
from pqlml.errors import DataError, DefinitionError
from pqlml.events import Tables, load_tables
from pqlml.events.identity.seniority import rank
from pqlml.explain.sentences import sentence
from pqlml.features import Feature, Vocabulary, build_features, catalogue, feature_by_name
from pqlml.features.directions import directions
from pqlml.features.hypothetical import Copy, with_copies
from pqlml.features.seniority import SENIORITY
from pqlml.language import language
from pqlml.report.readable import as_read, readable
from pqlml.review.conditions import Condition
from pqlml.warehouse import Warehouse, open_warehouse
from tests.small import NOW, day, definition, write

if TYPE_CHECKING:
    pass

Row = dict[str, Any]
SENIOR, ACTIVE = SENIORITY
CUTOFFS = [day(number) for number in (10, 20, 30.5)]
TITLES = ["CEO", "Vice President, Sales", "Head of Data", "Team Lead", "Clerk", "Assistant to the CEO", None]
SOURCES: dict[str, Any] = {
    "events": {"path": "events.parquet", "user_id": "user_id", "known_at": "known"},
    "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
    "users": {"path": "users.parquet", "role": "title", "valid_from": "since"},
    "memberships": {
        "path": "stays.parquet",
        "role": "role",
        "valid_from": "since",
        "valid_to": "until",
        "known_at": "known",
    },
    "observed_until": "2026-04-01",
}


def asking(**more: Any) -> Definition:
    return definition(**{"sources": SOURCES, "features": [SENIOR, ACTIVE], "people": {"window_days": 9}, **more})


def wanted(given: Definition) -> list[Feature]:
    return [feature_by_name(given, Vocabulary(), name) for name in (SENIOR, ACTIVE)]


def world(seed: int) -> dict[str, list[Row]]:
    """Random people who move between two accounts: late news, promotions, and events in accounts of others."""
    chance = random.Random(seed)
    users, stays, events = [], [], []
    accounts = [f"A{seed}", f"B{seed}"]
    for number in range(8):
        user = f"{seed} u{number}"
        versions = (1, *chance.sample(range(2, 32), 2))
        users += [{"user_id": user, "title": chance.choice(TITLES), "since": day(since)} for since in versions]
        edges = sorted(chance.sample(range(1, 34), chance.choice([0, 2, 2, 4])))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            stay = {"user_id": user, "entity_id": chance.choice(accounts), "since": day(begin), "until": day(end)}
            role = chance.choice(["owner", "admin", "member", None])
            stays.append({**stay, "role": role, "known": day(begin + chance.choice([0, 0, 4]))})
        for _ in range(chance.randint(0, 12)):
            ts = day(chance.randint(1, 33) + chance.choice([0, 0.5]))
            late = dt.timedelta(days=chance.choice([0, 0, 0, 6]))
            event = {
                "entity_id": chance.choice(accounts),
                "user_id": user,
                "event": "seen",
                "ts": ts,
                "known": ts + late,
            }
            events.append(event)
    entities = [{"entity_id": account, "signup_at": day(1)} for account in accounts]
    return {"users": users, "stays": stays, "events": events, "entities": entities}


def oracle(given: dict[str, list[Row]], account: str, cutoff: dt.datetime) -> tuple[float | None, float | None]:
    """Say how senior the most senior and the most active person of an account are."""
    ladder = asking().people.seniority
    stays = [row for row in given["stays"] if row["since"] <= cutoff < row["until"] and row["known"] <= cutoff]
    home = {row["user_id"]: row for row in stays}
    seen = [
        row
        for row in given["events"]
        if row["entity_id"] == account
        and cutoff - dt.timedelta(days=9) <= row["ts"] < cutoff
        and row["known"] <= cutoff
        and (row["user_id"] not in home or home[row["user_id"]]["entity_id"] == account)
    ]
    people = {row["user_id"] for row in seen} | {user for user, row in home.items() if row["entity_id"] == account}

    def rung(user: str) -> float | None:
        titles = [row for row in given["users"] if row["user_id"] == user and row["since"] <= cutoff]
        newest = max(titles, key=lambda row: row["since"])
        mine = home.get(user, {})
        held = [newest["title"], mine.get("role") if mine.get("entity_id") == account else None]
        ranks = [rank(text, ladder) for text in held if text is not None]
        return float(max(ranks)) if ranks else None

    def activity(user: str) -> tuple[int, dt.datetime]:
        mine = [row["ts"] for row in seen if row["user_id"] == user]
        return len(mine), max(mine)

    active = sorted({row["user_id"] for row in seen})
    busiest = max(active, key=activity) if active else None  # of equal ones the first id
    known = [step for user in people if (step := rung(user)) is not None]
    return max(known, default=None), None if busiest is None else rung(busiest)


def pairs_of(warehouse: Warehouse, accounts: list[str], cutoffs: list[dt.datetime]) -> Any:
    keys = [(account, cutoff) for cutoff in cutoffs for account in accounts]
    columns = {
        "row_id": pa.array(range(len(keys)), pa.int64()),
        "entity_id": pa.array([account for account, _ in keys], pa.string()),
        "cutoff": pa.array([cutoff for _, cutoff in keys], pa.timestamp("us")),
        "signup_at": pa.array([day(1)] * len(keys), pa.timestamp("us")),
    }
    return warehouse.save_arrow("asked_pairs", pa.table(columns))


def loaded(warehouse: Warehouse, folder: Path, given: dict[str, list[Row]]) -> Tables:
    write(folder, **given)
    return load_tables(warehouse, asking(), folder, now=NOW)


def built(warehouse: Warehouse, folder: Path, given: dict[str, list[Row]]) -> pd.DataFrame:
    tables = loaded(warehouse, folder, given)
    accounts = [row["entity_id"] for row in given["entities"]]
    return build_features(tables, pairs_of(warehouse, accounts, CUTOFFS), wanted(asking()))


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


def known_by(cutoff: dt.datetime, row: Row) -> bool:
    """Tell whether a row of any table was known, and an event before the cutoff."""
    known = row.get("known") or row.get("since") or day(0)
    return known <= cutoff and row.get("ts", day(0)) < cutoff


def test_the_oracle_agrees_and_nothing_later_matters(warehouse: Warehouse, tmp_path: Path) -> None:
    worlds = [world(seed) for seed in range(40)]
    of = {row["entity_id"]: given for given in worlds for row in given["entities"]}
    together = {name: [row for given in worlds for row in given[name]] for name in worlds[0]}
    found = built(warehouse, tmp_path, together)
    for row in found.to_dict("records"):
        entity = str(row["entity_id"])
        told = tuple(None if np.isnan(row[name]) else row[name] for name in (SENIOR, ACTIVE))
        assert told == oracle(of[entity], entity, row["cutoff"].to_pydatetime()), (entity, row["cutoff"])
    assert found[[SENIOR, ACTIVE]].nunique().min() > 4
    assert (found[SENIOR] > found[ACTIVE]).sum() > 30
    assert found[[SENIOR, ACTIVE]].isna().sum().min() > 1
    for cutoff in CUTOFFS:
        then = {name: [row for row in rows if known_by(cutoff, row)] for name, rows in together.items()}
        again = built(warehouse, tmp_path, then)
        at = (found["cutoff"] == pd.Timestamp(cutoff)).to_numpy()
        pd.testing.assert_frame_equal(found[at], again[at], check_exact=True)


def test_a_copy_of_a_lead_has_its_people(warehouse: Warehouse, tmp_path: Path) -> None:
    tables = loaded(warehouse, tmp_path, world(1))
    features, cutoff = wanted(asking()), CUTOFFS[1]
    leads = build_features(tables, pairs_of(warehouse, ["A1", "B1"], [cutoff]), features)
    copied, pairs = with_copies(tables, [Copy(account, cutoff, day(1), "", 0) for account in ("A1", "B1", "A1")])
    found = build_features(copied, pairs, features)
    same = leads[[SENIOR, ACTIVE]].iloc[[0, 1, 0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(found[[SENIOR, ACTIVE]], same)
    assert leads.notna().all(axis=None)


def test_it_is_built_only_where_it_is_asked_for() -> None:
    bare = asking(features=[])
    assert not [feature for feature in catalogue(bare, Vocabulary()) if feature.name.startswith("person.")]
    assert [feature.name for feature in catalogue(asking(), Vocabulary())][-2:] == [SENIOR, ACTIVE]
    points = [{"feature": SENIOR, "at_least": 4, "points": 15, "dimension": "fit"}]
    assert SENIOR in [feature.name for feature in catalogue(asking(features=[], points=points), Vocabulary())]


def without(*names: str) -> dict[str, Any]:
    return {name: source for name, source in SOURCES.items() if name not in names}


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        ({"sources": without("users", "memberships")}, "nothing says what people are in an account; name the column"),
        (
            {"sources": {**without("memberships"), "users": {"path": "users.parquet", "email": "mail"}}},
            "'sources.users.role', 'sources.users.seniority' or 'sources.memberships.role'",
        ),
        ({"sources": without("entities", "memberships"), "entity": "user"}, "it needs 'entity: account'"),
    ],
)
def test_without_roles_it_is_refused_by_name(sections: Row, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem) as refused:
        catalogue(asking(**sections), Vocabulary())
    assert str(refused.value).startswith(f"{SENIOR}: ")


def test_a_wrong_name_is_answered_with_the_right_one() -> None:
    with pytest.raises(DefinitionError, match=r"no feature 'person.senority'; did you mean 'person.seniority'"):
        catalogue(asking(features=["person.senority"]), Vocabulary())


def test_tables_without_people_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    tables = replace(loaded(warehouse, tmp_path, world(1)), events=None, identity=None)
    with pytest.raises(DataError, match=r"person\.seniority: about people, and the tables have neither"):
        build_features(tables, pairs_of(warehouse, ["A1"], CUTOFFS), wanted(asking()))


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (6.0, "Most senior person: owner", "Ranghöchste Person: Inhaber"),
        (4.0, "Most senior person: vice president", "Ranghöchste Person: Bereichsleitung"),
        (0.0, "Most senior person: no senior role", "Ranghöchste Person: keine leitende Rolle"),
        (None, "Most senior person: role not known", "Ranghöchste Person: Rolle nicht bekannt"),
    ],
)
def test_it_is_told_by_the_names_of_the_rungs(value: float | None, english: str, german: str) -> None:
    assert sentence(wanted(asking())[0], value) == english
    told = wanted(asking(reasons={"language": "de"}))[0]
    assert sentence(told, value, told_in=language("de")) == german


def test_a_ladder_of_ones_own_is_told_in_its_words_and_read_back_whole() -> None:
    ladder = {"window_days": 9, "seniority": [["Chefin", "Chef"], ["Meister"]]}
    feature = wanted(asking(people=ladder, phrases={"most_senior": {"noun": "boss"}}))[0]
    assert (feature.values, feature.window_days) == (("Chefin\nChef", "Meister"), 9)
    assert sentence(feature, 2.0) == "Boss: Chefin"
    assert sentence(feature, 1.0) == "Boss: Meister"


def test_reviews_speak_of_it_in_words() -> None:
    feature = wanted(asking())[0]
    assert readable(feature) == "Seniority of the most senior person"
    assert as_read(feature, 3.0) == "director or head"
    assert str(Condition(feature, at_least=3.0)) == "seniority of the most senior person at least director or head"
    assert str(Condition(feature, at_most=0.0)) == "most senior person: no senior role"


def test_its_direction_may_be_stated() -> None:
    given = asking(features=[], model={"monotone": {SENIOR: "rises"}})
    assert directions(given, catalogue(given, Vocabulary()))[-1] == 1

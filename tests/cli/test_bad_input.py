from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import pytest

from tests.cli.shop import Shop, run_json


class Refused(NamedTuple):
    """What is spoilt, the exit code, and what the message must say: what was found, expected, and what to do."""

    spoil: Callable[[Shop], object]
    exit_code: int
    says: tuple[str, ...]


def put(column: str, value: str, rows: int | None = None) -> Callable[[pd.DataFrame], None]:
    """Write a value into the first rows of a column, or into all."""

    def change(table: pd.DataFrame) -> None:
        table.loc[table.index[:rows], column] = value

    return change


REFUSED = {
    "missing file": Refused(
        lambda shop: (shop.folder / "events.csv").unlink(), 5, ("events: there is no file", "events.csv", "--data")
    ),
    "file of another kind": Refused(
        lambda shop: shop.say("path: events.csv", "path: shop.yaml"), 5, ("shop.yaml", "expected a Parquet or CSV file")
    ),
    "missing column": Refused(
        lambda shop: shop.change("events", lambda table: table.rename(columns={"what": "event_name"})),
        5,
        ("events:", "lacks columns that the definition names", "'what'"),
    ),
    "numbers for times": Refused(
        lambda shop: shop.change("events", put("at", "1709251200")), 5, ("'at'", "int64", "expected a timestamp")
    ),
    "texts for numbers": Refused(
        lambda shop: shop.change("events", put("amount", "much", 3)),
        5,
        ("'spent'", "string", "expected numbers", "'distinct'"),
    ),
    "no time can be read": Refused(
        lambda shop: shop.change("events", put("at", "the other day")),
        5,
        ("no row can be used", "time cannot be read", "'the other day'", "'time_format'"),
    ),
    "empty table": Refused(
        lambda shop: shop.change("events", lambda table: table.head(0)),
        5,
        ("events: no row can be used: it has no rows", "--data"),
    ),
    "duplicate key": Refused(
        lambda shop: shop.change("customers", lambda t: pd.concat([t, t.head(1).assign(size="999")])),
        5,
        ("entities: one key has several different rows", "'c000'", "expected one per entity", "valid_from"),
    ),
    "conversion that never occurs": Refused(
        lambda shop: shop.say("event: bought", "event: boughtt"), 5, ("PQD020", "'boughtt'", "did you mean 'bought'?")
    ),
    "nobody converts in time": Refused(
        lambda shop: shop.say("horizon_days: 20", "horizon_days: 0.001"), 5, ("PQD031", "0 of", "needs both kinds")
    ),
    "window longer than the data": Refused(
        lambda shop: shop.say("horizon_days: 20", "horizon_days: 999"), 5, ("PQD030", "immature", "observed_until")
    ),
    "unknown key": Refused(
        lambda shop: shop.say("horizon_days", "horizon"), 4, ("unknown key 'horizon'", "did you mean 'horizon_days'?")
    ),
    "unknown feature": Refused(
        lambda shop: shop.say("visits.count.14d", "visit.count.14d"), 4, ("visit.count.14d", "visits.count.14d")
    ),
    "key written twice": Refused(
        lambda shop: shop.say("conversion:", "name: other\nconversion:"),
        4,
        ("line ", "'name' is written twice", "keep one"),
    ),
    "not YAML": Refused(lambda shop: shop.definition.write_text("name: [shop"), 4, ("shop.yaml is not YAML", "line")),
    "empty definition": Refused(
        lambda shop: shop.definition.write_text(""), 4, ("holds nothing", "docs/definition.md")
    ),
    "no definition": Refused(
        lambda shop: shop.definition.unlink(), 4, ("cannot read the definition", "definition list")
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_check_refuses_in_one_message(shop: Shop, case: Refused) -> None:
    case.spoil(shop)
    told = run_json("check", shop.definition, "--data", shop.folder, exit_code=case.exit_code)
    if "error" in told:
        assert told["error"]["exit_code"] == case.exit_code
        message = told["error"]["message"]
    else:
        assert not told["passed"]
        message = "\n".join(f"{found['code']} {found['detail']}" for found in told["findings"])
    assert [text for text in case.says if text not in message] == [], message


class Counted(NamedTuple):
    """What is spoilt in which table, and the reason or code under which how many rows are counted."""

    table: str
    change: Callable[[pd.DataFrame], object]
    told_as: str
    rows: int


def without_first_customer(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["customer"] != "c000"]


def without_zones(table: pd.DataFrame) -> None:
    table["at"] = table["at"].str.removesuffix("Z")


COUNTED = {
    "some times cannot be read": Counted("events", put("at", "the other day", 3), "time cannot be read", 3),
    "some times are null": Counted("events", put("at", "", 4), "time is null", 4),
    "times in the future": Counted("events", put("at", "2999-01-01T00:00:00Z", 2), "time lies in the future", 2),
    "null ids of events": Counted("events", put("customer", "", 5), "entity_id is null", 5),
    "null events": Counted("events", put("what", "", 6), "event is null", 6),
    "null ids of entities": Counted("customers", put("customer", "", 2), "entity_id is null", 2),
    "rows twice": Counted(
        "customers", lambda table: pd.concat([table, table.head(3)]), "row repeated word for word", 3
    ),
    "times without a zone": Counted("events", without_zones, "PQD001", 2754),
    "no sign-up time": Counted("customers", put("joined", "", 2), "PQD011", 2),
    "entity without events": Counted("events", without_first_customer, "PQD022", 1),
    "events of nobody known": Counted("customers", without_first_customer, "PQD021", 48),
}


@pytest.mark.parametrize("case", COUNTED.values(), ids=COUNTED)
def test_check_counts_and_lists_what_it_can_do_without(shop: Shop, case: Counted) -> None:
    shop.change(case.table, case.change)
    told = run_json("check", shop.definition, "--data", shop.folder)
    set_aside = {reason: count for table in told["tables"] for reason, count in table["set_aside"].items()}
    found = {finding["code"]: finding["count"] for finding in told["findings"]}
    assert {**set_aside, **found}[case.told_as] == case.rows
    for table in told["tables"]:
        assert table["read"] == table["used"] + sum(table["set_aside"].values())
    rows = told["rows"]
    assert rows["total"] == rows["labelled"] + sum(rows["dropped"].values())


def test_an_event_in_a_signal_that_never_occurs_is_a_warning(shop: Shop) -> None:
    shop.say("visits: visited", "visits: [visited, viewed]")
    told = run_json("check", shop.definition, "--data", shop.folder)
    unknown = [finding for finding in told["findings"] if finding["code"] == "PQD020"]
    assert [finding["severity"] for finding in unknown] == ["warning"]
    assert "'viewed'" in unknown[0]["detail"]


@pytest.mark.parametrize(
    ("old", "new", "exit_code", "says"),
    [
        ("event: bought", "event: boughtt", 5, "PQD020"),
        ("horizon_days: 20", "horizon_days: 0.001", 6, "without conversion"),
        ("horizon_days: 20", "horizon_days: 999", 6, "immature"),
    ],
)
def test_train_refuses_what_check_warned_of(shop: Shop, old: str, new: str, exit_code: int, says: str) -> None:
    shop.say(old, new)
    told = run_json("train", shop.definition, "--data", shop.folder, "--workspace", shop.folder, exit_code=exit_code)
    assert says in told["error"]["message"]

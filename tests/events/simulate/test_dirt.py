from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.events.simulate.company import Company

Planted = dict[str, Any]

BILLING = ["subscription_started", "account_closed"]


@pytest.fixture(scope="module")
def planted(company: Company) -> Planted:
    return dict(json.loads((company.folder / "truth/dirt.json").read_text()))


def test_duplicates_share_all_but_the_time_of_receipt(company: Company, planted: Planted) -> None:
    events = company.table("events").drop_columns(["received_at"])
    distinct = len(events["event_id"].unique())
    assert len(events) - distinct == planted["duplicated_events"]["rows"] > 0
    assert len(events.group_by(events.column_names).aggregate([])) == distinct


def test_late_events_are_as_many_as_documented(company: Company, planted: Planted) -> None:
    events = company.table("events", "event_id", "timestamp", "received_at")
    delay = pc.subtract(events["received_at"].cast("int64"), events["timestamp"].cast("int64"))
    first = (
        pa.table({"event_id": events["event_id"], "delay": delay}).group_by("event_id").aggregate([("delay", "min")])
    )
    seconds = pc.divide(first["delay_min"], 1_000_000)
    assert pc.min(seconds).as_py() >= 0
    assert pc.max(seconds).as_py() <= company.world.dirt.late_max_days * 86_400
    late = pc.sum(pc.greater_equal(seconds, 3600)).as_py()
    assert late == planted["late_events"]["events"] > 0


def test_everything_is_received_by_the_end_of_the_period(company: Company) -> None:
    end = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    events = company.table("events", "timestamp", "received_at")
    assert pc.max(events["received_at"]).as_py() <= end
    assert pc.max(events["timestamp"]).as_py() < end


def test_the_outage_leaves_no_product_events(company: Company, planted: Planted) -> None:
    outage = planted["outage"]
    first, after = (dt.date.fromisoformat(str(outage[key])) for key in ("from", "until"))
    events = company.table("events", "event", "timestamp")
    product = events.filter(pc.invert(pc.is_in(events["event"], pa.array(BILLING))))
    days = Counter(product["timestamp"].cast(pa.date32()).to_pylist())
    assert (after - first).days == 2
    assert [days[first], days[first + dt.timedelta(days=1)]] == [0, 0]
    assert days[first - dt.timedelta(days=1)] > 0 < days[after]
    assert outage["events_lost"]


def test_events_after_conversion_are_counted(company: Company, planted: Planted) -> None:
    converted = company.table("truth/accounts", "account_id", "converted_at")
    events = company.table("events", "event_id", "account_id", "timestamp").join(converted, "account_id")
    after = events.filter(pc.greater(events["timestamp"], events["converted_at"]))
    assert len(after["event_id"].unique()) == planted["events_after_conversion"]["events"] > 0


def test_clean_company_has_no_dirt(clean: Company) -> None:
    events = clean.table("events")
    assert len(events["event_id"].unique()) == len(events)
    delay = pc.subtract(events["received_at"].cast("int64"), events["timestamp"].cast("int64"))
    assert pc.max(delay).as_py() < 3600 * 1_000_000
    assert pc.min(delay).as_py() >= 0
    planted = clean.summary.planted
    kinds = ("duplicated_events", "late_events", "events_lost_in_outage", "events_after_conversion")
    assert [planted[kind] for kind in (*kinds, "internal", "dormant", "free_mail", "late_firmographics")] == [0] * 8
    assert set(clean.table("accounts")["crm_status"].to_pylist()) == {"new"}
    joined = events.join(clean.table("truth/accounts", "account_id", "converted_at"), "account_id")
    assert len(joined.filter(pc.greater(joined["timestamp"], joined["converted_at"]))) == 0


def test_dormant_accounts_never_come_back(company: Company) -> None:
    dormant = {row["account_id"] for row in company.rows("truth/accounts") if row["dormant"]}
    signup = {row["account_id"]: row["created_at"] for row in company.rows("accounts")}
    seen = {
        (row["account_id"], row["timestamp"].date())
        for row in company.events("signed_in")
        if row["account_id"] in dormant
    }
    assert len(dormant) == company.summary.planted["dormant"] > 500
    assert all(day == signup[name].date() for name, day in seen)


def test_truth_says_where_dirt_is(company: Company, planted: Planted) -> None:
    assert planted["leaking_column"] == "crm_status"
    internal = {row["account_id"] for row in company.rows("accounts") if row["plan"] == "internal"}
    assert len(internal) == planted["internal_accounts"]["accounts"] == company.summary.planted["internal"]

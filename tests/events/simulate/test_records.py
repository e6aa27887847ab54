from __future__ import annotations

from collections import defaultdict

import pytest

from pqlml.events.simulate.accounts import FREE_MAIL
from tests.events.simulate.company import Company, Row

Versions = dict[str, list[Row]]


def versions_of(company: Company) -> Versions:
    found: Versions = defaultdict(list)
    for row in company.rows("accounts"):
        found[row["account_id"]].append(row)
    return found


@pytest.fixture(scope="module")
def versions(company: Company) -> Versions:
    return versions_of(company)


def test_every_account_begins_with_its_signup_and_goes_forward_in_time(versions: Versions) -> None:
    assert len(versions) == 2800
    for history in versions.values():
        assert history[0]["updated_at"] == history[0]["created_at"]
        times = [version["updated_at"] for version in history]
        assert times == sorted(times)


def test_late_firmographics_are_unknown_first_and_known_later(company: Company, versions: Versions) -> None:
    late = [row["account_id"] for row in company.rows("truth/accounts") if row["late_firmographics"]]
    assert 0.5 < len(late) / 2800 < 0.7
    for name in late:
        first = versions[name][0]
        assert [first[column] for column in ("employees", "revenue_band", "tech_stack")] == [None] * 3
        assert first["industry"] is not None
    assert sum(versions[name][-1]["employees"] is not None for name in late) > 0.9 * len(late)


def test_firmographics_change_over_time(versions: Versions) -> None:
    sizes = [{version["employees"] for version in history} - {None} for history in versions.values()]
    assert sum(len(known) > 1 for known in sizes) > 100


def test_crm_status_follows_the_outcome_with_a_real_date(company: Company, versions: Versions) -> None:
    converted = {row["account_id"]: row["converted_at"] for row in company.rows("truth/accounts")}
    customers = 0
    for name, history in versions.items():
        for version in history:
            if version["crm_status"] == "customer":
                customers += 1
                assert converted[name] is not None
                assert version["updated_at"] >= converted[name]
    assert customers > 0.9 * company.summary.truth["conversions"]


def test_an_overwriting_crm_knows_the_outcome_from_the_start(overwritten: Company) -> None:
    rows = overwritten.rows("accounts")
    converted = {row["account_id"] for row in overwritten.rows("truth/accounts") if row["converted_at"] is not None}
    assert len(rows) == 150
    assert all(row["updated_at"] == row["created_at"] for row in rows)
    assert all(row["plan"] != "paid" for row in rows)
    customers = {row["account_id"] for row in rows if row["crm_status"] == "customer"}
    assert customers <= converted
    assert len(customers) > 0.9 * len(converted) > 0


def test_users_are_one_founder_and_those_who_joined(company: Company) -> None:
    users = company.rows("users")
    owners = [user["account_id"] for user in users if user["role"] == "owner"]
    assert sorted(owners) == sorted({row["account_id"] for row in company.rows("accounts")})
    assert len({user["user_id"] for user in users}) == len(users)
    assert {row["user_id"] for row in company.events("member_joined")} <= {
        user["user_id"] for user in users if user["role"] != "owner"
    }


def test_mail_domains_are_free_own_or_internal(company: Company) -> None:
    first = {row["account_id"]: row for row in company.rows("accounts")}.values()
    free = sum(row["email_domain"] in FREE_MAIL for row in first)
    assert free == company.summary.planted["free_mail"]
    assert {row["email_domain"] for row in first if row["plan"] == "internal"} == {"our-company.example"}


def test_events_of_a_session_lie_between_its_begin_and_its_end(clean: Company) -> None:
    spans: dict[object, Row] = defaultdict(dict)
    for row in clean.rows("events"):
        if row["event"] in {"signed_in", "session_ended"}:
            spans[row["session_id"]][str(row["event"])] = row["timestamp"]
            assert (row["duration_s"] is None) == (row["event"] == "signed_in")
    for row in clean.rows("events"):
        span = spans.get(row["session_id"], {})
        if len(span) == 2:
            assert span["signed_in"] <= row["timestamp"] <= span["session_ended"]

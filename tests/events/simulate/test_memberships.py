from __future__ import annotations

from collections import defaultdict

from tests.events.simulate.company import Company, Row


def test_every_user_is_a_member_from_joining_on(company: Company) -> None:
    users = {row["user_id"]: row for row in company.rows("users")}
    members = {row["user_id"]: row for row in company.rows("memberships")}
    assert members.keys() == users.keys()
    for user, row in members.items():
        known = users[user]
        assert (row["account_id"], row["role"], row["valid_from"]) == (
            known["account_id"],
            known["role"],
            known["joined_at"],
        )


def test_some_leave_after_their_last_event_and_no_owner_does(company: Company) -> None:
    last: dict[str, object] = defaultdict(lambda: None)
    seen = company.table("events", "user_id", "timestamp").group_by("user_id").aggregate([("timestamp", "max")])
    last.update(dict(zip(seen["user_id"].to_pylist(), seen["timestamp_max"].to_pylist(), strict=True)))
    members = company.rows("memberships")
    left = [row for row in members if row["valid_to"] is not None]
    assert 0.02 < len(left) / len(members) < 0.06
    assert {row["role"] for row in left} == {"admin", "member"}
    assert all(row["valid_to"] > (last[row["user_id"]] or row["valid_from"]) for row in left)
    assert company.summary.planted["members_left"] == len(left)


def test_a_tenth_is_recorded_late_and_none_too_early(company: Company) -> None:
    members = company.rows("memberships")
    late = [row for row in members if row["recorded_at"] > row["valid_from"]]
    assert 0.08 < len(late) / len(members) < 0.12
    assert all(row["recorded_at"] >= row["valid_from"] for row in members)
    assert company.summary.planted["members_recorded_late"] == len(late)


def test_most_users_state_a_title(company: Company) -> None:
    def share(rows: list[Row], title: str | None) -> float:
        return len([row for row in rows if row["title"] == title]) / len(rows)

    users = company.rows("users")
    assert 0.12 < share(users, None) < 0.18
    assert share([row for row in users if row["role"] == "owner"], "CEO") > 0.1
    assert share([row for row in users if row["role"] == "member"], "CEO") < 0.03
    assert {row["title"] for row in users if row["title"] and "," in row["title"]} >= {"VP, Sales", "Head, Finance"}

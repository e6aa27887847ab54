from __future__ import annotations

import datetime as dt
from collections import defaultdict

from tests.events.simulate.company import Company


def test_every_conversion_is_a_won_deal_at_the_same_instant(company: Company) -> None:
    won = {row["account_id"]: row["closed_at"] for row in company.rows("deals") if row["stage"] == "won"}
    started = {row["account_id"]: row["timestamp"] for row in company.events("subscription_started")}
    truth = {row["account_id"]: row["converted_at"] for row in company.rows("truth/accounts") if row["converted_at"]}
    assert won == started == truth
    assert len(won) == company.summary.truth["conversions"]
    assert 0.08 < company.summary.truth["conversion_rate"] < 0.14


def test_deals_are_opened_before_they_end_and_known_after_they_happen(company: Company) -> None:
    stages: dict[str, dict[str, dt.datetime]] = defaultdict(dict)
    for row in company.rows("deals"):
        assert row["stage"] not in stages[row["account_id"]]
        stages[row["account_id"]][row["stage"]] = row["closed_at"]
        assert row["known_at"] >= row["closed_at"]
        assert (row["arr"] is not None) == (row["stage"] == "won")
    for reached in stages.values():
        for end in ("lost", "closed"):
            if end in reached:
                assert reached["opened"] < reached[end]
        if "lost" in reached:
            assert reached["lost"] - reached["opened"] == dt.timedelta(days=45)
    found = {stage for reached in stages.values() for stage in reached}
    assert found == {"opened", "won", "lost", "closed"}


def test_internal_accounts_have_no_deals(company: Company) -> None:
    internal = {row["account_id"] for row in company.rows("truth/accounts") if row["internal"]}
    assert internal
    assert not internal & {row["account_id"] for row in company.rows("deals")}

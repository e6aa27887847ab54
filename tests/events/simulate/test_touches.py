from __future__ import annotations

import json

import pytest

from tests.events.simulate.company import Company


def test_outreach_is_once_per_account_and_randomised(company: Company) -> None:
    rows = company.rows("outreach")
    assert len({row["account_id"] for row in rows}) == len(rows)
    treated = [row for row in rows if row["arm"] == "treated"]
    assert len(treated) / len(rows) == pytest.approx(company.world.treated_share, abs=0.06)
    assert all((row["channel"] is None) == (row["arm"] == "control") for row in rows)


def test_treated_accounts_convert_more_often(company: Company) -> None:
    effect = json.loads((company.folder / "truth/outreach.json").read_text())
    treated = effect["treated_converted_within_days"] / effect["treated"]
    control = effect["control_converted_within_days"] / effect["control"]
    assert effect["log_hazard"] == 0.6
    assert treated > 1.15 * control


def test_marketing_touches_lie_in_the_period(company: Company) -> None:
    rows = company.rows("mql")
    assert {row["touch"] for row in rows} == {
        "newsletter_signup",
        "ebook_download",
        "webinar_attended",
        "case_study_download",
    }
    assert {row["ts"].year for row in rows} == {2025, 2026}

"""The JSON twins: one stable, described shape."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.published_example import AS_OF, publish_example
from tests.web.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    publish_example(tmp_path)
    return Site(tmp_path)


def test_the_list(site: Site) -> None:
    answer = site.get("/api/leads?tier=hot&limit=2&offset=1").json()

    assert list(answer) == ["run", "stale", "total", "limit", "offset", "leads"]
    assert (answer["stale"], answer["total"], answer["limit"], answer["offset"]) == (False, 8, 2, 1)
    assert answer["run"]["as_of"] == "2026-03-01T06:00:00Z"
    assert [lead["rank"] for lead in answer["leads"]] == [11, 12]
    assert list(answer["leads"][0]) == [
        "entity_id",
        "name",
        "rank",
        "tier",
        "points",
        "points_by_dimension",
        "base_points",
        "probability",
        "log_odds",
        "reasons",
    ]
    assert list(answer["leads"][0]["points_by_dimension"]) == ["engagement", "team", "value", "upgrade", "fit"]


def test_the_search_of_the_list(site: Site) -> None:
    assert site.get("/api/leads?search=ACCT-1000").json()["total"] == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "offset=-1", "offset=9999999999", "tier=boiling"])
def test_a_wrong_query_is_refused_in_words(site: Site, query: str) -> None:
    response = site.get(f"/api/leads?{query}")

    assert response.status_code == 422
    assert response.json()["error"].startswith(f"{query.partition('=')[0]}: Input should be ")


def test_one_lead_adds_up(site: Site) -> None:
    answer = site.get("/api/leads/acct-1000").json()
    lead = answer["lead"]

    assert list(answer) == ["run", "stale", "lead", "next_step"]
    assert sum(item["contribution"] for item in lead["contributions"]) == pytest.approx(lead["log_odds"], abs=1e-6)
    assert sum(lead["points_by_dimension"].values()) == pytest.approx(lead["points"], abs=1e-6)
    assert {"section": "use", "label": "Mean session", "value": "24 min"} in lead["profile"]
    assert answer["next_step"]["title"] == "Contact them today"
    assert answer["next_step"]["follow_ups"][0] == {"response": "Engaged", "action": "A demo within 24 to 48 hours."}


def test_health_says_which_run_and_whether_it_is_old(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=1)
    old = Site(tmp_path, now=AS_OF + dt.timedelta(days=3))

    assert old.get("/healthz").json() == {
        "status": "ok",
        "run_id": "run-1",
        "as_of": "2026-03-01T06:00:00Z",
        "stale": True,
    }
    assert old.get("/api/leads").json()["stale"] is True


def test_every_address_and_field_is_described(site: Site) -> None:
    described = site.get("/api/openapi.json").json()
    schemas = described["components"]["schemas"]

    assert set(described["paths"]) == {"/healthz", "/api/leads", "/api/leads/{entity_id}", "/api/lead"}
    assert schemas["Lead"]["properties"]["probability"]["description"].startswith("Chance of converting")
    assert "503" in described["paths"]["/api/leads"]["get"]["responses"]

"""The application as a whole: failures in words, headers on everything, new runs at once."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.published_example import publish_example
from tests.web.site import Site


def test_without_a_run_the_page_says_what_to_do(tmp_path: Path) -> None:
    site = Site(tmp_path / "nowhere")

    for address in ("/", "/leads/acct-1000", "/lead?entity_id=x"):
        page = site.page(address, status=503)
        assert page.all("h1") == ["No scores yet"]
        assert page.all("code") == ["pqlml score"]
    for address in ("/api/leads", "/api/leads/x", "/api/lead?entity_id=x", "/healthz"):
        response = site.get(address)
        assert response.status_code == 503
        assert "`pqlml score` publishes the first ones" in response.json()["error"]


def test_the_first_run_and_every_later_one_show_without_a_restart(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.get("/healthz").status_code == 503

    publish_example(tmp_path, leads=1)
    assert site.get("/healthz").json()["run_id"] == "run-1"

    publish_example(tmp_path, leads=2, run_id="run-2")
    assert site.get("/healthz").json()["run_id"] == "run-2"
    assert "2 accounts scored" in site.page("/").text


def test_an_unknown_lead_is_a_page_too(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)
    site = Site(tmp_path)

    page = site.page("/leads/<nobody>", status=404)

    assert page.all("h1") == ["Not found"]
    assert "No account '<nobody>' among the 3 scored" in page.text
    assert site.get("/api/leads/nobody").status_code == 404
    assert "No account 'nobody'" in site.get("/api/leads/nobody").json()["error"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/?tier=boiling", "tier: Input should be 'critical', 'hot', 'warm' or 'cold'"),
        ("/?page=0", "page: Input should be greater than or equal to 1"),
        ("/?page=99999999999999999999", "page: Input should be less than"),
        (f"/?search={'x' * 201}", "search: String should have at most 200 characters"),
        ("/lead", "entity_id: Field required"),
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, address: str, told: str) -> None:
    publish_example(tmp_path, leads=1)
    page = Site(tmp_path).page(address, status=422)

    assert page.all("h1") == ["That was not understood"]
    assert told in page.text


def test_other_addresses_and_methods_are_refused_as_pages(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=1)
    site = Site(tmp_path)

    assert site.page("/nothing", status=404).all("h1") == ["Not found"]
    assert site.get("/docs").status_code == site.get("/redoc").status_code == 404
    assert site.get("/static/../app.py").status_code == 404
    assert site.request("POST", "/").status_code == 405
    assert site.get("/api/nothing").json() == {"error": "Not Found"}


def test_damaged_files_are_told_without_their_path_and_logged_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = publish_example(tmp_path, leads=1)
    (folder / "scores.parquet").write_bytes(b"damaged")
    site = Site(tmp_path)

    with caplog.at_level(logging.ERROR):
        page = site.page("/", status=500)

    assert "cannot be read" in page.text
    assert str(tmp_path) not in page.text
    assert str(folder) in caplog.text
    assert site.get("/healthz").status_code == 500


@pytest.mark.parametrize("address", ["/", "/leads/nobody", "/api/leads", "/nothing", "/static/style.css", "/?page=0"])
def test_every_answer_carries_the_security_headers(tmp_path: Path, address: str) -> None:
    publish_example(tmp_path, leads=1)
    headers = Site(tmp_path).get(address).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == ("no-cache" if address.startswith("/static") else "no-store")


def test_the_style_and_the_icon_are_served_and_load_nothing_else(tmp_path: Path) -> None:
    site = Site(tmp_path)
    style, icon = site.get("/static/style.css"), site.get("/static/icon.svg")

    assert style.headers["content-type"].startswith("text/css")
    assert icon.headers["content-type"].startswith("image/svg+xml")
    assert "url(" not in style.text
    assert "@import" not in style.text

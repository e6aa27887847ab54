"""The server: local by default, and the same pages over a real connection."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from pqlml.errors import MissingExtraError
from pqlml.web.serve import serve
from tests.published_example import publish_example
from tests.web.site import Site

IDS = ("a/b//c/", "..", "100%25 %2F", "株式会社", "line\nbreak", "a?b=c&d#e;f")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what uvicorn would have been started with."""
    options: dict[str, Any] = {}

    def run(app: Any, **given: Any) -> None:
        options.update(given, app=app)

    monkeypatch.setattr(uvicorn, "run", run)
    return options


def _status(app: Any, address: str) -> int:
    async def answer() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            return (await client.get(address)).status_code

    return asyncio.run(answer())


def test_the_default_is_this_machine_only(tmp_path: Path, started: dict[str, Any]) -> None:
    publish_example(tmp_path, leads=1)
    serve(tmp_path)

    assert (started["host"], started["port"]) == ("127.0.0.1", 8765)
    assert _status(started["app"], "http://127.0.0.1:8765/") == 200
    assert _status(started["app"], "http://localhost:8765/") == 200
    assert _status(started["app"], "http://rebound.example/") == 400


def test_another_host_is_the_choice_of_who_starts_it(tmp_path: Path, started: dict[str, Any]) -> None:
    publish_example(tmp_path, leads=1)
    serve(tmp_path, host="0.0.0.0", port=80)  # noqa: S104 - what is tested

    assert (started["host"], started["port"]) == ("0.0.0.0", 80)  # noqa: S104 - what is tested
    assert _status(started["app"], "http://leads.example/") == 200


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(MissingExtraError, match=r"'uvicorn': pip install 'pqlml\[web\]'"):
        serve(tmp_path)


def test_hostile_ids_over_a_real_connection(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=len(IDS), ids=IDS)
    server = uvicorn.Server(uvicorn.Config(Site(tmp_path).app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            links = [part.split('"')[0] for part in client.get("/").text.split('href="/lead')[1:]]
            answers = [client.get("/api/lead" + link.replace("&amp;", "&")).json() for link in links]
    finally:
        server.should_exit = True
        thread.join()

    assert tuple(answer["lead"]["entity_id"] for answer in answers) == IDS

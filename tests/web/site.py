"""A sales page without a network: requests go straight to the application."""

from __future__ import annotations

import asyncio
import datetime as dt
from html.parser import HTMLParser
from pathlib import Path

import httpx

from pqlml.web.app import create_app
from tests.published_example import AS_OF

INLINE = {"a", "bdi", "code", "em", "q", "span", "strong", "time"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Site:
    """The application of a workspace, at a fixed time (an hour after the example's ``as_of``)."""

    def __init__(self, workspace: Path, now: dt.datetime = AS_OF + dt.timedelta(hours=1)) -> None:
        self.app = create_app(workspace, now=lambda: now)

    def request(self, method: str, address: str) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, address)

        return asyncio.run(answer())

    def get(self, address: str) -> httpx.Response:
        return self.request("GET", address)

    def page(self, address: str, status: int = 200) -> Page:
        response = self.get(address)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        return Page(response.text)


class Page(HTMLParser):
    """The elements and the text of a page; fails on tags that do not match.

    ``elements`` are (tag, attributes, text of the element with all that is in it, spaces collapsed).
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], str]] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"
        self.text = " ".join(text for tag, _, text in self.elements if tag == "body")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in VOID:
            self.elements.append((tag, attributes, ""))
        else:
            self._open.append((tag, attributes, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, ""))

    def handle_endtag(self, tag: str) -> None:
        opened, attributes, texts = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        self.elements.append((tag, attributes, " ".join("".join(texts).split())))
        if tag not in INLINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for _, _, texts in self._open:
            texts.append(data)

    def all(self, tag: str, **attributes: str) -> list[str]:
        """Return the texts of the elements with these attributes (``class_`` for ``class``)."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [text for found, given, text in self.elements if found == tag and wanted.items() <= given.items()]

    def links(self) -> list[str]:
        return [given["href"] for tag, given, _ in self.elements if tag == "a"]

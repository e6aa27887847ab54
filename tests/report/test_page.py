"""The page: self-contained, escaped, complete, and every number in it from the content."""

from __future__ import annotations

import dataclasses
import math
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pqlml.audit import audit
from pqlml.definition import parse_definition
from pqlml.errors import DataError
from pqlml.report import ReportContent, render_report, write_report

VOID = {"meta", "link", "img", "source", "br", "hr", "input"}


class Page(HTMLParser):
    """What the tests ask of a page: headings, ids, links, images, and that every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.alts: list[str | None] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if tag == "img":
            self.alts.append(found.get("alt"))
        if tag == "a":
            self.links.append(str(found["href"]))
        else:
            self.loads += [str(found[key]) for key in ("src", "srcset", "href") if key in found]
        self.ids += [str(found["id"])] if "id" in found else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "title"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def written(content: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page written where an older one was."""
    path = tmp_path_factory.mktemp("reports") / "new" / "latest.html"
    path.parent.mkdir()
    path.write_text("old")
    return write_report(content, path)


@pytest.fixture(scope="module")
def html(written: Path) -> str:
    return written.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_is_loaded_from_anywhere(page: Page, html: str) -> None:
    assert page.loads
    assert all(url.startswith("data:") for url in page.loads)
    assert "<script" not in html
    assert "default-src 'none'" in html


def test_tags_close_and_headings_go_down_one_level_at_a_time(page: Page) -> None:
    assert page.open == []
    assert page.headings.count("h1") == 1
    levels = [int(heading[1]) for heading in page.headings]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_link_leads_somewhere_and_ids_are_unique(page: Page) -> None:
    assert sorted(page.ids) == sorted(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_every_picture_says_in_words_what_it_shows(page: Page) -> None:
    assert len(page.alts) == 8
    assert all(alt and len(alt) > 40 for alt in page.alts)


def test_no_number_has_needless_digits(page: Page) -> None:
    words = page.text.replace("0f9a2b7c4d1e4f6a8b3c5d7e9f1a2b3c", "").split()
    decimals = [word for word in words if "." in word and word.replace(".", "").isdigit()]
    assert decimals
    assert all(len(word.split(".")[1]) <= 3 for word in decimals)
    assert "nan" not in page.text.lower().split()


def test_headline_findings_leads_and_runs_are_on_the_page(page: Page, content: ReportContent) -> None:
    expected = [content.headline, content.how_judged, content.definition.hash, *content.run_ids.values()]
    expected += [finding.detail for finding in content.findings]
    expected += [lead.entity_id for lead in content.leads]
    for text in expected:
        assert text in page.text


def test_leaks_are_told_with_the_way_to_the_full_audit(content: ReportContent) -> None:
    leads = pd.DataFrame({"entity_id": range(200), "label": [0, 0, 0, 1] * 50, "seats": [1.0, 2.0, 3.0, 4.0] * 50})
    clean = render_report(dataclasses.replace(content, audited=audit(leads.assign(seats=1.0))))
    assert "No leak was found among the 1 columns in use." in clean
    leaky = Page(render_report(dataclasses.replace(content, audited=audit(leads))))
    assert leaky.open == []
    told_of = "seats : derived from the target PQL010"
    for told in (told_of, "A small model has a ROC-AUC of", "pqlml audit", "No figure"):
        assert told in leaky.text


def test_where_the_model_holds_is_on_the_page(html: str) -> None:
    for told in ("Where does it hold?", "Over time", "What more history is worth", "a random split", "By segment"):
        assert told in html


def test_what_users_wrote_cannot_become_markup_even_where_nothing_varies(content: ReportContent) -> None:
    nasty, rows = "<script>alert('x')</script>", len(content.label)
    found = dataclasses.replace(
        content,
        headline=nasty,
        run_ids={nasty: nasty},
        groups=content.groups.assign(label=nasty, dimension='"><b>'),
        points_card=content.points_card.assign(rule=nasty),
        probabilities={name: np.full(rows, 0.04) for name in content.probabilities},
        model_points=np.full(rows, 50.0),
        hand_points=np.full(rows, 50.0),
        shap_values=np.zeros((20, 2)),
        shap_data=np.full((20, 2), math.nan),
        feature_labels=[nasty] * 2,
    )
    page = render_report(found)
    assert Page(page).open == []
    assert "<script" not in page
    assert '"><b>' not in page


def test_a_page_of_a_plain_table_without_points_leads_findings_and_contributions(content: ReportContent) -> None:
    nothing = np.empty((0, 0))
    bare = dataclasses.replace(
        content,
        definition=parse_definition(
            "{name: plain, sources: {entities: {path: leads.csv}}, conversion: {label: converted, positive: 'yes'}}"
        ),
        probabilities={"model": content.probabilities["model"]},
        metrics={"model": content.metrics["model"]},
        groups=content.groups.iloc[:0],
        points_card=content.points_card.iloc[:0],
        model_points=None,
        hand_points=None,
        shap_values=nothing,
        shap_data=nothing,
        feature_labels=[],
        dropped={},
        rows_by_split={"test": len(content.label)},
        conversions_by_split={"test": int(content.label.sum())},
        findings=[],
        leads=[],
        over_time=(),
        segments=(),
        optimism=(),
        learning=(),
    )
    page = Page(render_report(bare))
    assert page.open == []
    assert len(page.alts) == 4
    assert {"points", "leads", "holds"}.isdisjoint(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert "the column converted is yes" in page.text
    assert "The checks found nothing to report." in page.text


def test_writing_replaces_the_old_page_and_leaves_nothing_else(written: Path, html: str) -> None:
    assert html.startswith("<!doctype html>")
    assert list(written.parent.iterdir()) == [written]


def test_writing_makes_missing_folders(
    content: ReportContent, html: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pqlml.report.page.render_report", lambda *_: html)
    path = tmp_path / "a" / "b" / "report.html"
    assert write_report(content, path) == path
    assert path.read_text(encoding="utf-8") == html


def test_parts_that_do_not_fit_together_are_refused(content: ReportContent) -> None:
    with pytest.raises(DataError, match=r"'entity' has 3; expected 1200"):
        dataclasses.replace(content, entity=np.arange(3))
    with pytest.raises(DataError, match=r"'points_card' has \['points'\]"):
        dataclasses.replace(content, points_card=content.points_card.drop(columns="points"))
    with pytest.raises(DataError, match=r"'metrics' has \['model'\]"):
        dataclasses.replace(content, metrics={"model": content.metrics["model"]})

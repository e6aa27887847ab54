"""What a sales rep reads: who, how likely, why, and what to do."""

from __future__ import annotations

import datetime as dt
import html
from pathlib import Path

import pyarrow as pa
import pytest

from pqlml.schema import TIERS
from pqlml.scoring.published import open_current, write_published
from pqlml.web.links import lead_address
from pqlml.web.phrases import MINUS
from tests.published_example import AS_OF, example_run, publish_example
from tests.web.site import Page, Site

DIMENSIONS = ("Engagement", "Team", "Value", "Upgrade", "Fit")
HOSTILE_IDS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "../../etc/passwd",
    "a/b//c/",
    "/",
    "..",
    ".",
    "",
    "100%25 %2F",
    "株式会社 ünï \u202ertl\u202c",
    "line\nbreak\ttab",
    "a?b=c&d#e;f",
    "back\\slash",
    "'; DROP TABLE leads; --",
    "{{ 7 * 7 }}",
    " ",
    "W" * 400,
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    publish_example(tmp_path)
    return Site(tmp_path)


def _rows(page: Page) -> list[str]:
    return page.all("tr", role="row")[1:]


def test_the_list_says_who_how_likely_and_why(site: Site) -> None:
    page = site.page("/")
    first = _rows(page)[0]

    assert page.all("h1") == ["Who to call today"]
    assert len(_rows(page)) == 25
    assert first == (
        "1 Nimbus Analytics acct-1000 Critical 152 points 92% in 30 days about 9 in 10 "
        "Hit the project limit 6 times in the last 28 days; similar accounts: 0 Active on 24 of the last 28 days"
    )
    assert "Scored 1 March 2026, 06:00 UTC" in page.text
    assert "212 accounts: already converted" in page.text


def test_the_list_filters_by_tier_and_keeps_the_search(site: Site) -> None:
    page = site.page("/?tier=hot&search=a")
    tiers = page.all("span", class_="tier tier-hot")

    assert len(tiers) == len(_rows(page)) > 0
    assert page.all("a", **{"aria-current": "page"}) == ["Hot 8"]
    assert "/?tier=warm&search=a" in page.links()
    assert ("input", {"type": "hidden", "name": "tier", "value": "hot"}, "") in page.elements


def test_the_list_finds_by_name(site: Site) -> None:
    page = site.page("/?search=%20nimbus+ANALYTICS%20")

    assert {row.split(" acct")[0].split(" ", 1)[1] for row in _rows(page)} == {"Nimbus Analytics"}
    assert "Clear the search" in page.text


def test_the_list_is_paged(site: Site) -> None:
    first, second, last = (site.page(f"/?page={number}") for number in (1, 2, 3))

    assert [len(_rows(page)) for page in (first, second, last)] == [25, 25, 10]
    assert "/?page=2" in first.links()
    assert {"/", "/?page=3"} <= set(second.links())
    assert "51\u201360 of 60" in last.text
    assert site.get("/?page=999").text == site.get("/?page=3").text, "what lies beyond is the last page"
    assert site.get("/?page=2147483647").status_code == 200


def test_nothing_found_offers_a_way_back(site: Site) -> None:
    page = site.page("/?tier=hot&search=zzz")

    assert "No lead matches" in page.all("h2")
    assert "Nothing in the tier “Hot” contains this in its name or id: “zzz”" in page.text
    assert "/" in page.links()


def test_an_empty_run_says_why_nobody_was_scored(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=0)
    page = Site(tmp_path).page("/")

    assert "This run scored no account" in page.all("h2")
    assert "31 accounts: signed up too recently" in page.text
    assert "open" in next(given for tag, given, _ in page.elements if tag == "details")


def test_a_tier_that_is_empty_says_so(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=1)

    assert "The tier “Hot” is empty in this run." in Site(tmp_path).page("/?tier=hot").text


def test_the_lead_page_tells_the_whole_story(site: Site) -> None:
    page = site.page("/leads/acct-1000")

    assert page.all("h1") == ["Nimbus Analytics"]
    assert page.all("h2") == [
        "Suggested next step Contact them today",
        "Why this score",
        "What changed",
        "What they did",
        "Points by dimension",
        "People",
        "Company",
        "What the numbers mean",
    ]
    assert "92% in 30 days" in page.text
    assert "About 9 in 10, 21 times the usual 4.5%" in page.text
    assert "a person decides, the score only suggests" in page.text
    assert page.all("q") == ["Hit the project limit 6 times in the last 28 days"]
    assert "Mean session 24 min" in page.text
    assert "Employees 419" in page.text
    assert "Most active u-0-2 · 101 events in the last 28 days" in page.text
    assert "Most senior Robin Sommer · u-0-1 · VP Operations, owner · robin@example.com · 33 events" in page.text
    assert "Definition project-tool, version 3 (9f2c1e77) · model m-20260222, version 12 · run run-1" in page.text


def test_the_suggested_opener_is_what_they_did_and_not_what_they_did_not(tmp_path: Path) -> None:
    run, tables = example_run()
    reasons = tables["reasons"].to_pandas()
    told = {
        "limit_hit": (0.0, "No plan limits hit so far", "; similar accounts: 1"),
        "age": (3.0, "Signed up 3 days ago", ""),
        "workflows": (9.0, "Completed 9 workflows so far", "; similar accounts: 1"),
    }
    reasons = reasons.iloc[:3].assign(group=list(told), direction="for", dimension="engagement")
    reasons[["fact", "statement", "sentence"]] = [(fact, alone, alone + more) for fact, alone, more in told.values()]
    write_published(tmp_path, run, {**tables, "reasons": pa.Table.from_pandas(reasons, preserve_index=False)})
    assert Site(tmp_path).page(lead_address(reasons["entity_id"][0])).all("q") == ["Completed 9 workflows so far"]


def test_shown_dimensions_add_up_to_the_shown_total_for_every_lead(site: Site) -> None:
    leads = open_current(site.app.state.workspace).leads(limit=60).leads

    for lead in leads:
        page = site.page(lead_address(lead.entity_id))
        shown = dict(
            text.replace(MINUS, "-").rsplit(" ", 1) for text in page.all("li") if text.split()[0] in DIMENSIONS
        )
        total = int(page.all("li", class_="sum")[-1].replace(MINUS, "-").removeprefix("Total "))
        assert set(shown) == set(DIMENSIONS)
        assert sum(map(int, shown.values())) == total == round(lead.points)


def test_bars_start_at_zero_and_stay_inside(site: Site) -> None:
    for lead in open_current(site.app.state.workspace).leads(limit=60).leads:
        page = site.page(lead_address(lead.entity_id))
        bars = [given for tag, given, _ in page.elements if tag == "rect" and given["class"] == "value"]
        assert len(bars) == len(lead.reasons) + 5
        assert all(float(bar["x"]) >= 0 and float(bar["x"]) + float(bar["width"]) <= 100.1 for bar in bars)
        assert max(float(bar["width"]) for bar in bars[: len(lead.reasons)]) == 100


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_has_its_next_step(site: Site, tier: str) -> None:
    titles = {
        "critical": "Contact them today",
        "hot": "Contact them within a day",
        "warm": "Nurture, with a light touch",
        "cold": "Leave them to the nurture programme",
    }
    lead = next(lead for lead in open_current(site.app.state.workspace).leads(limit=60).leads if lead.tier == tier)
    page = site.page(lead_address(lead.entity_id))

    assert page.all("h2", id="next") == [f"Suggested next step {titles[tier]}"]
    assert "eview the profile first" in page.text
    assert ("When to wait" in page.text) is (tier != "cold")


def test_a_lead_that_nothing_speaks_for_shows_what_speaks_against_it(tmp_path: Path) -> None:
    run, tables = example_run(leads=60)
    last = tables["scores"].filter(tables["scores"]["rank"].to_numpy() == 60)["entity_id"][0].as_py()
    write_published(tmp_path, run, tables)
    site = Site(tmp_path)

    assert "Against: " in _rows(site.page("/?page=3"))[-1]
    assert "Nothing of weight." in site.page(lead_address(last)).text
    assert site.page(lead_address(last)).all("q") == []


def test_a_lead_without_name_reasons_profile_or_people_is_shown(tmp_path: Path) -> None:
    run, tables = example_run(leads=2)
    tables["people"] = tables["people"].slice(0, 0)
    tables["reasons"] = tables["reasons"].slice(0, 0)
    tables["profile"] = tables["profile"].slice(0, 0)
    write_published(tmp_path, run, tables)
    site = Site(tmp_path)

    assert "No single reason stands out" in site.page("/").text
    page = site.page("/leads/acct-1000")
    assert page.all("h1") == ["acct-1000"]
    assert {"Company", "What they did", "People"}.isdisjoint(page.all("h2"))


@pytest.mark.parametrize("hours", [36, 36.1, 90])
def test_scores_older_than_a_day_and_a_half_carry_a_note(tmp_path: Path, hours: float) -> None:
    publish_example(tmp_path, leads=2)
    site = Site(tmp_path, now=AS_OF + dt.timedelta(hours=hours))

    for address in ("/", "/leads/acct-1000"):
        notes = site.page(address).all("p", role="status")
        expected = {36: [], 36.1: ["These scores are 36 hours old."], 90: ["These scores are 3 days old."]}[hours]
        assert [note.split(" Leads")[0] for note in notes] == expected


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        (
            {"by": "probability", "critical": 0.5, "hot": 0.3, "warm": 0.1},
            "Critical from a chance of 50%, hot from 30%",
        ),
        (
            {"by": "capacity", "critical": 5, "hot": 20, "warm": 80},
            "The best 5 leads of a run are critical, up to 20 hot",
        ),
        ({"critical": 101, "hot": 76, "warm": 51}, "Critical from 101 points, hot from 76, warm from 51"),
    ],
)
def test_the_meaning_of_tiers_follows_their_thresholds(tmp_path: Path, tiers: dict[str, object], told: str) -> None:
    run, tables = example_run(leads=1)
    write_published(tmp_path, {**run, "tiers": tiers}, tables)

    assert told in Site(tmp_path).page("/").text


def test_hostile_ids_open_from_the_list_and_as_json(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=len(HOSTILE_IDS), ids=HOSTILE_IDS)
    site = Site(tmp_path)
    links = [link for link in site.page("/").links() if link.startswith(("/leads/", "/lead?"))]

    for entity_id, link in zip(HOSTILE_IDS, links, strict=True):
        page = site.page(link)
        title = f"Rank {HOSTILE_IDS.index(entity_id) + 1} of {len(HOSTILE_IDS)}"
        assert title in page.text, repr(entity_id)
        assert " ".join(entity_id.split()) in page.all("bdi")
        assert site.get("/api" + link).json()["lead"]["entity_id"] == entity_id


def test_no_text_of_the_data_becomes_markup(tmp_path: Path) -> None:
    hostile = "<b onclick=\"x\">&amp;</b><script>'{{ 7*7 }}'</script><a href='https://example.org'>x</a>"
    publish_example(tmp_path, leads=len(HOSTILE_IDS), ids=HOSTILE_IDS, hostile=hostile)
    site = Site(tmp_path)
    addresses = ["/", *map(lead_address, HOSTILE_IDS), f"/?search={hostile.replace('&', '%26').replace('#', '%23')}"]

    for address in addresses:
        text = site.get(address).text
        page = Page(text)
        assert {"script", "b", "style", "iframe"}.isdisjoint(tag for tag, _, _ in page.elements)
        for tag, given, _ in page.elements:
            assert not any(name.startswith("on") or name == "style" for name in given), (tag, given)
            for name in ("href", "src", "action"):
                assert given.get(name, "/").startswith(("/", "#")), (tag, given)
        assert html.escape(hostile, quote=False).split("'")[0].replace('"', "&#34;") in text


def test_the_lead_page_tells_what_changed_in_parts_and_in_all(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)
    text = Site(tmp_path).page("/leads/acct-1000").text
    changed = text[text.index("What changed") : text.index("What they did")]
    assert "Time passed: Most recently signed in 8 days ago; before: 1" in changed
    assert "New behaviour: Hit the project limit 3 times in the last 7 days; before: 0" in changed
    assert "In all since 22 February 2026, 06:00 UTC" in changed
    assert "another model" not in changed.lower(), "what would be shown as nothing is left out"


def test_the_lead_page_says_who_is_similar(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)
    text = Site(tmp_path).page("/leads/acct-1000").text
    assert "Compared with the median of 412 scored accounts that signed up 8 to 30 days ago." in text


def test_a_run_in_another_language_is_shown_in_it_throughout(tmp_path: Path) -> None:
    publish_example(tmp_path, language="de")
    site = Site(tmp_path)
    page, lead, none = site.page("/"), site.page("/leads/acct-1000"), site.page("/leads/nobody", status=404)

    assert [one.all("html") != [] for one in (page, lead)] == [True, True]
    assert 'lang="de"' in site.get("/").text
    assert page.all("h1") == ["Wen heute anrufen?"]
    assert "92 % in 30 Tagen etwa 9 von 10" in _rows(page)[0]
    assert "Bewertet am 1. März 2026, 06:00 UTC" in page.text
    assert {"Warum diese Bewertung", "Punkte je Dimension"} <= set(lead.all("h2"))
    assert none.all("h1") == ["Nicht gefunden"]
    english = ("Chance to convert", "Search", "Speaks", "Points", "points", "Rank", "What the", "Scored", "Usual is")
    for one in (page, lead):
        assert not [text for text in english if text in one.text]
    assert site.get("/api/leads/acct-1000").json()["next_step"]["title"] == "Heute melden"


def test_a_run_in_a_language_that_is_not_known_is_shown_in_english(tmp_path: Path) -> None:
    publish_example(tmp_path, language="xx")
    assert Site(tmp_path).page("/").all("h1") == ["Who to call today"]


def test_marks_are_explained_where_a_sentence_has_one(site: Site, tmp_path: Path) -> None:
    assert "which way it counts" not in site.page("/leads/acct-1000").text
    run, tables = example_run(run_id="marked")
    told = [f"{text}; less likely with this profile" for text in tables["reasons"]["sentence"].to_pylist()]
    place = tables["reasons"].schema.get_field_index("sentence")
    tables["reasons"] = tables["reasons"].set_column(place, "sentence", pa.array(told))
    write_published(tmp_path, run, tables)
    text = Site(tmp_path).page("/leads/acct-1000").text
    assert "does not say which way it counts, “less likely with this profile” does" in text
    assert "more likely with this profile" not in text

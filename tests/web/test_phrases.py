"""Numbers in words, at their edges."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pqlml.web
from pqlml.language import languages
from pqlml.schema import DIMENSIONS, TIERS, DropReason
from pqlml.web.app import TITLES
from pqlml.web.next_steps import next_step
from pqlml.web.phrases import MINUS, Words, whole_shares

ENGLISH = Words.of("en")
ENTITIES = ("account", "user")
PAGES = ("*.py", "templates/*.html")


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.0, "under 0.1%"),
        (0.001, "0.1%"),
        (0.0994, "9.9%"),
        (0.0996, "10%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (1.0, "over 99%"),
    ],
)
def test_percent(share: float, written: str) -> None:
    assert ENGLISH.percent(share) == written


@given(st.floats(0, 1))
def test_odds_are_close_to_the_share(share: float) -> None:
    number = ENGLISH.odds(share).removeprefix("about ").removeprefix("less than ").removeprefix("more than ")
    part, whole = (int(text.replace(",", "")) for text in number.split(" in "))

    assert abs(part / whole - share) <= max(0.0015, 0.17 * share)


@pytest.mark.parametrize(
    ("share", "usual", "said"),
    [(0.5, 0.0, "far above the usual"), (0.9, 0.0001, "far above"), (0.0, 0.1, "below"), (0.29, 0.1, "2.9 times")],
)
def test_comparison_with_the_usual(share: float, usual: float, said: str) -> None:
    assert ENGLISH.against_usual(share, usual).startswith(said)


def test_signed_points_never_say_zero_for_something() -> None:
    assert [ENGLISH.signed_points(number) for number in (0.94, 0.96, -1234.0, 0.0)] == [
        "+0.9",
        "+1",
        f"{MINUS}1,234",
        "+0.0",
    ]


@given(st.dictionaries(st.text(max_size=3), st.floats(-500, 500), min_size=1, max_size=6))
def test_whole_shares_add_up_and_stay_close(shares: dict[str, float]) -> None:
    whole = whole_shares(shares)

    assert sum(whole.values()) == round(math.fsum(shares.values()))
    assert all(abs(whole[name] - share) <= 1 for name, share in shares.items())


def test_a_language_that_is_not_known_is_told_in_english() -> None:
    assert Words.of("xx").code == "en"


@pytest.mark.parametrize("code", languages())
def test_every_language_says_all_that_the_pages_ask_for(code: str) -> None:
    """Whatever a template or a module of the pages asks for by a literal key is there, and so is each made one."""
    folder = Path(pqlml.web.__file__).parent
    source = "".join(
        path.read_text("utf-8") for path in sorted([*folder.glob("*.py"), *folder.glob("templates/*.html")])
    )
    asked = set(re.findall(r"""say\(f?["']([a-z_.]+)["'](?! ~)""", source))
    assert len(asked) > 60
    made = {
        "tier.": (*TIERS, "all"),
        "dimension.": DIMENSIONS,
        "dropped.": get_args(DropReason),
        "entity.": ENTITIES,
        "section.": ("use", "outcomes", "team", "upgrade"),
        "lead.": ("for", "against", "most_active", "most_senior"),
        "lead.base.": ENTITIES,
        "lead.company.": ENTITIES,
        "list.none_scored.": ENTITIES,
        "meaning.chance_text.": ENTITIES,
        "meaning.tier_by_": ("points", "probability", "capacity"),
        "problem.": (*TITLES.values(), "wrong"),
        "month.": [f"m{month:02}" for month in range(1, 13)],
        "counted.": [f"{each}.{n}" for each in (*ENTITIES, "hour", "day", "event", "match") for n in ("one", "many")],
    }
    prefixes = set(re.findall(r"""say\(["']([a-z_.]+)["'] ~""", source))
    assert prefixes <= set(made), prefixes
    words = Words.of(code)
    texts = words.told_in.texts
    for key in (*asked, *(prefix + name for prefix, names in made.items() for name in names)):
        assert f"page.{key}" in texts, key
    for tier in TIERS:
        assert len(next_step(tier, words).steps) >= 3


@pytest.mark.parametrize("code", languages())
def test_no_text_of_the_pages_is_left_unused(code: str) -> None:
    folder = Path(pqlml.web.__file__).parent
    source = "".join(
        path.read_text("utf-8") for path in sorted([*folder.glob("*.py"), *folder.glob("templates/*.html")])
    )
    for key in Words.of(code).told_in.texts:
        parts = key.removeprefix("page.").split(".")
        stems = {".".join(parts[:size]) for size in range(1, len(parts) + 1)}
        if key.startswith("page."):
            assert any(f'"{stem}' in source or f"page.{stem}" in source for stem in stems), key

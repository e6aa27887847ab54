from __future__ import annotations

import dataclasses
import io

from rich.console import Console

from pqlml.cli.aha import tell
from pqlml.review.moments import FoundMoments
from pqlml.review.pages import render_moments
from tests.review.conftest import Searched
from tests.review.planted import definition


def test_page_tells_rule_figures_experiment_and_that_it_is_no_proof(searched: Searched) -> None:
    found = searched("rule", 0)
    page = render_moments(definition(), found)
    assert page == render_moments(definition(), found)
    (moment,) = found.confirmed
    assert moment.experiment is not None
    for told in (
        str(moment.rule),
        "confirmed",
        f"{moment.experiment.per_arm:,} accounts per half",
        "ssuming that help brings 25 more of every 100 to do it",
        moment.experiment.at_worst,
        "Association, not proof",
        "already converted before the cutoff: ",
    ):
        assert told in page


def test_what_later_signups_do_not_confirm_stands_apart_and_below(searched: Searched) -> None:
    found = searched("rule", 0)
    (good,) = found.confirmed
    chance = dataclasses.replace(
        good, rule=dataclasses.replace(good.rule, days=3), verdict="not confirmed", experiment=None
    )
    both = dataclasses.replace(found, moments=(chance, good))
    page = render_moments(definition(), both)
    confirmed, unconfirmed = (page.index(f'<section id="{name}">') for name in ("moments", "unconfirmed"))
    assert (
        confirmed < page.index(f"<h3>A{str(good.rule)[1:]}") < unconfirmed < page.index(f"<h3>A{str(chance.rule)[1:]}")
    )
    only = render_moments(definition(), dataclasses.replace(found, moments=(chance,)))
    assert "No moment: one rule stood out among earlier sign-ups, and later ones do not confirm it" in only
    assert "If it were the cause" not in only, "of what is not confirmed nothing is made"
    assert 'id="unconfirmed"' not in render_moments(definition(), found)


def test_much_of_a_confirmed_moment_may_be_activity_and_the_rest_is_still_told(searched: Searched) -> None:
    found = searched("rule", 0)
    (good,) = found.confirmed
    page = render_moments(
        definition(), dataclasses.replace(found, moments=(dataclasses.replace(good, mostly_activity=True),))
    )
    assert "Much of it is activity." in page
    assert "confirmed, much of it activity</span>" in page
    assert "confirmed, much of it activity</span>" not in render_moments(definition(), found)
    assert "as equally active others, much of it activity (" in page, "the headline says it too"
    assert "What is left is more than chance gives." in page


def test_the_terminal_tells_activity_halves_and_what_the_size_rests_on(searched: Searched) -> None:
    found = searched("rule", 0)
    (good,) = found.confirmed
    assert good.experiment is not None
    plain = printed(found)
    assert "much of it activity" not in plain
    assert "all figures are of the later sign-ups" in plain
    assert good.experiment.assumption in plain
    assert good.experiment.at_worst in plain
    busy = dataclasses.replace(good, mostly_activity=True)
    told = printed(dataclasses.replace(found, moments=(busy,)))
    assert "confirmed, much of it activity" in told
    assert busy.activity in told


def printed(found: FoundMoments) -> str:
    console = Console(file=io.StringIO(), width=1_000)
    tell(console, found, None)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_page_without_a_moment_says_so(searched: Searched) -> None:
    found = dataclasses.replace(searched("noise", 0), moments=(), only_activity=())
    assert "no action of the first days goes together" in render_moments(definition(), found)
    assert "mostly heavy use" in render_moments(definition(), searched("activity", 0))

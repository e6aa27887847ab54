from __future__ import annotations

import dataclasses

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
        "Association, not proof",
        "already converted before the cutoff: ",
    ):
        assert told in page


def test_page_without_a_moment_says_so(searched: Searched) -> None:
    found = dataclasses.replace(searched("noise", 0), moments=(), only_activity=())
    assert "no action of the first days goes together" in render_moments(definition(), found)
    assert "mostly heavy use" in render_moments(definition(), searched("activity", 0))

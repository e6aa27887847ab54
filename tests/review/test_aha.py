from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pqlml.errors import NotEnoughDataError
from pqlml.review import aha
from pqlml.review.aha import equally_active, find_moments
from pqlml.review.effect import effect
from pqlml.review.first_days import Action, FirstDays
from pqlml.review.moments import Condition, Rule
from tests.review.conftest import Searched

ACTIONS = (Action("invited", "invitations sent", "sent an invitation"), Action("reports", "reports", "built a report"))


def window(entities: int = 900, seed: int = 0) -> FirstDays:
    rng = np.random.default_rng(seed)
    counts = rng.poisson([1.5, 2.0], (entities, 2))
    return FirstDays(
        7,
        np.arange(entities).astype(object),
        np.datetime64("2025-01-01", "us") + (np.arange(entities) * 3600e6).astype("timedelta64[us]"),
        counts,
        counts.sum(axis=1) + rng.poisson(5, entities),
        rng.integers(1, 8, entities),
        rng.random(entities) < np.where(counts[:, 0] >= 3, 0.5, 0.08),
        {"already_converted": 3},
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_rule_is_found_exactly_and_confirmed(searched: Searched, seed: int) -> None:
    found = searched("rule", seed)
    assert [str(moment.rule) for moment in found.confirmed] == ["at least 3 invitations sent within 7 days"]
    (moment,) = found.confirmed
    assert moment.later.ratio[1] < 0.32 / 0.05 < moment.later.ratio[2] * 1.2
    assert moment.experiment is not None
    assert moment.experiment.days == 37
    assert "association" in found.headline


def test_noise_holds_no_moment(searched: Searched) -> None:
    assert searched("noise", 0).confirmed == ()


def test_heavy_use_that_converts_is_told_as_such(searched: Searched) -> None:
    found = searched("activity", 0)
    assert found.moments == ()
    assert len(found.only_activity) >= 3
    assert all(measured.crude_ratio > 2 for _, measured in found.only_activity)
    assert "heavier users" in found.headline


def test_who_converted_within_the_days_is_set_aside_and_counted(searched: Searched) -> None:
    found = searched("rule", 0)
    counts = found.looked_at[7]
    assert counts["already_converted"] > 20
    assert sum(counts.values()) - counts["converted"] == 2000


def test_the_same_seed_gives_the_same_moments() -> None:
    one, other = (find_moments(ACTIONS, [window()], 30, seed=3).as_dict() for _ in range(2))
    assert one == other
    assert one["moments"][0]["rule"]["words"] == "at least 3 invitations sent within 7 days"


def test_later_signups_that_do_not_confirm_are_told() -> None:
    given = window()
    late = np.arange(900) >= 540
    the_others = (given.counts[:, 0] < 3) & (np.arange(900) % 4 == 0)
    changed = dataclasses.replace(given, converted=np.where(late, the_others, given.converted))
    (moment,) = find_moments(ACTIONS, [changed], 30).moments
    assert moment.verdict == "not confirmed"
    assert moment.experiment is None


def test_a_length_without_anybody_is_counted_and_not_searched() -> None:
    given = window()
    nobody = dataclasses.replace(
        given,
        days=300,
        entity=given.entity[:0],
        signup_at=given.signup_at[:0],
        counts=given.counts[:0],
        events=given.events[:0],
        active_days=given.active_days[:0],
        converted=given.converted[:0],
        dropped={"immature": 903},
    )
    found = find_moments(ACTIONS, [given, nobody], 30)
    assert found.looked_at[300] == {"looked_at": 0, "converted": 0, "immature": 903}
    assert {one.rule.days for one in found.moments} == {7}


def test_what_is_called_heavy_use_has_nothing_left_for_sure_or_no_more_than_a_search_finds(searched: Searched) -> None:
    found = searched("activity", 0)
    for _, measured in found.only_activity:
        assert measured.ratio[1] <= 1 or measured.share_left < 0.5


def test_what_stands_out_of_the_whole_search_is_not_called_heavy_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interval above 1 goes together with "mostly heavy use" only where the search explains it."""
    monkeypatch.setattr(aha, "MOST_MOMENTS", 0)
    rng = np.random.default_rng(5)
    heavy = rng.poisson(8.0, 4000) * (rng.random(4000) < 0.3)
    counts = np.column_stack([heavy > rng.integers(0, 12, 4000), rng.poisson(2.0, 4000)]).astype(np.int64)
    rate = np.where(heavy > 0, 0.35, 0.02) + 0.2 * (counts[:, 0] > 0)
    given = FirstDays(
        7,
        np.arange(4000).astype(object),
        np.datetime64("2025-01-01", "us") + (np.arange(4000) * 3600e6).astype("timedelta64[us]"),
        counts,
        heavy,
        np.minimum(heavy, 7),
        rng.random(4000) < rate,
        {},
    )
    measured = effect(counts[:, 0] > 0, given.converted, equally_active(given))
    assert measured.ratio[1] > 1
    assert measured.share_left < 0.5, "most of it is activity, and yet it stands out"
    found = find_moments(ACTIONS, [given], 30)
    assert "invited" not in [rule.conditions[0].action.name for rule, _ in found.only_activity]


def test_one_will_do_is_told_without_a_number() -> None:
    rule = Rule((Condition(ACTIONS[0], 1), Condition(ACTIONS[1], 2)), 1)
    assert str(rule) == "any invitations sent and at least 2 reports within 1 day"


def test_too_few_conversions_are_refused() -> None:
    given = window()
    few = dataclasses.replace(given, converted=np.arange(900) < 19)
    with pytest.raises(NotEnoughDataError, match="at most 19 entities converted"):
        find_moments(ACTIONS, [few], 30)


def test_equally_active_are_alike_in_events_and_days() -> None:
    given = window()
    group = equally_active(given)
    spread = [np.ptp(given.events[group == one]) for one in np.unique(group)]
    assert len(spread) >= 10
    assert np.median(spread) <= 1

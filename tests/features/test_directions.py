"""Directions by signal and by feature: what follows them, what turns them round, and what stays free."""

from __future__ import annotations

import pytest

from pqlml.errors import DefinitionError
from pqlml.features import Vocabulary, catalogue
from pqlml.features.directions import directions
from pqlml.features.names_fit import require_names_fit
from tests.helpers.definitions import with_accounts

VOCABULARY = Vocabulary(attributes={"plan": "category", "seats": "number"})


def found(monotone: str) -> dict[str, int]:
    definition = with_accounts(f"model: {{monotone: {monotone}}}")
    features = catalogue(definition, VOCABULARY)
    return dict(zip((feature.name for feature in features), directions(definition, features), strict=True))


def test_without_a_word_all_are_free() -> None:
    assert set(found("{}").values()) == {0}


def test_the_counts_of_a_signal_follow_it_its_silence_turns_it_round_and_the_rest_is_free() -> None:
    free = found("{}")
    risen = found("{any: rises}")
    assert {risen[f"any.count.{window}"] for window in ("7d", "14d", "28d", "all")} == {1}
    assert risen["any.recency"] == -1
    assert risen["any.trend"] == risen["seats"] == 0
    assert found("{any: falls}") == {name: -direction for name, direction in risen.items()}
    assert list(risen) == list(free)


def test_a_feature_speaks_for_itself_and_is_built_where_it_is_named() -> None:
    said = found("{any: rises, any.count.7d: falls, seats: rises, any.week_streak: rises}")
    assert (said["any.count.7d"], said["any.count.14d"], said["seats"], said["any.week_streak"]) == (-1, 1, 1, 1)


@pytest.mark.parametrize(
    ("monotone", "told"),
    [
        ("{anny: rises}", "no feature and no signal 'anny'; did you mean 'any'"),
        ("{plan: rises}", "'plan' holds texts, which have no order; leave it out"),
        ("{any.count.7: rises}", "any.count.7"),
    ],
)
def test_what_cannot_have_a_direction_is_refused(monotone: str, told: str) -> None:
    definition = with_accounts(f"model: {{monotone: {monotone}}}")
    with pytest.raises(DefinitionError, match=told):
        require_names_fit(definition, catalogue(definition, VOCABULARY))

"""Every name that features are made of has one owner."""

from __future__ import annotations

import pytest

from tests.helpers.definitions import SMALL, refusal, small

EVENTS = "{path: events.csv, properties: {spent: amount}, distinct: {pages: page, spent: coin}}"
WITH_MEASURES = SMALL.replace("{path: events.csv}", EVENTS)


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ("any", "'any' is used by the toolkit itself, for all events together and by 'signals.team'"),
        ("session", "'session' is used by the toolkit itself, for the sessions and by 'signals.team'"),
        ("fit", "'fit' is used by the toolkit itself"),
        ("event", "'event' is used by the toolkit itself"),
        ("spent", "'spent' is used by 'signals.team' and by 'sources.events.properties'"),
        ("pages", "'pages' is used by 'signals.team' and by 'sources.events.distinct'"),
        ("a.b", "'a.b' ('signals.team') holds a dot"),
    ],
)
def test_a_signal_cannot_take_another_name(signal: str, said: str) -> None:
    assert said in refusal(WITH_MEASURES + f"signals: {{team: {{{signal}: [x]}}}}")


def test_a_measure_cannot_take_a_name_of_the_toolkit() -> None:
    text = refusal(SMALL.replace("{path: events.csv}", "{path: events.csv, properties: {session: seconds}}"))
    assert "'session' is used by the toolkit itself, for the sessions and by 'sources.events.properties'" in text


def test_other_names_are_free() -> None:
    assert small("signals: {team: {anyone: [x], sessions: [y]}}").signals.team.keys() == {"anyone", "sessions"}

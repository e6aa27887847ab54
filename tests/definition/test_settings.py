"""Settings of the learner: what a definition may fix, and where it may let tuning look."""

from __future__ import annotations

import pytest

from pqlml.definition import dump_definition, parse_definition
from pqlml.definition.settings import SETTINGS, ModelSettings
from pqlml.model.propensity import PropensityClassifier
from tests.helpers.definitions import SMALL, refusal, small

SMALL_WITH = (
    "\nname: small\nsources: {events: {path: events.csv}}\nsnapshots: {every_days: 7}\nconversion: {event: paid}\n"
)


def test_nothing_is_given_by_itself() -> None:
    assert not small().model.given
    assert small("model: {l2: 5, n_trees: 80}").model.given == {"n_trees": 80, "l2": 5.0}


def test_settings_are_part_of_what_a_definition_is() -> None:
    tuned = small("model: {l2: 5}")
    assert tuned.hash != small().hash
    assert parse_definition(dump_definition(tuned)) == tuned


def test_the_learner_has_every_setting() -> None:
    assert set(SETTINGS) <= set(PropensityClassifier().get_params())


def test_a_search_reads_ranges_and_choices() -> None:
    search = small("model: {search: {l2: {low: 1, high: 9, log: true}, n_trees: {choices: [50, 20]}}}").model.search
    bounds = {name: setting.bounds for name, setting in search.items()}
    assert bounds == {"l2": (1.0, 9.0), "n_trees": (20.0, 50.0)}


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("{leaves: 3}", "unknown key 'leaves'"),
        ("{num_leaves: 1}", "greater than or equal to 2"),
        ("{search: {leaves: {low: 1, high: 3}}}", "did you mean 'num_leaves'"),
        ("{search: {num_leaves: {low: 1, high: 30}}}", "'search' of 'num_leaves' reaches to 1"),
        ("{search: {n_trees: {choices: [10.5]}}}", "valid integer"),
        ("{search: {l2: {low: 5, high: 1}}}", "swap them"),
        ("{search: {l2: {low: 5}}}", "give 'low' and 'high', or 'choices'"),
        ("{search: {l2: {low: 0, high: 5, log: true}}}", "'log' needs 'low' above 0"),
        ("{search: {l2: {choices: [1, 1]}}}", "name each of them once"),
        ("{search: {l2: {choices: [1, 2], high: 3}}}", "give 'low' and 'high', or 'choices'"),
    ],
)
def test_what_no_learner_could_have_is_refused(section: str, told: str) -> None:
    assert told in refusal(f"{SMALL}model: {section}")


def test_a_plain_mapping_is_enough() -> None:
    assert ModelSettings.model_validate({"feature_share": 0.5}).given == {"feature_share": 0.5}

"""``pqlml features``: what a definition gives, with and without its tables."""

from __future__ import annotations

import pytest

from tests.cli.shop import Shop, run, run_json


def test_tables_add_attributes_and_events_that_no_signal_names(shop: Shop) -> None:
    alone = [each["name"] for each in run_json("features", "list", shop.definition)["features"]]
    shop.change("events", lambda frame: frame.assign(what=frame["what"].mask(frame.index % 3 == 0, "read")))
    shop.change("customers", lambda frame: frame.assign(city=[f"city {row % 4}" for row in range(len(frame))]))
    told = run_json("features", "list", shop.definition, "--data", shop.folder)["features"]
    names = [each["name"] for each in told]
    assert set(names) - set(alone) >= {"event.read.count.14d", "city"}
    assert set(alone) <= set(names)
    assert all(each["unit"] and each["null"] and each["example"] for each in told)


@pytest.mark.parametrize(
    ("name", "built"), [("visits.count.14d", True), ("visits.count.3d", False), ("any.week_streak", False)]
)
def test_a_feature_is_shown_whether_or_not_it_is_built(shop: Shop, name: str, built: bool) -> None:
    told = run_json("features", "show", shop.definition, name)["feature"]
    assert (told["name"], told["built"]) == (name, built)
    text = run("features", "show", shop.definition, name).stdout
    assert f"told to sales as: {told['example']}" in text
    assert ("built: yes" in text) == built


def test_a_misspelt_feature_is_refused_with_what_was_meant(shop: Shop) -> None:
    told = run_json("features", "show", shop.definition, "visits.streek", exit_code=4)
    assert "did you mean 'streak'?" in told["error"]["message"]


def test_definitions_that_name_what_only_data_knows_are_listed_without_it() -> None:
    names = {each["name"] for each in run_json("features", "list", "xeducation")["features"]}
    assert names
    shown = run("features", "list", "cdnow").stdout
    assert "event.purchased.recency" in shown

from __future__ import annotations

from pqlml.explain.described import described
from pqlml.features import Feature
from pqlml.schema import KIND_SEPARATOR


def feature(name: str = "x", **more: object) -> Feature:
    usual = {"dimension": "upgrade", "group": "x", "aggregate": "count", "null": "never null", "noun": "hits"}
    return Feature(name, **{**usual, **more})  # type: ignore[arg-type]  # checked by what is asked of it


def test_what_a_feature_is_made_of() -> None:
    age = feature("age_days", aggregate="age")
    cases = [
        (feature(), "all events"),
        (feature(events=("a", "b")), "a, b"),
        (feature(events=(f"a{KIND_SEPARATOR}paid",)), "a (as paid selects it)"),
        (feature(aggregate="sum", source="seats"), "seats"),
        (age, "sign-up"),
        (feature(aggregate="days_left", inputs=(age,), constant=14.0), "age_days, 14"),
    ]
    assert [described(each).of for each, _ in cases] == [of for _, of in cases]


def test_a_window_in_words() -> None:
    cases = [
        (feature(window_days=7), "last 7 days"),
        (feature("x.count.all"), "all history"),
        (feature(aggregate="early", window_days=10), "first 10 days"),
        (feature(aggregate="recency"), ""),
    ]
    assert [described(each).window for each, _ in cases] == [window for _, window in cases]


def test_a_missing_value_is_told_unless_it_cannot_be() -> None:
    assert described(feature()).missing == ""
    assert described(feature(aggregate="recency", null="never happened")).missing == "No hits so far"
    text = feature(aggregate="attribute", category=True, null="not known", noun="industry")
    assert described(text).example == "Industry: …"

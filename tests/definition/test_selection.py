from __future__ import annotations

import pytest

from pqlml.definition import Definition, dump_definition, parse_definition
from pqlml.definition.selection import Between, Selection
from pqlml.errors import DefinitionError
from tests.small import definition


def given(selection: object) -> Definition:
    return definition(signals={"upgrade": {"paid": selection}})


@pytest.mark.parametrize("names", ["used", ["used"], {"events": "used"}, {"events": ["used"], "where": {}}])
def test_names_alone_are_one_selection_however_they_are_written(names: object) -> None:
    made = given(names)
    assert made.signals.upgrade["paid"] == Selection(events=("used",))
    assert made.signals.behaviour() == [("upgrade", "paid", ("used",))]
    assert made.signals.by_property() == {}
    assert made.hash == given("used").hash
    assert "paid:\n    - used\n" in dump_definition(made)


def test_values_keep_their_kind() -> None:
    made = given({"events": "used", "where": {"is_paid": True, "plan": ["pro", 2], "usage": {"at_least": 5}}})
    where = made.signals.by_property()["paid"].where
    assert dict(where) == {"is_paid": (True,), "plan": ("pro", 2), "usage": Between(at_least=5)}
    assert where["is_paid"][0] is True  # type: ignore[index]  # a tuple
    assert parse_definition(dump_definition(made)) == made


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        ([], "signals.upgrade.paid: name at least one event"),
        (5, "signals.upgrade.paid: give one event, a list of events, or {events: ..., where: ...} (given: 5)"),
        ({"event": "used"}, "signals.upgrade.paid: unknown key 'event': did you mean 'events'?"),
        ({"events": "used", "where": {"plan": []}}, "where.plan: give a value, a list of values, or a range"),
        ({"events": "used", "where": {"plan": [["pro"]]}}, "where.plan: give a value, a list of values, or a range"),
        ({"events": "used", "where": {"plan": {}}}, "where.plan: give 'at_least', 'at_most' or both"),
        (
            {"events": "used", "where": {"n": {"at_leat": 3}}},
            "where.n: unknown key 'at_leat': did you mean 'at_least'?",
        ),
        ({"events": "used", "where": {"n": {"at_least": 3, "at_most": 1}}}, "no value is at least 3 and at most 1"),
    ],
)
def test_what_selects_nothing_is_refused(selection: object, said: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        given(selection)
    assert said in str(refused.value)

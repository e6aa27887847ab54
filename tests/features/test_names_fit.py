"""Rules that compare texts with numbers are refused before a model is fitted beside them."""

from __future__ import annotations

import pytest

from pqlml.errors import DefinitionError
from pqlml.features import Vocabulary, catalogue
from pqlml.features.names_fit import require_names_fit
from tests.helpers.definitions import with_accounts

VOCABULARY = Vocabulary(attributes={"plan": "category", "seats": "number"})


def require(rule: str) -> None:
    definition = with_accounts(f"points: [{{feature: {rule}, points: 5, dimension: fit}}]")
    require_names_fit(definition, catalogue(definition, VOCABULARY))


@pytest.mark.parametrize(
    "rule", ["plan, values: [team]", "seats, at_least: 3", "seats, values: ['3']", "any.count.7d, at_most: 3"]
)
def test_like_is_compared_with_like(rule: str) -> None:
    require(rule)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("plan, at_least: 3", "'plan' holds texts; compare it with 'values'"),
        ("seats, values: [many]", "'seats' holds numbers"),
        ("any.count.7d, values: [often]", "compares it with 'often'. Use 'at_least' and 'at_most'"),
    ],
)
def test_texts_and_numbers_are_not_compared(rule: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        require(rule)

"""What a definition says of features by name, against the features that the data gives it."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.definition.model import Definition
from pqlml.definition.parts import PointsRule
from pqlml.errors import DataError, DefinitionError
from pqlml.features.directions import directions
from pqlml.features.spec import Feature
from pqlml.warehouse.logic import as_number


def require_names_fit(definition: Definition, features: Sequence[Feature]) -> None:
    """Refuse points that compare texts with numbers, and directions of what is not there, before a model is fitted.

    Raises
    ------
    DefinitionError
        Names each such place, and what to write instead.
    """
    kinds = {feature.name: feature for feature in features}
    problems = [problem for rule in definition.points for problem in _problems(rule, kinds[rule.feature])]
    if problems:
        raise DefinitionError("\n".join(problems))
    directions(definition, features)


def _problems(rule: PointsRule, feature: Feature) -> list[str]:
    if rule.values is None:
        if feature.category:
            return [f"points: {rule.feature!r} holds texts; compare it with 'values', not 'at_least' or 'at_most'"]
        return []
    if feature.category:
        return []
    try:
        for value in rule.values:
            as_number(value, rule.feature)
    except DataError as error:
        return [f"points: {error} Use 'at_least' and 'at_most'."]
    return []

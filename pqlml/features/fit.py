"""Features of fit: attributes as known at the cutoff, the ideal profile and the negative persona."""

from __future__ import annotations

from pqlml.definition.model import Definition
from pqlml.definition.signals import Fit
from pqlml.errors import DefinitionError
from pqlml.events.tables import AttributeKind
from pqlml.features.phrases import noun_for
from pqlml.features.spec import Aggregate, Feature


def attribute(definition: Definition, column: str, kind: AttributeKind) -> Feature:
    """Return the feature of an attribute, named by its role where it has one.

    Raises
    ------
    DefinitionError
        If it holds no numbers, and the definition says that it is a length of time.
    """
    roles = {of: role for role, of in definition.signals.fit.roles.items()}
    name = roles.get(column, column)
    source = definition.entity_source
    measured_in = None if source is None else source.measured_in.get(column)
    if measured_in is not None and kind != "number":
        msg = f"the attribute {column!r} holds no numbers, but 'measured_in' says {measured_in}; leave it out there."
        raise DefinitionError(msg)
    return Feature(
        name=name,
        dimension="fit",
        group=name,
        aggregate="attribute",
        source=column,
        category=kind == "category",
        yes_no=kind == "yes_no",
        unit={"category": "text", "yes_no": "1 yes, 0 no", "number": "number"}[kind],
        null="not known at the cutoff",
        measured_in=measured_in,
        noun=noun_for(definition, name if name in roles.values() else f"attribute.{column}", name=column.lower()),
    )


def profile_features(definition: Definition) -> list[Feature]:
    """Return in-range features for each role of the ideal profile, then of the negative persona."""
    fit = definition.signals.fit
    return [
        *(_in_profile(definition, role, wanted, "in_ideal") for role, wanted in fit.ideal.items()),
        *(_in_profile(definition, role, unwanted, "in_negative") for role, unwanted in fit.negative.items()),
    ]


def matches(definition: Definition) -> Feature:
    """Return the number of roles that lie in the ideal profile.

    It says nothing that the roles do not say one by one, so it is built only where the points name it.
    """
    return Feature(
        name="fit.matches",
        dimension="fit",
        group="fit",
        aggregate="matches",
        inputs=tuple(
            _in_profile(definition, role, wanted, "in_ideal") for role, wanted in definition.signals.fit.ideal.items()
        ),
        unit="criteria met",
        null="never null; unknown attributes match nothing",
        noun=noun_for(definition, "matches"),
    )


def _in_profile(definition: Definition, role: str, wanted: Fit, aggregate: Aggregate) -> Feature:
    numeric = len(wanted) == 2 and all(value is None or isinstance(value, int | float) for value in wanted)  # noqa: PLR2004
    return Feature(
        name=f"fit.{role}.{aggregate}",
        dimension="fit",
        group=role,
        aggregate=aggregate,
        source=definition.signals.fit.roles[role],
        bounds=wanted if numeric else None,  # type: ignore[arg-type]  # told apart by `numeric`
        values=None if numeric else tuple(str(value) for value in wanted),
        unit="1 inside, 0 outside",
        null="not known at the cutoff",
        noun=noun_for(definition, role),
    )

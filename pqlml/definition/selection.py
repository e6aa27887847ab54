"""Which events a signal is about: by name, and where asked for by the values of properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from pqlml.definition.part import Names, Part

Scalar = bool | int | float | str
"""A value as a file states it; ``true`` is not 1."""


class Between(Part):
    """A range of numbers, both ends inclusive."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            msg = "give 'at_least', 'at_most' or both"
            raise ValueError(msg)
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            msg = f"no value is at least {self.at_least:g} and at most {self.at_most:g}; swap them"
            raise ValueError(msg)
        return self


def _as_wanted(value: object) -> object:
    if isinstance(value, Mapping):
        return Between.model_validate(value)
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    if not listed or not all(isinstance(item, Scalar) for item in listed):
        msg = "give a value, a list of values, or a range like {at_least: 5}"
        raise ValueError(msg)
    return tuple(listed)


Wanted = Annotated[
    Between | tuple[Scalar, ...],
    BeforeValidator(_as_wanted, json_schema_input_type=Scalar | tuple[Scalar, ...] | Between),
]
"""One value, any of several, or a range."""


class Selection(Part):
    """Events by name; with ``where`` only those whose properties have the wanted values, all of them.

    Attributes
    ----------
    where
        Property -> wanted. A property is a column of the event table, or ``COLUMN.KEY`` inside a column of JSON texts,
        structs or maps. An event that lacks it is not selected.
    """

    events: Names
    where: Mapping[str, Wanted] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _some_event(self) -> Self:
        if not self.events:
            msg = "name at least one event"
            raise ValueError(msg)
        return self

    @model_serializer(mode="wrap")
    def _short(self, handler: SerializerFunctionWrapHandler) -> object:
        """Write names alone where there is nothing else, as people do."""
        whole = handler(self)
        return whole if self.where else whole["events"]


def as_selection(value: object) -> object:
    """Read names alone as a selection of these events."""
    if not isinstance(value, str | Sequence | Mapping | Selection):
        msg = "give one event, a list of events, or {events: ..., where: ...}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports no other kind
    return value if isinstance(value, Mapping | Selection) else {"events": value}


Selected = Annotated[Selection, BeforeValidator(as_selection, json_schema_input_type=str | tuple[str, ...] | Selection)]
"""One event, a list of them, or a selection by properties."""

"""What all sections of a definition have in common: they are frozen, and refuse unknown keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from pqlml.errors import PqlmlError, nearest
from pqlml.times import parse_instant


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_instant(value: object) -> dt.datetime:
    if not isinstance(value, str | dt.date):
        msg = "expected a date or time, for example 2026-03-01 or 2026-03-01T12:00:00Z"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports no other kind
    try:
        return parse_instant(value)
    except PqlmlError as error:
        raise ValueError(str(error)) from error


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...])]
"""One name or a list of names."""
Instant = Annotated[dt.datetime, BeforeValidator(_as_instant, json_schema_input_type=dt.date | dt.datetime)]
"""A date or time; without a zone it is UTC."""


LONGEST_DAYS = 36_500
"""A century: longer spans are slips, and leave the range of timestamps."""


class Part(BaseModel):
    """A frozen section of the definition that refuses unknown keys with the nearest valid name."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:  # noqa: ANN401 - pydantic hands over whatever the file held
        if isinstance(data, Mapping):
            unknown = [str(key) for key in data if key not in cls.model_fields]
            if unknown:
                msg = "; ".join(f"unknown key {key!r}: {nearest(key, cls.model_fields)}" for key in unknown)
                raise ValueError(msg)
        return data

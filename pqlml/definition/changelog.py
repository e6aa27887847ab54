"""What became of a definition, version by version, inside its file."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator, Field

from pqlml.definition.part import Names, Part


def _as_day(value: object) -> object:
    return value.date() if isinstance(value, dt.datetime) else value


class Adoption(Part):
    """One version: when it was adopted, by whom, why, and what changed.

    It has no part in the definition's hash: how a definition came about does not change what it says.
    """

    version: int = Field(ge=1)
    date: Annotated[dt.date, BeforeValidator(_as_day)]
    by: str
    why: str = ""
    changes: Names = ()

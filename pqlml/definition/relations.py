"""What relates signals to each other and to the plan: shares, limits of the plan, and the trial's clock."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from pqlml.definition.part import LONGEST_DAYS, Part
from pqlml.schema import Dimension


class Ratio(Part):
    """How much of one signal is another: ``part`` over ``whole``, counted in the same window.

    Attributes
    ----------
    part, whole
        Signals; ``any`` is all events together.
    dimension
        Where it counts; by default where ``part`` does.
    """

    part: str
    whole: str = "any"
    dimension: Dimension | None = None


def _as_cap(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        msg = "give a number, or the name of an attribute that holds one"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports no other kind
    return value


class Limit(Part):
    """A limit of the plan, and what counts towards it: one of ``signal``, ``property`` and ``attribute``.

    Attributes
    ----------
    signal
        Its events are counted.
    property
        Its newest value counts; with ``days`` its sum.
    attribute
        Its value counts.
    days
        Length of the window of a quota; by default everything so far counts.
    limit
        A number, or the attribute that holds it.
    noun
        What sales read ("projects"); by default the limit's name.
    """

    signal: str | None = None
    property: str | None = None
    attribute: str | None = None
    days: int | None = Field(default=None, gt=0, le=LONGEST_DAYS)
    limit: Annotated[float | str, BeforeValidator(_as_cap, json_schema_input_type=float | str)]
    noun: str | None = None

    @model_validator(mode="after")
    def _one_use(self) -> Self:
        if sum(use is not None for use in (self.signal, self.property, self.attribute)) != 1:
            msg = "give exactly one of 'signal', 'property' and 'attribute': what counts towards the limit"
            raise ValueError(msg)
        if self.attribute is not None and self.days is not None:
            msg = "'days' counts events of a window; an attribute has only the value that is known at the cutoff"
            raise ValueError(msg)
        if not isinstance(self.limit, str) and self.limit <= 0:
            msg = f"a limit is above 0, given {self.limit:g}"
            raise ValueError(msg)
        return self

    def attributes(self) -> list[str]:
        """Attributes that it reads."""
        return [name for name in (self.attribute, self.limit) if isinstance(name, str)]


class Trial(Part):
    """The trial: so many ``days`` long, or until the attribute ``ends_at``.

    Attributes
    ----------
    days
        Its length, the same for everybody.
    started_at, ends_at
        Attributes with instants, read as known at the cutoff; null means no trial. It starts with the sign-up unless
        an attribute tells.
    """

    days: float | None = Field(default=None, gt=0, le=LONGEST_DAYS)
    started_at: str | None = None
    ends_at: str | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.days is None) == (self.ends_at is None):
            msg = "give either 'days' (the same for everybody) or 'ends_at' (an attribute): when the trial ends"
            raise ValueError(msg)
        return self

    def attributes(self) -> list[str]:
        """Attributes that it reads."""
        return [name for name in (self.started_at, self.ends_at) if name is not None]

"""The settings of the learner: those that are fixed, and where tuning looks for better ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from pqlml.definition.part import Part
from pqlml.errors import nearest


class Setting(Part):
    """Where one setting is searched: from ``low`` to ``high``, both inclusive, or among ``choices``.

    With ``log`` small values are tried as often as large ones.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        ends = [end for end in (self.low, self.high) if end is not None]
        if bool(self.choices) == bool(ends) or len(ends) == 1:
            msg = "give 'low' and 'high', or 'choices'"
            raise ValueError(msg)
        if self.choices:
            if self.log or len(set(self.choices)) != len(self.choices):
                msg = "'choices' are tried as they stand: leave 'log' out, and name each of them once"
                raise ValueError(msg)
        elif ends[0] >= ends[1]:
            msg = f"'low' {ends[0]:g} does not lie below 'high' {ends[1]:g}; swap them, or fix the setting"
            raise ValueError(msg)
        elif self.log and ends[0] <= 0:
            msg = f"'log' needs 'low' above 0, given {ends[0]:g}"
            raise ValueError(msg)
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value that is tried."""
        values = self.choices or tuple(end for end in (self.low, self.high) if end is not None)
        return min(values), max(values)


class ModelSettings(Part):
    """Settings of the trees; what is null is chosen by the learner itself, which suits most data.

    ``n_trees`` and ``num_leaves`` are the number of trees and of leaves per tree, ``learning_rate`` the step size,
    ``min_child_rows`` the fewest rows in a leaf, ``feature_share`` and ``row_share`` the shares that a tree sees, and
    ``l2`` the penalty on leaf values. ``search`` says where `pqlml tune` looks: setting -> range; by default
    among all of them. ``monotone`` says of features or signals whether the probability may only rise or
    only fall with them.
    """

    n_trees: int | None = Field(default=None, ge=1, le=100_000)
    learning_rate: float | None = Field(default=None, gt=0, le=1)
    num_leaves: int | None = Field(default=None, ge=2, le=10_000)
    min_child_rows: int | None = Field(default=None, ge=1)
    feature_share: float | None = Field(default=None, gt=0, le=1)
    row_share: float | None = Field(default=None, gt=0, le=1)
    l2: float | None = Field(default=None, ge=0)
    monotone: Mapping[str, Literal["rises", "falls"]] = Field(default_factory=dict)
    search: Mapping[str, Setting] = Field(default_factory=dict)

    @property
    def given(self) -> dict[str, float]:
        """The settings that are not left to the learner."""
        return {name: getattr(self, name) for name in SETTINGS if getattr(self, name) is not None}

    @model_validator(mode="after")
    def _search_can_be(self) -> Self:
        problems = [problem for name, setting in self.search.items() for problem in _unusable(name, setting)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _unusable(name: str, setting: Setting) -> list[str]:
    """Tell which values of a search no learner could have."""
    if name not in SETTINGS:
        return [f"'search' names the setting {name!r}; {nearest(name, SETTINGS)}"]
    problems = []
    for value in setting.choices or setting.bounds:
        try:
            ModelSettings.model_validate({name: value})
        except ValidationError as error:
            problems.append(f"'search' of {name!r} reaches to {value:g}: {error.errors()[0]['msg']}")
    return problems


SETTINGS: Final = tuple(name for name in ModelSettings.model_fields if name not in {"monotone", "search"})
WHOLE: Final = ("n_trees", "num_leaves", "min_child_rows")
"""Settings that are whole numbers."""

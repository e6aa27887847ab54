"""What each parameter of the estimators may be, as data; ``fit`` checks it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from pqlml.errors import InputError


class Estimator(Protocol):
    """What tells its parameters, as those of scikit-learn do."""

    def get_params(self, *, deep: bool = True) -> dict[str, Any]:
        """Return parameter -> value."""
        ...


@dataclass(frozen=True)
class Number:
    """A number between two bounds.

    Attributes
    ----------
    low, high
        Bounds, which are allowed themselves.
    above
        Whether ``low`` itself is not allowed.
    whole
        Whether it is a whole number; a float may hold it.
    finite
        Whether infinity is not allowed.
    optional
        Whether it may be null.
    advice
        What to give instead.
    """

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    whole: bool = False
    finite: bool = True
    optional: bool = False
    advice: str = ""

    def allows(self, value: object) -> bool:
        """Tell whether it may be that value; truth values are no numbers."""
        if value is None:
            return self.optional
        if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
            return False
        if not self.low <= value <= self.high or (self.above and value == self.low):  # NaN is never within
            return False
        if not math.isfinite(value):
            return not self.finite
        return not self.whole or value == int(value)

    def __str__(self) -> str:
        bounds = ""
        if self.low > -math.inf:
            bounds = f" above {self.low}" if self.above else f" from {self.low} on"
        if self.high < math.inf:
            bounds = f"{bounds.removesuffix(' on')}{' and' if self.above else ''} up to {self.high}"
        null = ", or null" if self.optional else ""
        return f"a {'whole ' if self.whole else ''}number{bounds}{null}{self.advice and f', {self.advice}'}"


@dataclass(frozen=True)
class Truth:
    """True or false; 1 and 0 will do."""

    optional: bool = False
    advice: str = ""

    def allows(self, value: object) -> bool:
        """Tell whether it may be that value."""
        if value is None:
            return self.optional
        return isinstance(value, int | np.integer | np.bool_) and value in {0, 1}

    def __str__(self) -> str:
        null = ", or null" if self.optional else ""
        return f"true or false{null}{self.advice and f', {self.advice}'}"


Allowed = Mapping[str, Number | Truth]

_BY_CONVERSIONS: Final = "which chooses by the number of conversions"

TREES: Final[Allowed] = {
    "n_trees": Number(1, whole=True, optional=True, advice=_BY_CONVERSIONS),
    "learning_rate": Number(0, above=True, advice="for example 0.05"),
    "num_leaves": Number(2, 131_072, whole=True, optional=True, advice=_BY_CONVERSIONS),
    "min_child_rows": Number(0, whole=True, advice="for example 50"),
    "feature_share": Number(0, 1, above=True, optional=True, advice=_BY_CONVERSIONS),
    "row_share": Number(0, 1, above=True, advice="for example 0.8"),
    "l2": Number(0, optional=True, advice=_BY_CONVERSIONS),
    "linear_start": Truth(),
    "forests": Number(1, whole=True, optional=True, advice="which chooses by rows and conversions"),
    "further_forests": Truth(optional=True, advice="which chooses by rows and conversions"),
    "stop_after": Number(1, whole=True, optional=True, advice="which fits n_trees"),
    "purge_days": Number(0, 36_500, advice="for example gap and horizon of the label"),
    "seed": Number(whole=True, advice="since a fit is to be repeatable"),
    "n_threads": Number(whole=True, advice="where 0 chooses by the number of rows"),
}
"""Parameters of :class:`~pqlml.model.propensity.PropensityClassifier`."""

LINE: Final[Allowed] = {
    "penalty_scale": Number(0, above=True, finite=False, advice="for example 0.15"),
    "max_steps": Number(0, whole=True, advice="for example 200"),
}
"""Parameters of :class:`~pqlml.model.linear.LinearClassifier`."""


def require_allowed(estimator: Estimator, allowed: Allowed) -> None:
    """Refuse a parameter that no fit could use.

    Raises
    ------
    InputError
        If one is not what it may be.
    """
    given = estimator.get_params(deep=False)
    for name, kind in allowed.items():
        if not kind.allows(given[name]):
            msg = f"{name}={given[name]!r}; expected {kind}."
            raise InputError(msg)

"""The errors that users can cause, each saying what was given, what was expected and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHOWN = 25


class PqlmlError(Exception):
    """Base of all expected failures: the command line prints its text without a traceback.

    Attributes
    ----------
    exit_code
        What the command line exits with.
    """

    exit_code = 3


class DefinitionError(PqlmlError):
    """The definition file is missing, is not YAML, or says something that the toolkit does not know."""

    exit_code = 4


class DataError(PqlmlError):
    """A table is missing, lacks a column, has the wrong type, or is empty."""

    exit_code = 5


class InputError(DataError, ValueError):
    """What was given to an estimator cannot be learned from, or is not what it was fitted on.

    Also a ``ValueError``, which scikit-learn expects.
    """


class NotEnoughDataError(PqlmlError, ValueError):
    """The rows are there, but too few, or of one class only, for what was asked.

    Also a ``ValueError``, which scikit-learn expects of an estimator that cannot be fitted.
    """

    exit_code = 6


class NotFoundError(PqlmlError):
    """A run, a model or an entity of that name does not exist in the workspace."""

    exit_code = 7


class MissingExtraError(PqlmlError):
    """An optional package is needed for what was asked."""

    exit_code = 8

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package!r}: pip install 'pqlml[{extra}]'.")


def nearest(name: str, valid: Iterable[str]) -> str:
    """Say which valid name was probably meant.

    Examples
    --------
    >>> nearest("horizon", ["horizon_days", "gap_days"])
    "did you mean 'horizon_days'?"
    >>> nearest("xyz", ["gap_days"])
    'valid: gap_days'
    """
    names = sorted(set(valid))
    if not names:
        return "there are none"
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:_SHOWN])
    return f"valid: {shown}{', ...' if len(names) > _SHOWN else ''}"

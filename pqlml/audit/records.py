"""What an audit is made of: checks as data, what they find, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from pqlml.model.metrics import Interval

if TYPE_CHECKING:
    from pqlml.audit.case import Case

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
Outcome = Literal["passed", "found", "not applicable"]

ROW_ORDER, SPLIT, LABEL, ENTITY_ID = "(row order)", "(split)", "(label)", "(entity_id)"
"""Stand in findings for what is no column: the order of the rows, their split, the label, the key."""


@dataclass(frozen=True)
class NotApplicable:
    """Why a check could not look."""

    reason: str


@dataclass(frozen=True)
class Suspicion:
    """What a check holds against one column.

    Attributes
    ----------
    column
        The column, or :data:`ROW_ORDER` and its like.
    evidence
        One sentence with the numbers.
    numbers
        The same numbers by name, for programs.
    rows
        How many rows are concerned.
    """

    column: str
    severity: Severity
    evidence: str
    numbers: Mapping[str, float]
    rows: int


Look = Callable[["Case"], Sequence[Suspicion] | NotApplicable]


@dataclass(frozen=True)
class Check:
    """A check, as data.

    Attributes
    ----------
    code
        Stable, ``PQL001`` and so on.
    severity
        The gravest severity that it gives.
    explanation, advice
        What the leak is, and what to do about it.
    needs
        What has to be there beside rows and label, in words; empty if nothing.
    look
        Returns what it holds against columns, or why it could not look.
    """

    code: str
    title: str
    severity: Severity
    explanation: str
    advice: str
    needs: str
    look: Look = field(repr=False)


class Lift(NamedTuple):
    """What a column seems to be worth: a small model out of fold, with it and without it, on the same rows.

    Attributes
    ----------
    auc_without, auc_with
        ROC-AUC out of fold; ``auc_faked`` is the difference with its 95 % interval by entity.
    top_without, top_with
        Conversion rate of the best tenth over that of all rows.
    """

    auc_without: float
    auc_with: float
    auc_faked: Interval
    top_without: float
    top_with: float


@dataclass(frozen=True)
class Leak:
    """One finding.

    Attributes
    ----------
    lift
        What the column fakes; null where the finding is about no column that a model could use.
    ignored
        Whether the definition ignores the column already: it would have leaked.
    """

    code: str
    title: str
    severity: Severity
    column: str
    evidence: str
    numbers: Mapping[str, float]
    rows: int
    lift: Lift | None
    ignored: bool


@dataclass(frozen=True)
class Result:
    """What became of one check; ``reason`` says why it could not look, else how much it looked at."""

    check: Check
    outcome: Outcome
    reason: str
    leaks: tuple[Leak, ...] = ()


@dataclass(frozen=True)
class Audited:
    """The outcome of every check on one table of rows."""

    rows: int
    conversions: int
    columns: int
    results: tuple[Result, ...]

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """All findings: columns in use first, then gravest first."""
        found = [leak for result in self.results for leak in result.leaks]
        return tuple(sorted(found, key=lambda leak: (leak.ignored, SEVERITIES.index(leak.severity), leak.code)))

    @property
    def passed(self) -> bool:
        """Whether no column in use has a finding of severity error."""
        return all(leak.ignored or leak.severity != "error" for leak in self.leaks)

    @property
    def certain(self) -> tuple[str, ...]:
        """Columns in use that leak for certain, each once."""
        errors = (leak.column for leak in self.leaks if leak.severity == "error" and not leak.ignored)
        return tuple(dict.fromkeys(errors))

    @property
    def suspects(self) -> tuple[str, ...]:
        """Columns with a finding, each once."""
        return tuple(dict.fromkeys(leak.column for leak in self.leaks))

    def table(self) -> pd.DataFrame:
        """Return one row per finding, for a notebook."""
        names = [
            "code",
            "severity",
            "column",
            "title",
            "evidence",
            "auc_without",
            "auc_with",
            "top_without",
            "top_with",
        ]
        rows = [
            (
                leak.code,
                leak.severity,
                leak.column,
                leak.title,
                leak.evidence,
                *(None if leak.lift is None else round(getattr(leak.lift, name), 3) for name in names[5:]),
            )
            for leak in self.leaks
        ]
        return pd.DataFrame(rows, columns=names)

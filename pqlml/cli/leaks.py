"""What ``audit`` tells: findings with their evidence and what they fake, and which checks could not look."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from pqlml.audit import Audited, Leak
from pqlml.cli.console import line, table
from pqlml.cli.shapes import Shape, leak, reference, shape
from pqlml.definition import Definition


def as_shape(definition: Definition, result: Audited) -> Shape:
    """Return the shape of ``audit``."""
    return shape(
        "audit",
        definition=reference(definition),
        passed=result.passed,
        rows={"audited": result.rows, "conversions": result.conversions, "columns": result.columns},
        checks=[
            {"code": one.check.code, "title": one.check.title, "outcome": one.outcome, "reason": one.reason}
            for one in result.results
        ],
        findings=[leak(found) for found in result.leaks],
    )


def in_brief(console: Console, result: Audited | None) -> None:
    """Print what `check` and `evaluate` tell of leaks: findings that need somebody, and the way to the full audit."""
    if result is None:
        line(console, "Leaks: not looked for; that takes rows with conversions among them, and no errors above.")
        return
    leaks = [one for one in result.leaks if one.severity != "note"]
    if leaks:
        _findings(console, "Leaks (docs/audit.md)", leaks)
    else:
        line(console, "Leaks: none found in the columns in use.")
    line(console, "`pqlml audit` with the same arguments looks at every column, ignored ones too.")


def as_text(console: Console, result: Audited) -> None:
    """Print the findings, columns in use first, then what could not be looked at."""
    line(console, f"Audited: {result.columns} columns, {result.rows:,} rows, {result.conversions:,} conversions")
    if result.leaks:
        _findings(console, "Findings (docs/audit.md)", result.leaks)
    for one in result.results:
        if one.outcome == "not applicable":
            line(console, f"{one.check.code} {one.check.title}: not looked at; {one.reason}")
    if result.passed:
        line(console, "No column in use leaks for certain.", style="bold green")
    else:
        line(console, f"Leaks: {', '.join(result.certain)}.", style="bold red")


def _findings(console: Console, title: str, leaks: Sequence[Leak]) -> None:
    rows = [
        (one.code, one.severity + (" (ignored)" if one.ignored else ""), one.column, one.evidence, _faked(one))
        for one in leaks
    ]
    table(console, title, ("code", "severity", "column", "evidence", "AUC without -> with it"), rows)


def _faked(found: Leak) -> str:
    if found.lift is None:
        return ""
    faked = found.lift.auc_faked
    return f"{found.lift.auc_without:.3f} -> {found.lift.auc_with:.3f} ({faked.low:+.3f} to {faked.high:+.3f})"

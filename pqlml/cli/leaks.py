"""What ``audit`` tells: findings with their evidence and what they fake, and which checks could not look."""

from __future__ import annotations

from rich.console import Console

from pqlml.audit import Audited, Leak
from pqlml.cli.console import line, table
from pqlml.cli.shapes import Shape, reference, shape
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
        findings=[_finding(leak) for leak in result.leaks],
    )


def _finding(leak: Leak) -> Shape:
    lift = leak.lift
    return {
        "code": leak.code,
        "severity": leak.severity,
        "title": leak.title,
        "column": leak.column,
        "ignored": leak.ignored,
        "evidence": leak.evidence,
        "rows": leak.rows,
        "numbers": dict(leak.numbers),
        "lift": None if lift is None else {**lift._asdict(), "auc_faked": lift.auc_faked.as_dict()},
    }


def as_text(console: Console, result: Audited) -> None:
    """Print the findings, columns in use first, then what could not be looked at."""
    line(console, f"Audited: {result.columns} columns, {result.rows:,} rows, {result.conversions:,} conversions")
    rows = [
        (leak.code, leak.severity + (" (ignored)" if leak.ignored else ""), leak.column, leak.evidence, _faked(leak))
        for leak in result.leaks
    ]
    if rows:
        heads = ("code", "severity", "column", "evidence", "AUC without -> with it")
        table(console, "Findings (docs/audit.md)", heads, rows)
    for one in result.results:
        if one.outcome == "not applicable":
            line(console, f"{one.check.code} {one.check.title}: not looked at; {one.reason}")
    if result.passed:
        line(console, "No column in use leaks for certain.", style="bold green")
    else:
        columns = dict.fromkeys(leak.column for leak in result.leaks if leak.severity == "error" and not leak.ignored)
        line(console, f"Leaks: {', '.join(columns)}.", style="bold red")


def _faked(leak: Leak) -> str:
    if leak.lift is None:
        return ""
    faked = leak.lift.auc_faked
    return f"{leak.lift.auc_without:.3f} -> {leak.lift.auc_with:.3f} ({faked.low:+.3f} to {faked.high:+.3f})"

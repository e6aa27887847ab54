"""What ``--output json`` writes, command by command, as docs/cli.md documents it.

Keys are only ever added within one ``format``. Instants are ISO 8601 with ``Z``; counts are whole numbers of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pqlml.times import iso

if TYPE_CHECKING:
    from pqlml.audit import Audited, Leak
    from pqlml.definition import Definition, Difference
    from pqlml.events import Finding, TableRead
    from pqlml.events.simulate import SimulationSummary
    from pqlml.explain.moves import Move
    from pqlml.features.store import Change
    from pqlml.model.metrics import Interval
    from pqlml.model.registry import Reign, Released, Version
    from pqlml.pipeline import Checked, Evaluated, Scored, Trained
    from pqlml.release import Compared, ComparedLater, Contest
    from pqlml.scoring.published_records import Lead, LeadDetail, Run

FORMAT: Final = 1
"""Grows when a key changes its meaning or goes away."""

Shape = dict[str, Any]


def shape(command: str, **parts: Any) -> Shape:  # noqa: ANN401 - any JSON value
    """Return an object of the current format."""
    return {"format": FORMAT, "command": command, **parts}


def checked(definition: Definition, result: Checked) -> Shape:
    """Return the shape of ``check``."""
    return shape(
        "check",
        definition=reference(definition),
        passed=result.passed,
        observed_until=iso(result.observed_until),
        rows=result.account.as_dict(),
        tables=_tables(result.reads),
        findings=_findings(result.findings),
        leaks=_leaks(result.audited),
    )


def evaluated(result: Evaluated, command: str = "evaluate") -> Shape:
    """Return the shape of ``evaluate``."""
    return shape(
        command,
        definition=reference(result.definition),
        headline=result.headline,
        how_judged=result.evaluation.split.headline,
        metrics=_figures(result.evaluation.metrics),
        rows={
            **result.rows.account.as_dict(),
            "by_split": result.rows_by_split,
            "conversions_by_split": result.conversions_by_split,
        },
        folds=[{**fold, "origin": None if fold["origin"] is None else iso(fold["origin"])} for fold in result.folds],
        over_time=[part.as_dict() for part in result.over_time],
        segments=[part.as_dict() for part in result.segments],
        optimism={item.metric: item.as_dict() for item in result.optimism},
        learning_curve=[item.as_dict() for item in result.learning],
        tables=_tables(result.reads),
        findings=_findings(result.findings),
        leaks=_leaks(result.audited),
        groups=result.groups.to_dict("records"),
    )


def _leaks(audited: Audited | None) -> list[Shape] | None:
    return None if audited is None else [leak(found) for found in audited.leaks]


def leak(found: Leak) -> Shape:
    """Return the shape of one finding of the audit."""
    lift = found.lift
    return {
        "code": found.code,
        "severity": found.severity,
        "title": found.title,
        "column": found.column,
        "ignored": found.ignored,
        "evidence": found.evidence,
        "rows": found.rows,
        "numbers": dict(found.numbers),
        "lift": None if lift is None else {**lift._asdict(), "auc_faked": lift.auc_faked.as_dict()},
    }


def trained(result: Trained, workspace: Path, command: str = "train") -> Shape:
    """Return the shape of ``train``."""
    from pqlml.model.registry import tracking_uri

    return {
        **evaluated(result.evaluated, command),
        "run": {"id": result.released.run_id, "uri": tracking_uri(workspace)},
        "model": model(result.released),
        "verdict": verdict(result.contest),
        "champion": None if result.champion is None else model(result.champion),
        "report": str(result.report),
    }


def verdict(contest: Contest) -> Shape:
    """Return whether a model may score, and why."""
    found, rematch = contest.verdict, contest.rematch
    return {
        "learner": contest.kind,
        **found.as_dict(),
        "rematch": None if rematch is None else rematch.as_dict(),
    }


def versions(found: Iterable[Version]) -> list[Shape]:
    """Return what is known of released versions."""
    return [
        {
            **model(item.released),
            "created_at": iso(item.created_at),
            "aliases": list(item.aliases),
            "learner": item.kind,
            "definition": dict(item.definition),
            "headline": item.headline,
            "metrics": _figures(item.metrics),
            "verdict": None if item.verdict is None else item.verdict.as_dict(),
        }
        for item in found
    ]


def reign(name: str, found: Reign) -> Shape:
    """Return one change of the champion."""
    return {"name": name, **vars(found)}


def compared(result: Compared) -> Shape:
    """Return the shape of ``models compare``."""
    return _two_versions(
        result, only_first=result.only_first, only_second=result.only_second, relabelled=result.relabelled
    )


def compared_later(result: ComparedLater) -> Shape:
    """Return the shape of ``models compare`` on what became known since."""
    found = _two_versions(result, only_first=0, only_second=0, relabelled=0)
    drift = {side: interval.as_dict() for side, interval in result.drift.items()}
    return {**found, "since": iso(result.since), "drift": drift}


def _two_versions(result: Compared | ComparedLater, **rows: int) -> Shape:
    return shape(
        "models compare",
        first=model(result.first),
        second=model(result.second),
        rows={"judged": result.rows, "converted": result.converted, **rows},
        metrics=_figures(result.metrics),
        difference={metric: interval.as_dict() for metric, interval in result.difference.items()},
        since=None,
        drift={},
    )


def _figures(metrics: Mapping[str, Mapping[str, Interval]]) -> Shape:
    return {
        candidate: {metric: interval.as_dict() for metric, interval in by_metric.items()}
        for candidate, by_metric in metrics.items()
    }


def scored(result: Scored, leads: Iterable[Lead]) -> Shape:
    """Return what was published, as ``score`` and ``demo`` tell it."""
    return {
        "run_id": result.run_id,
        "as_of": iso(result.as_of),
        "model": model(result.released),
        "scored": sum(result.by_tier.values()),
        "by_tier": dict(result.by_tier),
        "dropped": dict(result.dropped),
        "tables": _tables(result.reads),
        "findings": _findings(result.findings),
        "folder": str(result.folder),
        "leads": [lead.model_dump(mode="json") for lead in leads],
    }


def change(made: Change) -> Shape:
    """Return what a change of a state did."""
    days = sorted({*made.added_by_day, *made.deleted_by_day})
    return {
        "rows": {"read": made.read, "new": made.new, "known": made.known, "set_aside": dict(made.set_aside)},
        "deleted": made.deleted,
        "days": [
            {
                "day": day.isoformat(),
                "new": made.added_by_day.get(day, 0),
                "deleted": made.deleted_by_day.get(day, 0),
                "repaired": day in made.repaired,
            }
            for day in days
        ],
        "retold": made.retold,
    }


def explained(run: Run, lead: LeadDetail, moves: Iterable[Move] = (), note: str | None = None) -> Shape:
    """Return the shape of ``explain``; a note says that moves were looked for, and how to read them."""
    told = shape("explain", run=run.model_dump(mode="json"), lead=lead.model_dump(mode="json"))
    return told if note is None else {**told, "moves": {"note": note, "states": [dict(vars(move)) for move in moves]}}


def simulated(summary: SimulationSummary, off: Iterable[str]) -> Shape:
    """Return the shape of ``simulate``."""
    return shape("simulate", off=sorted(off), **summary.model_dump(mode="json"))


def differences(found: Iterable[Difference]) -> list[Shape]:
    """Return the differences between two definitions."""
    return [item._asdict() for item in found]


def reference(definition: Definition) -> Shape:
    """Return what identifies a definition."""
    return {"name": definition.name, "version": definition.version, "hash": definition.hash}


def model(released: Released) -> Shape:
    """Return what identifies a released model."""
    return {"name": released.name, "version": released.version, "id": released.model_id, "uri": released.uri}


def _tables(reads: Iterable[TableRead]) -> list[Shape]:
    return [
        {"table": read.table, "read": read.read, "used": read.used, "set_aside": dict(read.set_aside)} for read in reads
    ]


def _findings(findings: Iterable[Finding]) -> list[Mapping[str, Any]]:
    return [dict(vars(finding)) for finding in findings]

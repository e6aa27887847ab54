"""Released versions as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console

from pqlml.cli.console import line, table
from pqlml.model.metrics import Interval
from pqlml.model.registry import Reign, Version
from pqlml.release import Compared, ComparedLater
from pqlml.report import numbers
from pqlml.report.wording import METRIC_WORDING, MetricWording

_NOT_TOLD_APART = "Where the interval of a difference holds 0, the two are not told apart."


def listed(console: Console, found: Mapping[str, tuple[Sequence[Version], Sequence[Reign]]]) -> None:
    """Print the versions of each model, newest first, and who was champion when and why."""
    if not found:
        line(console, "No model is released yet: pqlml train")
    for name, (versions, reigns) in found.items():
        rows = [
            (
                item.released.version,
                ", ".join(item.aliases),
                f"{item.created_at:%Y-%m-%d %H:%M}",
                item.kind,
                f"v{item.definition['version']} {item.definition['hash'][:8]}",
                *(_brief(item.metrics.get(who, {}).get("roc_auc")) for who in ("model", "points")),
                item.verdict.decision if item.verdict is not None else numbers.NOTHING,
            )
            for item in versions
        ]
        columns = ("#version", "alias", "trained", "learner", "definition", "#ROC-AUC", "#points", "verdict")
        table(console, name, columns, rows)
        if reigns:
            told = [(item.at[:16].replace("T", " "), item.before or "", item.version, item.why) for item in reigns]
            table(console, f"Champions of {name}", ("when", "#from", "#to", "why"), told)
        else:
            line(console, f"No version of {name} has been the champion.")


def compared(console: Console, result: Compared) -> None:
    """Print two versions side by side, and their difference on the same rows."""
    first, second = _side_by_side(
        console, result, f"on the {numbers.count(result.rows)} rows on which both were judged"
    )
    line(
        console,
        f"{numbers.count(result.converted)} leads converted. Judged alone: {numbers.count(result.only_first)} rows of "
        f"{first}, {numbers.count(result.only_second)} of {second}; relabelled since: "
        f"{numbers.count(result.relabelled)}. {_NOT_TOLD_APART}",
    )


def compared_later(console: Console, result: ComparedLater) -> None:
    """Print two versions side by side on what became known since, and whether their probabilities still hold."""
    names = _side_by_side(
        console,
        result,
        f"as released, on {numbers.count(result.rows)} rows from {result.since:%Y-%m-%d} on, of which neither had "
        f"learned anything",
    )
    line(console, f"{numbers.count(result.converted)} leads converted. {_NOT_TOLD_APART}")
    for side, name in zip(("first", "second"), names, strict=True):
        drift = result.drift[side]
        value, low, high = (numbers.percent(part) for part in (drift.value, drift.low, drift.high))
        told = "its probabilities still hold" if drift.low <= 0 <= drift.high else "they no longer hold, train anew"
        line(console, f"Conversion rate minus what {name} expected: {value} [{low}, {high}]; {told}.")


def _side_by_side(console: Console, result: Compared | ComparedLater, where: str) -> tuple[str, str]:
    """Print the figures of two versions; return what the versions are called."""
    rows = [
        (
            f"{wording.label} ({wording.hint})",
            *(_interval(result.metrics[which][wording.metric], wording) for which in ("first", "second")),
            _interval(result.difference[wording.metric], wording),
        )
        for wording in METRIC_WORDING
        if wording.metric in result.difference
    ]
    first, second = (f"version {each.version}" for each in (result.first, result.second))
    title = f"{result.first.name}: {where}"
    table(console, title, ("measure", f"#{first}", f"#{second}", f"#{first} minus {second}"), rows)
    return first, second


def crowned(console: Console, name: str, reign: Reign) -> None:
    """Print who scores from now on."""
    before = f", instead of version {reign.before}" if reign.before is not None else ""
    line(console, f"Version {reign.version} of {name} is the champion{before}: {reign.why}", style="bold green")


def _brief(found: Interval | None) -> str:
    if found is None:
        return numbers.NOTHING
    return f"{numbers.score(found.value)} [{numbers.score(found.low)}, {numbers.score(found.high)}]"


def _interval(found: Interval, wording: MetricWording) -> str:
    value, low, high = (-found.value, -found.high, -found.low) if wording.negated else found
    return f"{wording.show(value)} [{wording.show(low)}, {wording.show(high)}]"

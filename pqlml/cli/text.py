"""Results as text: tables whose counts add up in sight, rounded numbers, and words instead of feature names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console

from pqlml.cli import leaks
from pqlml.cli.console import line, table
from pqlml.events import Finding, TableRead
from pqlml.explain.moves import Move
from pqlml.features.store.change import Change
from pqlml.labels import PairAccount
from pqlml.model.learning_curve import Learned
from pqlml.model.metrics import Interval
from pqlml.model.optimism import Optimism
from pqlml.model.slices import Slice
from pqlml.pipeline import Checked, Evaluated, Scored, Trained
from pqlml.report import numbers
from pqlml.report.wording import METRIC_WORDING, MetricWording, candidate_label, part_label, reason_label
from pqlml.scoring.published_records import Lead, LeadDetail, Person, Run, Since

_DAYS_SHOWN = 14
_STRONGEST_SHOWN = 10
_CUTOFFS_SHOWN = 31
_LEARNERS = {"trees": "boosted trees", "linear": "a linear model"}
_WHEN = {"cutoff": "%Y-%m-%d %H:%M", "month": "%Y-%m"}


def accounts(console: Console, reads: Iterable[TableRead]) -> None:
    """Print what became of every row that was read."""
    rows = [
        (
            read.table,
            numbers.count(read.read),
            numbers.count(read.used),
            numbers.count(sum(read.set_aside.values())),
            "; ".join(f"{reason}: {numbers.count(count)}" for reason, count in read.set_aside.items()),
        )
        for read in reads
    ]
    table(console, "Tables: read = used + set aside", ("table", "#read", "#used", "#set aside", "why set aside"), rows)


def findings(console: Console, found: Sequence[Finding]) -> None:
    """Print the findings, errors first; docs/checks.md says what each code means."""
    if not found:
        line(console, "No findings.")
        return
    rows = [(item.code, item.severity, item.title, numbers.count(item.count), item.detail) for item in found]
    table(console, "Findings (docs/checks.md)", ("code", "severity", "what", "#count", "detail"), rows)


def dropped(console: Console, total: int, labelled: int, reasons: Mapping[str, int], what: str) -> None:
    """Print how the pairs divide; what is kept and what is dropped add up to the total."""
    parts = [(what, labelled), *((f"dropped: {reason_label(reason)}", count) for reason, count in reasons.items())]
    rows = [*((name, numbers.count(count)) for name, count in parts), ("in all", numbers.count(total))]
    table(console, "Rows: one lead at one cutoff", ("", "#rows"), rows)


def pairs(console: Console, account: PairAccount) -> None:
    """Print where every pair went: in all, and by cutoff (by month where cutoffs are many)."""
    dropped(console, account.total, account.labelled, account.dropped, "labelled")
    shown = account if len(account.parts) <= _CUTOFFS_SHOWN else account.by_month()
    if len(shown.parts) < 2:  # noqa: PLR2004 - one part is the whole
        return
    reasons = list(account.dropped)
    rows = [
        (
            "no cutoff" if part.start is None else f"{part.start:{_WHEN[shown.per]}}",
            *map(numbers.count, (part.total, part.labelled, part.conversions)),
            *(numbers.count(part.dropped.get(reason, 0)) for reason in reasons),
        )
        for part in shown.parts
    ]
    columns = ("#pairs", "#labelled", "#converted", *(f"#{reason.replace('_', ' ')}" for reason in reasons))
    table(console, f"Pairs by {shown.per}: pairs = labelled + dropped", (shown.per, *columns), rows)


def checked(console: Console, result: Checked) -> None:
    """Print what ``check`` found."""
    accounts(console, result.reads)
    pairs(console, result.account)
    line(console, f"Conversions: {conversions(result.conversions, result.labelled)}")
    line(console, f"Data end (exclusive): {result.observed_until:%Y-%m-%d %H:%M} UTC")
    findings(console, result.findings)
    leaks.in_brief(console, result.audited)
    errors = [f"{item.code} {item.title}" for item in result.findings if item.severity == "error"]
    if errors:
        line(console, f"Not ready to train: {'; '.join(errors)}.", style="bold red")
    elif result.audited is not None and result.audited.certain:
        told = ", ".join(result.audited.certain)
        line(console, f"Ready to train, but no figure can be trusted: {told} leak into the features.", style="bold red")
    else:
        line(console, "Ready to train: nothing stands in the way.", style="bold green")


def evaluated(console: Console, result: Evaluated) -> None:
    """Print what the model is worth, and on which rows that was measured."""
    accounts(console, result.reads)
    pairs(console, result.rows.account)
    split = result.conversions_by_split
    parts = [
        (part_label(part), numbers.count(count), conversions(split[part], count))
        for part, count in result.rows_by_split.items()
    ]
    table(console, "Labelled rows by part", ("part", "#rows", "#conversions"), parts)
    folds(console, result.folds)
    metrics(console, result.evaluation.metrics)
    slices(console, "Over time", result.over_time)
    slices(console, "By segment", result.segments)
    hopes(console, result.optimism)
    curve(console, result.learning)
    strongest(console, result.groups)
    findings(console, result.findings)
    leaks.in_brief(console, result.audited)
    line(console, result.headline, style="bold")


def folds(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    """Print what each fold was fitted and judged on; one fold is told by the parts already."""
    if len(found) == 1:
        return
    rows = [
        (
            str(number) if fold["origin"] is None else f"{fold['origin']:%Y-%m-%d %H:%M}",
            *(
                told
                for part in (fold["train"], fold["test"])
                for told in (numbers.count(part["rows"]), conversions(part["conversions"], part["rows"]))
            ),
            "; ".join(f"{reason_label(why)}: {numbers.count(count)}" for why, count in fold["set_aside"].items()),
        )
        for number, fold in enumerate(found, start=1)
    ]
    columns = ("fold", "#fitted on", "#conversions", "#judged", "#conversions", "in neither part")
    table(console, "Folds: fitted on what was over by then, judged up to the next", columns, rows)


def trained(console: Console, result: Trained, next_step: str) -> None:
    """Print what `evaluate` prints, what was released, and whether it may score."""
    evaluated(console, result.evaluated)
    released = result.released
    line(console, f"Released: {released.uri}, {_LEARNERS[result.contest.kind]} (MLflow run {released.run_id})")
    line(console, f"Report: {result.report}")
    verdict(console, result)
    line(console, f"Next: {next_step}")


def verdict(console: Console, result: Trained) -> None:
    """Print whether the released model may score, and why."""
    contest = result.contest
    if len(contest.verdicts) > 1:
        line(console, f"Boosted trees: {contest.verdicts['trees']}")
    style = "bold green" if contest.verdict.promote else "bold yellow"
    line(console, f"Verdict: {contest.verdict}", style=style)


def metrics(console: Console, found: Mapping[str, Mapping[str, Interval]]) -> None:
    """Print every candidate side by side, with 95% intervals."""
    rows = [
        (
            f"{wording.label} ({wording.hint})",
            *(_interval(by_metric[wording.metric], wording) for by_metric in found.values()),
        )
        for wording in METRIC_WORDING
        if all(wording.metric in by_metric for by_metric in found.values())
    ]
    names = [f"#{candidate_label(name)}" for name in found]
    table(console, "On unseen rows, with 95% intervals by entity", ("measure", *names), rows)


def slices(console: Console, title: str, found: Sequence[Slice]) -> None:
    """Print how the model holds up on parts of the judged rows."""
    if not found:
        return
    rows = [
        (
            f"{part.by.replace('_', ' ')}: {part.value}",
            numbers.count(part.rows),
            numbers.count(part.conversions),
            f"{part.predicted:.1f}",
            _brief(part.roc_auc),
        )
        for part in found
    ]
    columns = ("rows", "#count", "#conversions", "#expected", "#ROC-AUC")
    table(console, f"{title}: conversions against those that the model expected", columns, rows)


def hopes(console: Console, found: Sequence[Optimism]) -> None:
    """Print what a random split of the same rows would have promised."""
    if not found:
        return
    wording = {row.metric: row for row in METRIC_WORDING}
    rows = [
        (
            wording[item.metric].label,
            *(_interval(part, wording[item.metric]) for part in (item.forward, item.random, item.gap)),
        )
        for item in found
    ]
    title = "Optimism gap: the same model on rows split at random, which real use never allows"
    table(console, title, ("measure", "#forward in time", "#random rows", "#gap"), rows)


def curve(console: Console, found: Sequence[Learned]) -> None:
    """Print what more history is worth."""
    if not found:
        return
    rows = [
        (
            "all history" if item.months is None else f"{item.months} months",
            numbers.count(item.rows),
            numbers.count(item.conversions),
            _brief(item.roc_auc),
            _brief(item.average_precision),
        )
        for item in found
    ]
    columns = ("fitted on", "#rows", "#conversions", "#ROC-AUC", "#average precision")
    table(console, "Learning curve: the same test rows after ever more history", columns, rows)


def strongest(console: Console, groups: pd.DataFrame) -> None:
    """Print the signals that move the model most."""
    shown = groups.head(_STRONGEST_SHOWN)
    rows = [(str(row.label), str(row.dimension), f"{row.mean_abs_contribution:.2f}") for row in shown.itertuples()]
    table(console, "What moves the model most", ("signal", "dimension", "#mean effect in log-odds"), rows)


def scored(console: Console, result: Scored) -> None:
    """Print who was scored and who was not."""
    count = sum(result.by_tier.values())
    dropped(
        console,
        count + sum(result.dropped.values()),
        count,
        result.dropped,
        f"scored as of {result.as_of:%Y-%m-%d %H:%M} UTC",
    )
    table(console, "Tiers", ("tier", "#leads"), [(tier, numbers.count(n)) for tier, n in result.by_tier.items()])


def published(console: Console, result: Scored, best: Sequence[Lead], horizon_days: float) -> None:
    """Print what was read, who was scored, by tier, what to know about it, and the best leads."""
    accounts(console, result.reads)
    scored(console, result)
    findings(console, result.findings)
    leads(console, best, horizon_days)
    console.print()
    line(console, f"Published: {result.folder}, with {result.released.uri}")


def demonstrated(
    console: Console,
    title: str,
    trained: Trained,
    scored: Scored | None,
    best: Sequence[Lead],
    look: Mapping[str, str | None],
) -> None:
    """Print the end of a demonstration: what the model is worth, who comes first and why, and where to look."""
    line(console, title, style="bold")
    accounts(console, trained.evaluated.reads)
    metrics(console, trained.evaluated.evaluation.metrics)
    line(console, trained.evaluated.headline, style="bold")
    console.print()
    if scored is None:
        line(
            console,
            "Nobody is scored: this data set has no times, so there is no instant as of which leads could stand.",
        )
    else:
        leads(console, best, trained.model.definition.conversion.horizon_days)
    console.print()
    verdict(console, trained)
    line(console, f"Report:      {trained.report}")
    if look["sales_page"] is not None:
        line(console, f"Sales page:  {look['sales_page']}    (shows what was scored last)")
    line(console, f"MLflow:      {look['mlflow_ui']}")


def leads(console: Console, found: Sequence[Lead], horizon_days: float) -> None:
    """Print leads with the reasons for and against them."""
    line(console, f"The {len(found)} best leads", style="bold")
    for lead in found:
        console.print()
        line(console, f"{lead.rank}. {title(lead, horizon_days)}", style="bold")
        reasons(console, lead)


def change(console: Console, made: Change) -> None:
    """Print what a change of a state did: rows by what became of them, and the days that changed."""
    counts = {"new": made.new, "known already": made.known, **made.set_aside}
    if made.read:
        rows = [(what, f"{count:,}") for what, count in counts.items()]
        table(console, f"{made.read:,} rows read", ("what became of them", "#rows"), rows)
    days = {*made.added_by_day, *made.deleted_by_day}
    line(console, f"{made.new:,} events taken in, {made.deleted:,} deleted, on {len(days):,} days.")
    if made.repaired:
        listed = [
            (f"{day}", f"{made.added_by_day.get(day, 0):,}", f"{made.deleted_by_day.get(day, 0):,}")
            for day in made.repaired[-_DAYS_SHOWN:]
        ]
        title = f"{len(made.repaired):,} days were there before and are repaired"
        newest = "" if len(listed) == len(made.repaired) else f"; the newest {len(listed)}"
        table(console, title + newest, ("day", "#new", "#deleted"), listed)


def explained(console: Console, run: Run, lead: LeadDetail, moves: Sequence[Move] = (), note: str = "") -> None:
    """Print one lead in full; with a note also what would move its score."""
    line(console, f"{title(lead, run.horizon_days)}", style="bold")
    line(console, f"Rank {lead.rank} of {run.counts.scored}, as of {run.as_of:%Y-%m-%d %H:%M} UTC")
    points = [(name, numbers.signed(value)) for name, value in lead.points_by_dimension.items()]
    table(console, "Points by dimension", ("dimension", "#points"), [*points, ("in all", numbers.signed(lead.points))])
    line(console, "Reasons", style="bold")
    reasons(console, lead)
    console.print()
    if run.since is not None and lead.changes:
        changed(console, run.since, lead)
    if note:
        rows = [(move.sentence, move.tier, f"{move.gain:+.2f}") for move in moves]
        table(console, "What would move it", ("state", "tier", "#log-odds"), rows)
        line(console, note)
    for person in lead.people:
        line(console, person_line(person))
    table(
        console,
        "Profile",
        ("section", "what", "value"),
        [(row.section, row.label, row.value) for row in lead.profile],
    )


def person_line(person: Person) -> str:
    """Tell who uses an account most, or is its most senior person."""
    who = f"{person.name} ({person.user_id})" if person.name else person.user_id
    known = [text for text in (who, person.role, person.email) if text]
    what = "Most active" if person.which == "most_active" else "Most senior"
    events = f"{numbers.count(person.events)} event{'' if person.events == 1 else 's'}"
    return f"{what}: {', '.join(known)}; {events} in the last {person.window_days} days"


def title(lead: Lead, horizon_days: float) -> str:
    """Name a lead and how good it is, in one line."""
    name = f"{lead.name} ({lead.entity_id})" if lead.name else lead.entity_id
    chance = f"{numbers.percent(lead.probability)} within {horizon_days:g} days"
    return f"{name}: {lead.tier}, {chance}, {lead.points:.0f} points"


def reasons(console: Console, lead: Lead) -> None:
    """Print the reasons for and against a lead, weightiest first, with their share of the points."""
    for reason in lead.reasons:
        sign = "+" if reason.direction == "for" else numbers.MINUS
        line(console, f"   {sign} {reason.sentence} [{numbers.signed(reason.points)} points, {reason.dimension}]")


def changed(console: Console, since: Since, lead: LeadDetail) -> None:
    """Print what changed since an earlier run, in points; the parts sum to the change."""
    rows = [(part.label, numbers.signed(part.points), part.sentence or "") for part in lead.told_changes]
    whole = ("in all", numbers.signed(sum(part.points for part in lead.changes)), "")
    title = f"What changed since {since.as_of:%Y-%m-%d %H:%M} UTC"
    table(console, title, ("part", "#points", "what moved it most"), [*rows, whole])


def conversions(count: int, rows: int) -> str:
    """Write a number of conversions with its share of the rows."""
    return f"{numbers.count(count)} ({numbers.percent(count / rows)})" if rows else "0"


def _brief(found: Interval | None) -> str:
    if found is None:
        return numbers.NOTHING
    return f"{numbers.score(found.value)} [{numbers.score(found.low)}, {numbers.score(found.high)}]"


def _interval(interval: Interval, wording: MetricWording) -> str:
    value, low, high = interval
    if wording.negated:
        value, low, high = -value, -high, -low
    return f"{wording.show(value)} [{wording.show(low)}, {wording.show(high)}]"

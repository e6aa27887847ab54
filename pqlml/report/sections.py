"""From numbers to what the page shows: one small record per line of a table or box."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from pqlml.model.metrics import Interval, Metric
from pqlml.model.optimism import Optimism
from pqlml.model.slices import Slice
from pqlml.model.tune.worth import WORTH_METRICS, Worth
from pqlml.report import numbers
from pqlml.report.content import PURGED, ReportContent
from pqlml.report.wording import METRIC_WORDING, MetricWording, part_label, reason_label
from pqlml.schema import DIMENSIONS

_ENOUGH_CONVERSIONS: Final = 100
"""Below it the page warns: vendors of lead scores ask for about as many before they train at all."""
_SAME_POINTS = 5
_SAME_SHARE = 0.25


class Cell(NamedTuple):
    """A figure with its interval, as texts."""

    value: str
    interval: str
    best: bool = False


class Card(NamedTuple):
    """A key figure; ``note`` says what it means, ``against`` what the hand-set points reach ("" if not known)."""

    title: str
    cell: Cell
    note: str
    against: str


class Verdict(NamedTuple):
    """Whether the model beats the hand-set points; ``tone`` is ``good``, ``open`` or ``bad``."""

    tone: str
    short: str
    text: str


class MetricRow(NamedTuple):
    """One line of the metric table, a cell per candidate."""

    label: str
    hint: str
    cells: tuple[Cell, ...]


class GroupRow(NamedTuple):
    """One bar: ``share`` of all contributions as text, ``width`` relative to the strongest, in per cent."""

    label: str
    dimension: str
    share: str
    width: float


class RuleRow(NamedTuple):
    """One hand-set rule: what it gives, what conversions say, what the model says."""

    rule: str
    dimension: str
    points: str
    met: str
    lift: str
    rates: str
    model_points: str
    word: str


class SliceRow(NamedTuple):
    """Some of the test rows: what came, what the model expected, and how it ranked them."""

    by: str
    value: str
    rows: str
    conversions: str
    expected: str
    rate: str
    area: Cell


class OptimismRow(NamedTuple):
    """One figure as it is forward in time, as a random split would have it, and the gap between the two."""

    label: str
    forward: Cell
    random: Cell
    gap: Cell


class WorthRow(NamedTuple):
    """One figure with the learner's defaults, with the settings of the definition, and the difference."""

    label: str
    defaults: Cell
    tuned: Cell
    gain: Cell


class LeakRow(NamedTuple):
    """One leak, how it shows, and a small model's ROC-AUC without and with its column ("" where there is none)."""

    code: str
    severity: str
    title: str
    column: str
    evidence: str
    without: str
    made: str


class CountRow(NamedTuple):
    """One line of the account of rows."""

    name: str
    rows: str
    conversions: str = ""
    rate: str = ""


class Account(NamedTuple):
    """Rows used by part and set aside by reason; both sum to ``total``."""

    used: tuple[CountRow, ...]
    used_total: CountRow
    dropped: tuple[CountRow, ...]
    dropped_total: CountRow
    total: str


def cards(content: ReportContent) -> tuple[Card, ...]:
    """Return the key figures of the model, each with that of the hand-set points."""
    wording = {row.metric: row for row in METRIC_WORDING}
    shown: tuple[tuple[Metric, str, str], ...] = (
        ("recall_at_10_percent", "Caught in the top 10%", "of all conversions are among the best 10% of the list"),
        ("lift_at_10_percent", "Lift of the top 10%", "as many conversions as in a random list of that length"),
        ("roc_auc", "ROC-AUC", "chance that a converting row is ranked above another"),
    )
    model = content.metrics[content.model]
    points = content.metrics.get("points", {}) if content.model != "points" else {}
    found = [
        Card(
            title,
            _cell(model[name], wording[name]),
            note,
            f"hand-set points: {_cell(points[name], wording[name]).value}" if points else "",
        )
        for name, title, note in shown
    ]
    predicted, actual = float(content.probabilities[content.model].mean()), float(content.label.mean())
    told = Cell(f"{numbers.percent(predicted)} → {numbers.percent(actual)}", "")
    return (*found, Card("Predicted → actual", told, "mean probability against the actual rate of conversion", ""))


def verdict(content: ReportContent) -> Verdict | None:
    """Compare the model with the hand-set points on the same rows; null if the points were not compared with it."""
    if "points" not in content.differences:
        return None
    apart = content.differences["points"]["roc_auc"]
    shown = f"{'+' if apart.value > 0 else ''}{numbers.score(apart.value)} {_brackets(apart, numbers.score)}"
    basis = f"ROC-AUC {shown}, compared on the same {content.definition.entity}s."
    if apart.low > 0:
        return Verdict("good", "Better than points", f"The model ranks better than the hand-set points: {basis}")
    if apart.high < 0:
        return Verdict("bad", "Worse than points", f"The hand-set points rank better than the model: {basis}")
    return Verdict("open", "Not told apart", f"These rows do not tell the model from the hand-set points: {basis}")


def warnings(content: ReportContent) -> tuple[str, ...]:
    """Return what a reader must know before trusting the figures."""
    certain = content.audited.certain if content.audited is not None else ()
    told = []
    if certain:
        told.append(f"No figure on this page can be trusted: {', '.join(certain)} leak into the features, see Leaks.")
    if content.converted < _ENOUGH_CONVERSIONS:
        told.append(
            f"Only {content.converted} of the judged {content.definition.entity}s converted: read the intervals, not "
            f"the values."
        )
    return tuple(told)


def leak_rows(content: ReportContent) -> tuple[LeakRow, ...]:
    """Return the findings of the audit that need somebody."""
    found = content.audited.leaks if content.audited is not None else ()
    return tuple(
        LeakRow(
            leak.code,
            leak.severity,
            leak.title,
            leak.column,
            leak.evidence,
            "" if leak.lift is None else f"{leak.lift.auc_without:.3f}",
            "" if leak.lift is None else f"{leak.lift.auc_with:.3f}",
        )
        for leak in found
        if leak.severity != "note"
    )


def metric_rows(content: ReportContent) -> tuple[MetricRow, ...]:
    """Return the metric table, the best candidate of each line marked."""
    rows = []
    for wording in METRIC_WORDING:
        if wording.metric not in content.metrics[content.model]:
            continue
        intervals = [content.metrics[name][wording.metric] for name in content.probabilities]
        values = [-found.value if wording.negated else found.value for found in intervals]
        best = max(values) if wording.higher_is_better else min(values)
        cells = [
            _cell(found, wording, best=value == best and len(values) > 1)
            for found, value in zip(intervals, values, strict=True)
        ]
        rows.append(MetricRow(wording.label, wording.hint, tuple(cells)))
    return tuple(rows)


def group_rows(groups: pd.DataFrame, limit: int = 15) -> tuple[GroupRow, ...]:
    """Return the strongest feature groups."""
    strength = groups["mean_abs_contribution"]
    total, top = float(strength.sum()) or 1.0, float(strength.max()) or 1.0
    return tuple(
        GroupRow(
            row["label"],
            row["dimension"],
            numbers.percent(row["mean_abs_contribution"] / total),
            round(100 * row["mean_abs_contribution"] / top, 1),
        )
        for row in groups.head(limit).to_dict("records")
    )


def dimension_rows(groups: pd.DataFrame) -> tuple[GroupRow, ...]:
    """Return the share of each dimension; ``width`` is that share in per cent."""
    by_dimension = groups.groupby("dimension")["mean_abs_contribution"].sum()
    total = float(by_dimension.sum()) or 1.0
    known = [dimension for dimension in DIMENSIONS if dimension in by_dimension.index]
    others = [dimension for dimension in by_dimension.index if dimension not in DIMENSIONS]
    return tuple(
        GroupRow(
            name.capitalize(),
            name,
            numbers.percent(by_dimension[name] / total),
            round(100 * by_dimension[name] / total, 1),
        )
        for name in (*known, *others)
    )


def rule_rows(card: pd.DataFrame) -> tuple[RuleRow, ...]:
    """Return the points card, each rule with what was observed and what the model gives for it."""
    return tuple(
        RuleRow(
            rule=row["rule"],
            dimension=row["dimension"],
            points=numbers.signed(row["points"]),
            met=numbers.percent(row["share_met"]),
            lift=numbers.times(row["rate_met"] / row["rate_not_met"] if row["rate_not_met"] else np.nan),
            rates=f"{numbers.percent(row['rate_met'])} against {numbers.percent(row['rate_not_met'])}",
            model_points=numbers.signed(row["model_points"]),
            word=_compared(row["points"], row["model_points"]),
        )
        for row in card.to_dict("records")
    )


def slice_rows(parts: Iterable[Slice]) -> tuple[SliceRow, ...]:
    """Return the test rows by time or segment."""
    return tuple(
        SliceRow(
            part.by.replace("_", " "),
            part.value.removesuffix(" 00:00"),
            numbers.count(part.rows),
            numbers.count(part.conversions),
            f"{part.predicted:.1f}",
            numbers.percent(part.conversions / part.rows),
            Cell(numbers.NOTHING, "")
            if part.roc_auc is None
            else Cell(numbers.score(part.roc_auc.value), _brackets(part.roc_auc, numbers.score)),
        )
        for part in parts
    )


def optimism_rows(found: Iterable[Optimism]) -> tuple[OptimismRow, ...]:
    """Return what a random split would have promised."""
    wording = {row.metric: row for row in METRIC_WORDING}
    return tuple(
        OptimismRow(
            wording[item.metric].label,
            *(_cell(part, wording[item.metric]) for part in (item.forward, item.random, item.gap)),
        )
        for item in found
    )


def worth_rows(worth: Worth | None) -> tuple[WorthRow, ...]:
    """Return what the settings of the definition bring; nothing where it names none."""
    if worth is None:
        return ()
    wording = {row.metric: row for row in METRIC_WORDING}
    return tuple(
        WorthRow(
            wording[name].label,
            *(_cell(side[name], wording[name]) for side in (worth.defaults, worth.tuned, worth.gain)),
        )
        for name in WORTH_METRICS
    )


def account(content: ReportContent) -> Account:
    """Return where every pair that was looked at ended up."""
    rows_by_part = {part: rows for part, rows in content.rows_by_split.items() if part != PURGED}
    used = [_counted(part_label(part), rows, content.conversions_by_split[part]) for part, rows in rows_by_part.items()]
    rows, conversions = sum(rows_by_part.values()), sum(content.conversions_by_split[part] for part in rows_by_part)
    reasons = {**content.dropped, PURGED: content.rows_by_split.get(PURGED, 0)}
    aside = sum(reasons.values())
    dropped = [CountRow(reason_label(reason), numbers.count(number)) for reason, number in _largest(reasons)]
    return Account(
        tuple(used),
        _counted("Used", rows, conversions),
        tuple(dropped),
        CountRow("Set aside", numbers.count(aside)),
        numbers.count(rows + aside),
    )


def _cell(found: Interval, wording: MetricWording, *, best: bool = False) -> Cell:
    shown = Interval(-found.value, -found.high, -found.low) if wording.negated else found
    return Cell(wording.show(shown.value), _brackets(shown, wording.show), best)


def _brackets(found: Interval, show: Callable[[float], str]) -> str:
    return f"[{show(found.low)}, {show(found.high)}]"


def _counted(name: str, rows: int, conversions: int) -> CountRow:
    rate = numbers.percent(conversions / rows) if rows else numbers.NOTHING
    return CountRow(name, numbers.count(rows), numbers.count(conversions), rate)


def _largest(counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(((reason, number) for reason, number in counts.items() if number), key=lambda item: -item[1])


def _compared(given: float, model: float) -> str:
    if np.isnan(model):
        return "not in the model"
    if abs(model - given) <= max(_SAME_POINTS, _SAME_SHARE * abs(given)):
        return "about as given"
    if model * given < 0:
        return "the opposite"
    return "worth more" if abs(model) > abs(given) else "worth less"

"""Learned points, as text and as an object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from pqlml.cli.console import line, table
from pqlml.cli.shapes import Shape, reference, shape
from pqlml.model.card.criteria import condition
from pqlml.report import numbers
from pqlml.report.wording import METRIC_WORDING, candidate_label

if TYPE_CHECKING:
    from pqlml.model.card import LearnedCard


def as_shape(result: LearnedCard, written: Path | None) -> Shape:
    """Return the shape of ``points learn``."""
    return shape(
        "points learn",
        definition=reference(result.given),
        headline=result.sentence,
        how_judged=result.split.headline,
        rules=[
            {
                "rule": condition(each.rule),
                "dimension": each.rule.dimension,
                "points": each.rule.points,
                "low": each.low,
                "high": each.high,
                "before": each.before,
                "share_met": each.met,
            }
            for each in result.rules
        ],
        left_out=[{"rule": condition(rule), "before": rule.points} for rule in result.dropped],
        tiers={tier: getattr(result.definition.tiers, tier) for tier in ("warm", "hot", "critical")},
        shares={name: dict(found) for name, found in result.shares.items()},
        rank_correlation=result.rank_correlation,
        metrics={
            candidate: {metric: interval.as_dict() for metric, interval in by_metric.items()}
            for candidate, by_metric in result.metrics.items()
        },
        lost={metric: interval.as_dict() for metric, interval in result.lost.items()},
        gained={metric: interval.as_dict() for metric, interval in result.gained.items()},
        chosen=reference(result.definition),
        written=None if written is None else str(written),
    )


def as_text(console: Console, result: LearnedCard, written: Path | None) -> None:
    """Print the card, what it keeps of the model, and what its thresholds mean."""
    rows = [
        (
            each.rule.dimension,
            condition(each.rule),
            f"{each.rule.points:g}",
            f"[{each.low}, {each.high}]",
            "new" if each.before is None else f"{each.before:g}",
            numbers.percent(each.met),
        )
        for each in result.rules
    ]
    rows += [(rule.dimension, condition(rule), "0", "", f"{rule.points:g}", "") for rule in result.dropped]
    columns = ("dimension", "rule", "#points", "#interval", "#before", "#of rows")
    table(console, "Learned points", columns, rows)
    tiers, own = result.definition.tiers, result.given.tiers
    stated = [
        (
            tier,
            f"{getattr(own, tier):g}",
            f"{getattr(tiers, tier):g}",
            *(numbers.percent(found[tier]) for found in result.shares.values()),
        )
        for tier in ("warm", "hot", "critical")
    ]
    names = [f"#{candidate_label(name).lower()}" for name in result.shares]
    table(console, "Share of unseen rows at or above", ("tier", "#threshold", "#learned threshold", *names), stated)
    wording = {row.metric: row for row in METRIC_WORDING}
    shown: list[tuple[Any, ...]] = []
    for name in ("roc_auc", "average_precision", "recall_at_10_percent"):
        show = wording[name].show
        cells = [found[name] for found in result.metrics.values()]
        shown.append((wording[name].label, *(f"{show(c.value)} [{show(c.low)}, {show(c.high)}]" for c in cells)))
    heads = [f"#{candidate_label(name).lower()}" for name in result.metrics]
    table(console, "The same unseen rows", ("measure", *heads), shown)
    line(console, f"{result.sentence} {result.split.headline[:1].upper()}{result.split.headline[1:]}.", style="bold")
    if written is None:
        line(console, "Run it again with --to FILE to write the card into the next version of the definition.")
    else:
        line(console, f"Written: {written}, version {result.definition.version}. Next: pqlml train {written}")

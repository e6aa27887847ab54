"""The comparison in words and tables, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

PROJECT: Final = ("default", "tuned")
"""Candidates that are not peers of the default: itself, and itself with other settings."""
MEASURES: Final = ("average_precision", "neg_log_loss")
DIGITS: Final = {
    "average_precision": ".3f",
    "neg_log_loss": ".4f",
    "roc_auc": ".3f",
    "brier_skill": ".3f",
    "expected_calibration_error": ".3f",
}

Entry = Mapping[str, Any]


def summary(results: Entry) -> dict[str, Any]:
    """Tell on how many sets the default loses to the best peer, and on how many it is the best or tied.

    The best peer is the one with the best value of a measure; the default loses where the interval of the paired
    difference lies below 0. It is best or tied where it loses by neither measure.
    """
    lost = {name: [m for m in MEASURES if _loses(entry, m)] for name, entry in results["sets"].items()}
    ahead = {name: [m for m in MEASURES if _leads(entry, m)] for name, entry in results["sets"].items()}
    found: dict[str, Any] = {
        "sets": len(lost),
        "significantly_worse": sum(bool(measures) for measures in lost.values()),
        "significantly_worse_on": {name: measures for name, measures in lost.items() if measures},
        "best_or_tied": sum(not measures for measures in lost.values()),
        "best_value_on": {name: measures for name, measures in ahead.items() if measures},
        "brier_skill_positive_everywhere": all(
            entry["candidates"]["default"]["brier_skill"]["value"] > 0 for entry in results["sets"].values()
        ),
    }
    if "cost" in results:
        found |= {name: results["cost"][name] for name in ("training_over_bare", "scoring_over_bare")}
    return found


def best_peer(entry: Entry, measure: str) -> str | None:
    """Return the peer with the best value of a measure; null without peers."""
    peers = {name: found[measure]["value"] for name, found in entry["candidates"].items() if name not in PROJECT}
    return max(peers, key=lambda name: peers[name]) if peers else None


def _loses(entry: Entry, measure: str) -> bool:
    peer = best_peer(entry, measure)
    return peer is not None and bool(entry["candidates"][peer][f"default_minus_it_{measure}"]["high"] < 0)


def _leads(entry: Entry, measure: str) -> bool:
    peer = best_peer(entry, measure)
    candidates = entry["candidates"]
    return peer is None or bool(candidates["default"][measure]["value"] >= candidates[peer][measure]["value"])


def markdown(results: Entry) -> str:
    """Return the page's part that is measured."""
    parts = [_verdict(results), *(_set(name, entry) for name, entry in results["sets"].items())]
    if "cost" in results:
        parts.append(_cost(results["cost"]))
    return "\n".join(parts)


def _verdict(results: Entry) -> str:
    found = results["summary"] if "summary" in results else summary(results)
    lost = "; ".join(
        f"`{name}` by {' and '.join(map(_words, measures))} to "
        f"{', '.join(sorted({str(best_peer(results['sets'][name], measure)) for measure in measures}))}"
        for name, measures in found["significantly_worse_on"].items()
    )
    skill = "positive on every set" if found["brier_skill_positive_everywhere"] else "NOT positive on every set"
    return (
        f"Sets: {found['sets']}. The default is best or tied with the best peer on {found['best_or_tied']}, and "
        f"significantly worse on {found['significantly_worse']}{f' ({lost})' if lost else ''}. "
        f"Its Brier skill is {skill}.\n"
    )


def _words(measure: str) -> str:
    return {"average_precision": "PR-AUC", "neg_log_loss": "log loss"}[measure]


def _set(name: str, entry: Entry) -> str:
    judged, fitted = entry["judged"], entry["fitted"]
    told = (
        f"### {name}\n\nFitted on {fitted['rows']:,} rows with {fitted['conversions']:,} conversions, judged on "
        f"{judged['rows']:,} rows of {judged['entities']:,} entities with {judged['conversions']:,} conversions; "
        f"{entry['features']} features. {entry['how_judged'][:1].upper()}{entry['how_judged'][1:]}. "
        f"{entry['resamples']:,} resamples.\n\n"
    )
    head = (
        "candidate",
        "PR-AUC",
        "default minus it",
        "log loss",
        "default minus it",
        "ROC-AUC",
        "Brier skill",
        "ECE",
        "s",
    )
    lines = [head, ["---"] * len(head), *_rows(entry)]
    failed = "".join(f"\n`{candidate}` {why}.\n" for candidate, why in entry.get("failed", {}).items())
    return told + "".join(f"| {' | '.join(line)} |\n" for line in lines) + failed


def _rows(entry: Entry) -> Iterator[tuple[str, ...]]:
    for name, found in entry["candidates"].items():
        apart = ("", "")
        if name != "default":
            first, second = (
                _shown(found[f"default_minus_it_{measure}"], "+" + DIGITS[measure]) for measure in MEASURES
            )
            apart = (first, second)
        loss = {
            "value": -found["neg_log_loss"]["value"],
            "low": -found["neg_log_loss"]["high"],
            "high": -found["neg_log_loss"]["low"],
        }
        yield (
            f"`{name}`" if found.get("budget_seconds") is None else f"`{name}`, {found['budget_seconds']:g} s",
            _shown(found["average_precision"], ".3f"),
            apart[0],
            _shown(loss, ".4f"),
            apart[1],
            format(found["roc_auc"]["value"], ".3f"),
            format(found["brier_skill"]["value"], ".3f"),
            format(found["expected_calibration_error"]["value"], ".3f"),
            format(found["seconds"], ",.0f"),
        )


def _shown(found: Mapping[str, float], digits: str) -> str:
    value, low, high = (format(found[part], digits) for part in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _cost(cost: Entry) -> str:
    size = cost["machine"]
    return (
        f"### What it costs\n\n{cost['rows']:,} rows, {cost['features']} features, {cost['conversions']:,} "
        f"conversions, "
        f"{cost['trees']} trees; {size['cores']} cores; medians of {cost['rounds']} rounds side by side.\n\n"
        "| | |\n|---|---|\n"
        f"| `PropensityClassifier().fit` | {cost['training_seconds']:.1f} s |\n"
        f"| bare `lightgbm.train` with the same trees | {cost['bare_training_seconds']:.1f} s |\n"
        f"| ratio | {cost['training_over_bare']:.2f} |\n"
        f"| `predict_proba` of a matrix | {cost['rows_per_second']:,} rows per second |\n"
        f"| of a data frame | {cost['rows_per_second_of_a_data_frame']:,} rows per second |\n"
        f"| the same trees, bare booster | {cost['bare_rows_per_second']:,} rows per second |\n"
        f"| speed over that of its own bare booster | {cost['scoring_over_bare']:.2f} |\n"
        f"| over that of the trees without the line | {cost['scoring_over_trees_without_line']:.2f} |\n"
        f"{_compiled(cost['compiled'])}"
    )


def _compiled(found: Entry) -> str:
    if not found:
        return ""
    head = "| | rows per second | compiling | largest difference in log-odds |\n|---|---|---|---|\n"
    lines = [f"\nCompilers of trees on the same trees and {found['rows']:,} of the rows:\n\n{head}"]
    for name, told in found.items():
        if name == "rows":
            continue
        if "failed" in told:
            lines.append(f"| `{name}` | failed ({told['failed']}) | | |\n")
            continue
        compiling = f"{told['compiling_seconds']:.0f} s" if "compiling_seconds" in told else ""
        apart = f"{told['largest_difference']:.1g}" if "largest_difference" in told else ""
        lines.append(f"| `{name}` | {told['rows_per_second']:,} | {compiling} | {apart} |\n")
    return "".join(lines)

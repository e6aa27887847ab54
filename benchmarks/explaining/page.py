"""The tables of docs/explaining.md, out of the results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from explaining.models import FEATURES

BEGIN: Final = "<!-- results: written by benchmarks/explain.py -->\n"
END: Final = "<!-- end of results -->\n"
NAMES: Final = {
    "pqlml": "pqlml",
    "predict": "LightGBM, prediction only",
    "lightgbm": "LightGBM's own contributions",
    "shap": "`shap.TreeExplainer`",
    "woodelf": "woodelf",
    "xgboost": "XGBoost's own (model of the same size)",
    "released": "pqlml, trees that begin with a line",
    "released_predict": "prediction only, trees that begin with a line",
}


def write_page(results: Mapping[str, Any], page: Path) -> None:
    """Put the tables where the page holds them."""
    before, rest = page.read_text("utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}{markdown(results)}{END}{rest.split(END)[1]}", "utf-8")


def markdown(results: Mapping[str, Any]) -> str:
    """Return the results in Markdown."""
    size, summary = results["machine"], results["summary"]
    told = (
        f"{results['leads']:,} leads, {FEATURES} features, 300 trees of 31 leaves; {size['cores']} cores, "
        f"{size['memory_gib']} GiB, Python {size['python']}; medians of {results['rounds']} interleaved rounds, each "
        f"engine in a process of its own. Slow engines explain fewer rows."
    )
    notes = (
        f"`pqlml` includes preparing the model. Explaining costs {summary['cost_over_predict']:g} times as much as "
        f"predicting;\nfor trees that begin with a line, as `pqlml train` releases them, "
        f"{summary['released_cost_over_predict']:g} times.\nOn a day on which {summary['daily_share_changed']:.0%} of "
        f"the leads changed, explaining takes {summary['daily_run_over_full']:.1%} of the time for all, and "
        f"{summary['released_daily_run_over_full']:.1%}\nwith a line, with reading and writing what is kept."
    )
    engines = _table(
        ("engine", "leads per second", "pqlml is so many times as fast", "peak memory", "largest difference"),
        (
            (
                NAMES[entry["engine"]],
                f"{entry['rows_per_second']:,}",
                f"{entry['pqlml_over_it']:g}",
                f"{entry['peak_gb']:g} GB",
                "" if entry["largest_difference"] is None else f"{entry['largest_difference']:.0e}",
            )
            for entry in results["engines"]
        ),
    )
    shapes = _table(
        (
            "model",
            "leads",
            "leads per second",
            "times LightGBM's own",
            "preparing",
            "tables",
            "paths without",
            "difference",
        ),
        (
            (
                entry["shape"],
                f"{entry['rows']:,}",
                f"{entry['rows_per_second']:,}",
                f"{entry['speedup_over_lightgbm']:g}",
                f"{entry['preparing_seconds']:g} s",
                f"{entry['tables_mb']:g} MB",
                f"{entry['long_paths']:,}",
                f"{entry['largest_difference']:.0e}",
            )
            for entry in results["shapes"]
        ),
    )
    other = (
        "Models of 300 trees in other shapes, with fewer leads, so that preparing weighs more; no limit of depth where "
        "none is named.\n*Paths without* a table are computed row by row."
    )
    return f"{told}\n\n{engines}\n{notes}\n\n{other}\n\n{shapes}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

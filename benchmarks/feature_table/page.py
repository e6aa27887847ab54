"""The page of the documentation, out of the results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

NAMES: Final = {
    "kernel": "pqlml, local default",
    "sql": "DuckDB SQL, by hand",
    "ibis": "pqlml, Ibis on DuckDB",
    "polars": "Polars, streaming",
    "pandas": "pandas",
    "featuretools": "Featuretools",
}

HEAD: Final = """# Benchmarks

Written by `make benchmark-features`, which measures everything anew.

## How long a table of features takes

The task: events of a product in, one row per account and cutoff out. A row has 128 features: counts of twenty events
and of all in windows of 7, 14 and 28 days and in all history; distinct days, users, sessions and events; sums of a
property; days since the last and to the first event; trends; age. Accounts differ in size, and usage comes in
sessions. All engines read the same Parquet files, and their matrices are compared value by value in the last run; a
difference stops the benchmark.

In the time: reading the events from disk (they lie in the system's cache), and everything up to the matrix in memory,
in the form that the engine likes best. Not in the time: opening connections, and imports, unless the line says *fresh
process*. That line counts from the start of the process. Engines take turns, each in a process of its own; a figure is
the median of its runs, a ratio the median of the ratios within the rounds. What takes minutes is measured once. Before
each run of whatever engine, 3 GB of memory are touched and given back to the system: a virtual machine may have lent
its free memory to the host, and would get it back at about a second for each gigabyte, in the middle of the run.

The SQL was written by hand for exactly this matrix and uses what this data offers: shared cutoffs at midnight and no
late event. It reads events once, adds them up per account, event and segment of time between the edges of all windows,
keeps distinct values as bits per segment, and turns the narrow table into the wide one last. Beyond 25 million events
it takes parts of the accounts one after the other. `pqlml` needs none of these premises: it takes any cutoff per
account, and events that were known late.

With more cutoffs events are read, ordered and added up once all the same. What grows is the table: 26 cutoffs have five
times the cells of 4.

Featuretools loads its tables before its time counts. Its cutoffs are label times of Compose; a window is one pass.
"""

HEADINGS: Final = ("engine", "median", "of pqlml's time", "peak memory", "runs")


def write_page(results: Mapping[str, Any], page: Path) -> None:
    """Write the page."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    figures = ((f"`{name}`", f"{value:,}") for name, value in results["summary"].items())
    text = [HEAD, *_sections(results["rows"]), "## What it comes to\n\n", *_table(("figure", "value"), figures)]
    if "first_use_seconds" in results:
        seconds = results["first_use_seconds"]
        text.append(
            f"\nThe loops are compiled on their first use on a machine, and kept on disk: a fresh process that found\n"
            f"none took {seconds} s for a table of 20,000 events.\n"
        )
    text.append(
        f"\nMeasured on {machine['cores']} cores ({machine['architecture']}) with {machine['memory_gib']} GiB; "
        f"Python {machine['python']}, {versions}.\nThe figures of every run, and the load of the machine around them, "
        f"are in `benchmarks/results/features.json`.\n"
    )
    page.write_text("".join(text), "utf-8")


def _sections(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    groups: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["part"], row["cutoffs"]), []).append(row)
    for mine in groups.values():
        first = mine[0]
        yield (
            f"\n### {first['events']:,} events, {first['accounts']:,} accounts, {first['cutoffs']} cutoffs: "
            f"{first['rows']:,} rows\n\n"
        )
        yield from _table(HEADINGS, (_line(row, mine) for row in mine))
    yield "\n"


def _line(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    fresh = ", fresh process" if row["fresh_process"] else ""
    ours = [one for one in rows if one["engine"] == "kernel" and one["fresh_process"] == row["fresh_process"]]
    ratio = ""
    if ours:
        pairs = sorted(mine / base for mine, base in zip(row["runs"], ours[0]["runs"], strict=True))
        ratio = f"{pairs[len(pairs) // 2]:.1f}"
    memory = f"{row['peak_gb']:.2f} GB"
    return f"{NAMES[row['engine']]}{fresh}", f"{row['seconds']:.2f} s", ratio, memory, str(len(row["runs"]))


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterable[str]:
    for line in (head, ["---"] * len(head), *lines):
        yield f"| {' | '.join(line)} |\n"

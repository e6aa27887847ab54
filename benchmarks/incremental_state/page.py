"""The figures in the page of the documentation, between two marks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

BEGIN: Final = "<!-- figures: written by make benchmark-incremental -->"
END: Final = "<!-- end of figures -->"
HEADINGS: Final = ("events", "accounts", "full build", "one more day", "share", "share of processor time", "state")


def write_page(found: Mapping[str, Any], page: Path) -> None:
    """Put the figures into the page, in the place of what stood between the marks."""
    before, rest = page.read_text("utf-8").split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{''.join(_lines(found))}{END}{after}", "utf-8")


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    machine, rows = found["machine"], found.get("rows", [])
    yield "\n## What it costs\n\n"
    if rows:
        first = rows[0]
        yield _filled(
            f"A state of {first['base_days']} days of generated usage, to which days are added, each beside a full",
            f"build of all days so far; {first['features']} features of every account at midnight, compared to the",
            "last bit. In the time of both: reading files, checks, and the table in memory; of the day also: writing",
            "the state.",
            f"Medians of {first['runs']} days and of their ratios, on {machine['cores']} cores.",
        )
        for line in (HEADINGS, ["---"] * len(HEADINGS), *map(_row, rows)):
            yield f"| {' | '.join(line)} |\n"
        yield "\n"
    lives = found.get("sequences")
    if lives:
        yield _filled(
            f"{lives['sequences']:,} random lives of a source, of {lives['steps']:,} changes (days, late, repeated and",
            f"deleted events, forgotten accounts and users; {lives['repaired_days']:,} days repaired), gave",
            f"{lives['values']:,} values, all of them equal to those of a full build, to the last bit.",
        )


def _filled(*text: str) -> str:
    return f"{textwrap.fill(' '.join(text), 120)}\n\n"


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{row['events']:,}",
        f"{row['accounts']:,}",
        f"{row['full_seconds']:.1f} s",
        f"{row['day_seconds']:.2f} s",
        f"{row['day_over_full']:.1%}",
        f"{row['processor_day_over_full']:.1%}",
        f"{row['state_mb']:,} MB",
    )

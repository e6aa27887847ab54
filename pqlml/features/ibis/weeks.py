"""Blocks of seven days, counted back from the cutoff.

Cutoffs that lie whole weeks apart share their blocks, and so are counted together: they have the same phase.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.types as ir

from pqlml.features.ibis.distinct import bits_of, counted, sets_of
from pqlml.features.ibis.parts import ONE, ZERO, Given, Named, Part, chosen, has_columns, numbered, running
from pqlml.features.ibis.records import WEEK

_FAR = 600_000
"""Weeks, about 11,500 years: added, so that no negative number is divided."""


def week_parts(given: Given, named: Named) -> Iterator[Part]:
    """Yield a part for numbers of weeks, and one for weeks in a row."""
    weeks, streaks = chosen(named, "weeks"), chosen(named, "week_streak")
    if weeks:
        yield counted(given, _blocks(given, weeks), weeks, ("line", "phase"))
    if streaks:
        yield _streaks(given, streaks)


def _blocks(given: Given, named: Named) -> ir.Table:
    """Return the bits of each (line, phase, block); blocks are numbered back from the phase."""
    phases = given.asked.select("line", "phase").distinct()
    records = given.records.join(phases, "line")
    # One microsecond less: an event that is exactly a week old belongs to the first block.
    age = records.phase - records.moment - 1 + _FAR * WEEK
    block = ((age - age % WEEK) / WEEK).round().cast("int64") - _FAR
    return bits_of(records, {"block": block, "phase": records.phase}, sets_of(named.values()))


def _streaks(given: Given, named: Named) -> Part:
    """Count the blocks whose number is that of the newer ones that have an event."""
    joined = _blocks(given, named).join(given.asked, ["line", "phase"])
    blocks = joined.select("row_id", back=joined.weeks + joined.block, **has_columns(joined, named))
    newer = {f"newer_{name}": running(blocks, f"has_{name}", blocks.back) - 1 for name in named}
    blocks = blocks.mutate(**newer)
    columns = {
        name: ((blocks[f"has_{name}"] == 1) & (blocks.back == blocks[f"newer_{name}"])).ifelse(ONE, ZERO).sum()
        for name in named
    }
    return Part(blocks.group_by("row_id").agg(**columns), {name: numbered(name) for name in named})

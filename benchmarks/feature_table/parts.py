"""What is measured: sizes, calendars, and who takes part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AT_HOME: Final = ("kernel", "sql", "ibis", "polars", "pandas")
ENGINES: Final = (*AT_HOME, "featuretools")


@dataclass(frozen=True)
class Part:
    """One size of data, and the lanes that build the matrix on it: engine, calendar, whether in fresh processes."""

    events: int
    accounts: int
    lanes: tuple[tuple[str, str, bool], ...]
    repeated: bool = True


def _all(calendar: str, *engines: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((engine, calendar, False) for engine in engines or AT_HOME)


_FRESH: Final = (("kernel", "monthly", True), ("sql", "monthly", True))

WARM_UP: Final = Part(20_000, 200, ())
PARTS: Final = {
    "1m": Part(1_000_000, 10_000, (*_all("monthly"), *_FRESH, *_all("weekly"))),
    "10m": Part(10_000_000, 100_000, (*_all("monthly"), *_FRESH, *_all("weekly", "kernel"))),
    "200_cutoffs": Part(100_000, 1_000, _all("scattered", "kernel", "featuretools"), repeated=False),
    "100m": Part(100_000_000, 1_000_000, _all("monthly", "kernel", "sql"), repeated=False),
}

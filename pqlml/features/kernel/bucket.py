"""One bucket of entities: from its records to the values of its pairs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import numpy as np

from pqlml.features.kernel import tallies
from pqlml.features.kernel.exact import NULL, Doubles, Flags, Integers, differences
from pqlml.features.kernel.labels import label_days, label_values
from pqlml.features.kernel.layout import DAY, key_of
from pqlml.features.kernel.lines import Pairs, lines_of
from pqlml.features.kernel.plan import Plan
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS, Feature
from pqlml.times import DAY_MICROSECONDS

_MINUTE_MICROSECONDS = 60 * 1_000_000

Tally = TypeVar("Tally")


class Bucket:
    """Events and pairs of some entities; what several features share is tallied once.

    Parameters
    ----------
    records
        All events of the entities, in any order.
    pairs
        The pairs of the entities, which are numbered from ``first`` on.
    """

    def __init__(self, plan: Plan, records: Integers, pairs: Pairs, first: int) -> None:
        self._plan = plan
        self._lines = lines_of(records, plan.layout.known_position, pairs, first)
        self._ordered = records[self._lines.order]
        self._ts = self._column(0)
        code = self._column(2)
        self._which = np.where(code < plan.chosen.shape[1], code, 0)
        self._bounds = (self._lines.start, self._lines.pairs.start)
        self._ends = tallies.find_edges(self._ts, *self._bounds, self._lines.pairs.cutoff, plan.lengths)
        self._kept: dict[Hashable, object] = {}

    @property
    def rows(self) -> Integers:
        """The row in the result of each pair; values come in this order."""
        return self._lines.pairs.row

    def values(self, feature: Feature) -> Doubles | Integers:  # noqa: PLR0911 - one return per aggregate
        """Return the feature's value of each pair; NaN = null."""
        match feature.aggregate:
            case "count":
                return self._events(feature, feature.window_days)
            case "trend":
                return self._trend(feature)
            case "recency" | "first":
                return self._age(feature)
            case "sum" | "mean":
                return self._total(feature)
            case "streak":
                longest = tallies.longest_runs(self._ts, *self._chosen(feature), *self._bounds, self._ends[-1])
                return _where(longest > 0, longest)
            case "weeks":
                return self._blocks(feature)
            case "session_minutes":
                return self._minutes(feature)
            case _:
                return self._different(feature)

    def _events(self, feature: Feature, window_days: int | None) -> Integers:
        plan = self._plan
        before = self._once(
            "events",
            lambda: tallies.count_sets(
                self._which, *self._bounds, plan.sets_from, plan.sets_of, len(plan.sets), self._ends
            ),
        )
        chosen = plan.sets[feature.events]
        return before[-1, :, chosen] - before[plan.windows[window_days], :, chosen]

    def _trend(self, feature: Feature) -> Doubles:
        recent, month = (self._events(feature, days).astype(np.float64) for days in (TREND_SHORT_DAYS, TREND_LONG_DAYS))
        earlier_rate = (month - recent + 1) / (TREND_LONG_DAYS - TREND_SHORT_DAYS)
        return _where(month > 0, recent / TREND_SHORT_DAYS / earlier_rate)

    def _age(self, feature: Feature) -> Doubles:
        """Days from the last event to the cutoff, or from sign-up to the first."""
        plan, pairs = self._plan, self._lines.pairs
        first, last = self._once(
            "first and last",
            lambda: tallies.first_and_last(
                self._ts, self._which, *self._bounds, plan.sets_from, plan.sets_of, len(plan.sets), self._ends[-1]
            ),
        )
        chosen = plan.sets[feature.events]
        if feature.aggregate == "recency":
            return _where(last[:, chosen] != NULL, (pairs.cutoff - last[:, chosen]) / DAY_MICROSECONDS)
        known = (first[:, chosen] != NULL) & (pairs.signup != NULL)
        return _where(known, (first[:, chosen] - pairs.signup) / DAY_MICROSECONDS)

    def _total(self, feature: Feature) -> Doubles:
        column = self._plan.layout.property_position(f"p_{feature.source}")
        high, low, valued = self._once(
            ("total", feature.source, feature.events),
            lambda: tallies.add_up(
                self._column(column + 1),
                self._column(column).view(np.uint64),
                *self._chosen(feature),
                *self._bounds,
                self._ends,
            ),
        )
        window = self._window(feature)
        total: Doubles = differences(high[-1], low[-1], high[window], low[window])
        if feature.aggregate == "sum":
            return total
        number = valued[-1] - valued[window]
        return _where(number > 0, total / np.maximum(number, 1))

    def _different(self, feature: Feature) -> Integers:
        """Return how many different values have an event in the window."""
        neighbours = self._neighbours(feature)
        totals = self._once(
            ("different", key_of(feature), feature.events),
            lambda: tallies.total_of_values(np.ones_like(self._ts), *neighbours, *self._bounds, self._ends),
        )
        different: Integers = totals[self._window(feature)]
        return different

    def _minutes(self, feature: Feature) -> Doubles:
        previous, following = self._neighbours(feature)
        lasted = self._once(
            ("lasted", feature.events),
            lambda: tallies.total_of_values(
                tallies.ages(self._ts, previous), previous, following, *self._bounds, self._ends
            ),
        )
        sessions = self._different(feature)
        minutes = lasted[self._window(feature)] / _MINUTE_MICROSECONDS
        return _where(sessions > 0, minutes / np.maximum(sessions, 1))

    def _neighbours(self, feature: Feature) -> tuple[Integers, Integers]:
        key = key_of(feature)
        return self._once(
            ("neighbours", key, feature.events),
            lambda: tallies.neighbours(self._labels(key), *self._chosen(feature), self._lines.start),
        )

    def _labels(self, key: str | None) -> Integers:
        start = self._lines.start
        if key == DAY:
            return self._once("days", lambda: label_days(self._ts, start))
        column = self._plan.layout.key_position(str(key))
        return self._once(("labels", key), lambda: label_values(self._column(column), start))

    def _blocks(self, feature: Feature) -> Integers:
        tally = self._once(
            ("blocks", feature.events),
            lambda: tallies.count_blocks(
                self._ts, *self._chosen(feature), *self._bounds, self._lines.pairs.cutoff, self._ends
            ),
        )
        blocks: Integers = tally[self._window(feature)]
        return blocks

    def _once(self, name: Hashable, make: Callable[[], Tally]) -> Tally:
        """Return what was made under that name, or make it."""
        if name not in self._kept:
            self._kept[name] = make()
        return cast("Tally", self._kept[name])

    def _column(self, position: int) -> Integers:
        return np.ascontiguousarray(self._ordered[:, position])

    def _chosen(self, feature: Feature) -> tuple[Integers, Flags]:
        """Class of each event, and whether a class counts for the feature."""
        return self._which, self._plan.chosen[self._plan.sets[feature.events]]

    def _window(self, feature: Feature) -> int:
        return self._plan.windows[feature.window_days]


def _where(known: Flags, values: Doubles | Integers) -> Doubles:
    """Return the values, null where they are not known."""
    return np.where(known, values, np.nan)

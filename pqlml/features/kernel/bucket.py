"""One bucket of entities: from its records to the values of its pairs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import numpy as np

from pqlml.features.kernel import sequences, tallies
from pqlml.features.kernel.exact import NULL, Doubles, Flags, Integers, Unsigned, decimals, differences
from pqlml.features.kernel.labels import label_days, label_values
from pqlml.features.kernel.layout import DAY, key_of
from pqlml.features.kernel.lines import Pairs, in_order, lines_of
from pqlml.features.kernel.plan import Plan
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS, Feature
from pqlml.times import DAY_MICROSECONDS

_MINUTE_MICROSECONDS = 60 * 1_000_000

Made = TypeVar("Made")


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
        lines = lines_of(records, plan.layout.known_position, pairs, first)
        self._pairs = lines.pairs
        self._starts = (lines.start, lines.pairs.start)
        self._columns = in_order(records, lines.order)
        self._ts = self._columns[0]
        code = self._columns[2]
        self._which = np.where(code < plan.chosen.shape[1], code, 0)
        self._ends = tallies.find_edges(self._ts, *self._starts, lines.pairs.cutoff)
        self._kept: dict[Hashable, object] = {}

    @property
    def rows(self) -> Integers:
        """The row in the result of each pair; values come in this order."""
        return self._pairs.row

    def values(self, feature: Feature) -> Doubles | Integers:  # noqa: C901, PLR0911 - one return per aggregate
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
                longest = tallies.longest_runs(self._ts, *self._counted(feature), *self._starts, self._ends)
                return _where(longest > 0, longest)
            case "weeks":
                cutoff = self._pairs.cutoff
                return tallies.count_blocks(self._ts, *self._counted(feature), cutoff, *self._window(feature))
            case "session_minutes":
                return self._minutes(feature)
            case "newest" | "largest":
                return self._single(feature)
            case "current_streak" | "week_streak" | "regularity" | "early":
                return self._rhythm(feature)
            case "top_share":
                return sequences.top_shares(
                    self._labels(feature), *self._counted(feature), *self._starts, *self._window(feature)
                )
            case _:
                return self._different(feature)

    def _amounts(self, feature: Feature) -> Doubles:
        """Return the feature's property of each event; NaN = null."""

        def read() -> Doubles:
            high, low = self._decimals(feature)
            return _where(high != NULL, differences(high, low, np.zeros_like(high), np.zeros_like(low)))

        return self._once(("amounts", feature.source), read)

    def _decimals(self, feature: Feature) -> tuple[Integers, Unsigned]:
        """Return the feature's property of each event in two limbs."""
        position = self._plan.layout.property_position(f"p_{feature.source}")
        return self._once(("decimals", feature.source), lambda: decimals(self._columns[position].view(np.float64)))

    def _window(self, feature: Feature) -> tuple[Integers, Integers]:
        """Return the first event in the window of each pair, and the first at or after its cutoff."""
        return self._begins(feature.window_days), self._ends

    def _begins(self, window_days: int | None) -> Integers:
        """Return the first event in the window of each pair."""
        start, pairs = self._starts
        if window_days is None:
            return self._once("all", lambda: start[:-1].repeat(np.diff(pairs)))
        edges = self._pairs.cutoff - window_days * DAY_MICROSECONDS
        return self._once(("begins", window_days), lambda: tallies.find_edges(self._ts, start, pairs, edges))

    def _events(self, feature: Feature, window_days: int | None) -> Doubles:
        mine = self._plan.counted

        def count() -> Doubles:
            window = (self._begins(window_days), self._ends)
            return tallies.count_sets(self._which, *self._starts, *mine.by_class, len(mine.sets), *window)

        by_set = self._once(("events", window_days), count)
        events: Doubles = by_set[mine.sets[feature.events]]
        return events

    def _trend(self, feature: Feature) -> Doubles:
        recent, month = (self._events(feature, days) for days in (TREND_SHORT_DAYS, TREND_LONG_DAYS))
        return tallies.compare_rates(recent, month)

    def _age(self, feature: Feature) -> Doubles:
        """Return the days from the last event to the cutoff, or from sign-up to the first."""
        first, last = self._once("first and last", self._first_and_last)
        chosen = self._plan.timed.sets[feature.events]
        if feature.aggregate == "recency":
            return tallies.days_between(self._pairs.cutoff, last[chosen])
        return tallies.days_between(first[chosen], self._pairs.signup)

    def _first_and_last(self) -> tuple[Integers, Integers]:
        mine = self._plan.timed
        return tallies.first_and_last(self._ts, self._which, *self._starts, *mine.by_class, len(mine.sets), self._ends)

    def _total(self, feature: Feature) -> Doubles:
        def before(ends: Integers) -> tallies.Sums:
            return tallies.add_up(*self._decimals(feature), *self._counted(feature), *self._starts, ends)

        about = (feature.source, feature.events)
        reached = self._once((*about, "before the cutoff"), lambda: before(self._ends))
        left = self._once((*about, feature.window_days), lambda: before(self._begins(feature.window_days)))
        total = differences(reached.high, reached.low, left.high, left.low)
        if feature.aggregate == "sum":
            return total
        number = reached.number - left.number
        return _where(number > 0, total / np.maximum(number, 1))

    def _single(self, feature: Feature) -> Doubles:
        """Return the value of one event: the newest, or the one with the largest value."""
        amount, counted = self._amounts(feature), self._counted(feature)
        if feature.aggregate == "newest":
            return sequences.newest_values(self._ts, amount, *counted, *self._starts, self._ends)
        return sequences.largest_values(amount, *counted, *self._starts, *self._window(feature))

    def _rhythm(self, feature: Feature) -> Doubles | Integers:
        """Return what the order of the active days tells."""
        pairs, events = self._pairs, (self._ts, *self._counted(feature))
        match feature.aggregate:
            case "current_streak":
                return sequences.current_runs(*events, *self._starts, pairs.cutoff, self._ends)
            case "week_streak":
                return sequences.unbroken_blocks(*events, *self._starts, pairs.cutoff, self._ends)
            case "regularity":
                return sequences.spread_of_gaps(*events, *self._window(feature))
            case _:
                length = (feature.window_days or 0) * DAY_MICROSECONDS
                return sequences.count_early(*events, *self._starts, pairs.signup, length, self._ends)

    def _different(self, feature: Feature) -> Integers:
        """Return how many different values have an event in the window."""
        window = self._window(feature)
        if key_of(feature) == DAY and feature.events is None:  # every event counts, and days ascend
            return tallies.count_numbered(self._labels(feature), *window)
        return self._once(
            ("different", key_of(feature), feature.events, feature.window_days),
            lambda: tallies.count_values(self._neighbours(feature), *self._starts, *window),
        )

    def _minutes(self, feature: Feature) -> Doubles:
        lasted = self._once(("lasted", feature.events), lambda: self._lasted(self._neighbours(feature).previous))
        minutes = self._total_of_values(feature, *lasted) / _MINUTE_MICROSECONDS
        sessions = self._different(feature)
        return _where(sessions > 0, minutes / np.maximum(sessions, 1))

    def _lasted(self, previous: Integers) -> tuple[Integers, Integers]:
        """Return the microseconds from the first event with the same value to each event, and from the previous one."""
        return tallies.ages(self._ts, previous), self._ts - self._ts[previous]

    def _total_of_values(self, feature: Feature, weight: Integers, gain: Integers) -> Integers:
        return tallies.total_of_values(weight, gain, self._neighbours(feature), *self._starts, *self._window(feature))

    def _neighbours(self, feature: Feature) -> tallies.Neighbours:
        key = key_of(feature)

        def find() -> tallies.Neighbours:
            return tallies.find_neighbours(self._labels(feature), *self._counted(feature), self._starts[0])

        return self._once(("neighbours", key, feature.events), find)

    def _labels(self, feature: Feature) -> Integers:
        """Return the number of each event's value of the feature's key, within its line; -1 = null."""
        key = str(key_of(feature))
        return self._once(("labels", key), lambda: self._label(key))

    def _label(self, key: str) -> Integers:
        if key == DAY:
            return label_days(self._ts, self._starts[0])
        return label_values(self._columns[self._plan.layout.key_position(key)], self._starts[0])

    def _counted(self, feature: Feature) -> tuple[Integers, Flags]:
        """Return the class of each event, and whether a class counts for the feature."""
        return self._which, self._plan.chosen[self._plan.sets[feature.events]]

    def _once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made under that name, or make it."""
        if name not in self._kept:
            self._kept[name] = make()
        return cast("Made", self._kept[name])


def _where(known: Flags, values: Doubles | Integers) -> Doubles:
    """Return the values, null where they are not known."""
    return np.where(known, values, np.nan)

"""One bucket of entities: from its records to the values of its pairs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import numpy as np

from pqlml.features.kernel import neighbours, sequences, tallies
from pqlml.features.kernel.counting import Classes, count_into, is_counted, trend_of_all
from pqlml.features.kernel.exact import NULL, Doubles, Flags, Integers, Unsigned, decimals, differences
from pqlml.features.kernel.labels import label_days, label_values
from pqlml.features.kernel.layout import DAY, key_of
from pqlml.features.kernel.lines import Pairs, in_order, lines_of
from pqlml.features.kernel.plan import Plan
from pqlml.features.kernel.values import Values
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
        """The row of each pair, as it was given; this is the order of the pairs here."""
        return self._pairs.row

    def write(self, values: Values, rows: Integers) -> None:
        """Write the values of all features of the plan.

        Parameters
        ----------
        rows
            Where the values of each pair go.
        """
        self._count_into(values, rows)
        places = _as_slice(rows)
        for feature, column in zip(self._plan.features, values.columns, strict=True):
            if not is_counted(feature):
                column[places] = self._values(feature)

    def _count_into(self, values: Values, rows: Integers) -> None:
        counting = self._plan.counting
        if not counting.windows:
            return
        begins = np.stack([self._begins(days) for days in counting.windows])
        line = Classes(self._which, *self._starts)
        count_into(values, rows, (counting, self._plan.counted), line, begins, self._ends)

    def _values(self, feature: Feature) -> Doubles | Integers:  # noqa: C901, PLR0911 - one return per aggregate
        """Return the feature's value of each pair; NaN = null."""
        match feature.aggregate:
            case "count":
                return self._events(feature.window_days)
            case "trend":
                return trend_of_all(self._events(TREND_SHORT_DAYS), self._events(TREND_LONG_DAYS))
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

    def _events(self, window_days: int | None) -> Integers:
        """Return how many events there are in the window, whatever they are."""
        return self._ends - self._begins(window_days)

    def _age(self, feature: Feature) -> Doubles:
        """Return the days from the last event to the cutoff, or from sign-up to the first."""
        if feature.events is None:  # every event counts
            begins = self._begins(None)
            first, last = self._once("ends of lines", lambda: tallies.ends_of(self._ts, begins, self._ends))
        else:
            chosen = self._plan.timed.sets[feature.events]
            first, last = (times[chosen] for times in self._once("first and last", self._first_and_last))
        if feature.aggregate == "recency":
            return tallies.days_between(self._pairs.cutoff, last)
        return tallies.days_between(first, self._pairs.signup)

    def _first_and_last(self) -> tuple[Integers, Integers]:
        mine = self._plan.timed
        return tallies.first_and_last(
            self._ts, self._which, *self._starts, mine.sets_from, mine.sets_of, len(mine.sets), self._ends
        )

    def _total(self, feature: Feature) -> Doubles:
        high, low, number = self._once(
            ("added up", feature.source, feature.events),
            lambda: tallies.add_up(*self._decimals(feature), *self._counted(feature)),
        )
        begins, ends = self._window(feature)
        total = differences(high[ends], low[ends], high[begins], low[begins])
        if feature.aggregate == "sum":
            return total
        values = number[ends] - number[begins]
        return _where(values > 0, total / np.maximum(values, 1))

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
            return tallies.count_numbered(self._days(), *window)
        return self._once(
            ("different", key_of(feature), feature.events, feature.window_days),
            lambda: neighbours.count_values(self._neighbours(feature), *self._starts, *window),
        )

    def _minutes(self, feature: Feature) -> Doubles:
        lasted = self._once(("lasted", feature.events), lambda: self._lasted(self._neighbours(feature).previous))
        minutes = self._total_of_values(feature, *lasted) / _MINUTE_MICROSECONDS
        sessions = self._different(feature)
        return _where(sessions > 0, minutes / np.maximum(sessions, 1))

    def _lasted(self, previous: Integers) -> tuple[Integers, Integers]:
        """Return the microseconds from the first event with the same value to each event, and from the previous one."""
        return neighbours.ages(self._ts, previous), self._ts - self._ts[previous]

    def _total_of_values(self, feature: Feature, weight: Integers, gain: Integers) -> Integers:
        return neighbours.total_of_values(
            weight, gain, self._neighbours(feature), *self._starts, *self._window(feature)
        )

    def _neighbours(self, feature: Feature) -> neighbours.Neighbours:
        key = str(key_of(feature))

        def find() -> neighbours.Neighbours:
            return neighbours.find_neighbours(self._values_of(key), *self._counted(feature), self._starts[0])

        return self._once(("neighbours", key, feature.events), find)

    def _values_of(self, key: str) -> Integers:
        """Return each event's value of a key; 0 = null."""
        if key == DAY:
            return self._days() + 1
        column: Integers = self._columns[self._plan.layout.key_position(key)]
        return column

    def _labels(self, feature: Feature) -> Integers:
        """Return the number of each event's value of the feature's key, within its line; -1 = null."""
        key = str(key_of(feature))
        return self._once(("labels", key), lambda: label_values(self._values_of(key), self._starts[0]))

    def _days(self) -> Integers:
        """Return the number of each event's day, within its line."""
        return self._once("days", lambda: label_days(self._ts, self._starts[0]))

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


def _as_slice(rows: Integers) -> Integers | slice:
    """Return the rows as a slice where they follow each other, as they do when pairs are ordered by entity."""
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows

"""Some pairs and what they see: the values of one feature after the other, what features share computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import numpy as np

from pqlml.features.kernel.exact import NULL, Doubles, Flags, Integers, differences
from pqlml.features.kernel.layout import DAY
from pqlml.features.kernel.plan import Plan
from pqlml.features.kernel.tallies import days_between
from pqlml.features.spec import Feature
from pqlml.features.store import loops
from pqlml.features.store.history import History
from pqlml.features.store.needs import TOTALS, Need, need_of
from pqlml.features.store.tallies import Tally
from pqlml.times import DAY_MICROSECONDS

_MINUTE_MICROSECONDS = 60 * 1_000_000

Made = TypeVar("Made")


class View:
    """Pairs that see the past whole.

    Parameters
    ----------
    history
        Its codes of events are those of the plan.
    """

    def __init__(self, plan: Plan, history: History, asked: loops.Asked) -> None:
        self._plan, self._history, self._asked = plan, history, asked
        begin = np.concatenate([[0], plan.chosen.sum(axis=0).cumsum()])
        of = np.nonzero(plan.chosen.T)[1]
        self._sets = loops.Sets(begin, of, len(plan.sets), history.codes + 1)
        self._kept: dict[Hashable, object] = {}

    def values(self, feature: Feature) -> Doubles | Integers:
        """Return the value of each pair of a feature that tallies make; NaN = null."""
        match feature.aggregate:
            case "count" | "events" | "recency" | "first":
                return self._total(feature)
            case "sum" | "mean":
                return self._sum(feature)
            case "streak":
                longest = loops.longest_runs(self._tally(feature), self._asked, self._different(feature))
                return _where(longest > 0, longest)
            case "session_minutes":
                number, lasted = self._sessions(feature)
                return _where(number > 0, lasted / _MINUTE_MICROSECONDS / np.maximum(number, 1))
            case _:
                return loops.count_values(self._tally(feature), self._asked, *self._recent(feature))

    def _total(self, feature: Feature) -> Doubles:
        history, chosen = self._history, self._plan.sets[feature.events]
        found = self._once(
            "totals", lambda: loops.totals(history.tallies[TOTALS], history.newer, self._asked, self._sets)
        )
        match feature.aggregate:
            case "count" | "events":
                number: Doubles = (found.events if feature.aggregate == "count" else found.names)[chosen]
                return number
            case "recency":
                return days_between(self._asked.cutoff, found.last[chosen])
            case _:
                return days_between(found.first[chosen], self._asked.signup)

    def _sum(self, feature: Feature) -> Doubles:
        history = self._history

        def add() -> tuple[Doubles, Integers]:
            place, kept = history.layout.property_position(f"p_{feature.source}"), self._tally(feature)
            found, number = loops.sums(kept, history.newer, place, self._asked, self._chosen(feature.events))
            nothing = np.zeros_like(found.high), np.zeros_like(found.low)
            return differences(*found, *nothing), number

        total, number = self._once(("sum", feature.source, feature.events), add)
        return total if feature.aggregate == "sum" else _where(number > 0, total / np.maximum(number, 1))

    def _sessions(self, feature: Feature) -> tuple[Integers, Integers]:
        cutoff, window = self._asked.cutoff, feature.window_days
        since = np.full_like(cutoff, NULL) if window is None else cutoff - window * DAY_MICROSECONDS
        return loops.session_lengths(self._tally(feature), self._asked, *self._recent(feature), since)

    def _recent(self, feature: Feature) -> tuple[loops.Different, Integers]:
        """Return the different values among the newer records, and the row of each among those that are kept."""
        recent = self._different(feature)
        return recent, self._once(
            ("kept", need_of(feature)), lambda: loops.kept_rows(self._tally(feature), self._asked, recent)
        )

    def _different(self, feature: Feature) -> loops.Different:
        """Return the different values among the newer records of what the feature counts."""
        found = self._once("different", self._all_different)
        return found[cast("Need", need_of(feature))]

    def _all_different(self) -> dict[Need, loops.Different]:
        """Find the different values for all features at once."""
        history, needs = self._history, list(dict.fromkeys(filter(None, map(need_of, self._plan.features))))
        needs = [need for need in needs if need.kind in {"values", "sessions"}]
        places = [
            loops.BY_DAY if need.column == DAY else history.layout.key_position(str(need.column)) for need in needs
        ]
        chosen = np.stack([self._chosen(need.events) for need in needs])
        found = loops.different(history.newer, self._asked, np.array(places), chosen)
        return {need: loops.Different(*(column[number] for column in found)) for number, need in enumerate(needs)}

    def _tally(self, feature: Feature) -> Tally:
        return self._history.tallies[cast("Need", need_of(feature))]

    def _chosen(self, events: tuple[str, ...] | None) -> Flags:
        chosen: Flags = self._plan.chosen[self._plan.sets[events]]
        return chosen

    def _once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made under that name, or make it."""
        if name not in self._kept:
            self._kept[name] = make()
        return cast("Made", self._kept[name])


def _where(known: Flags, values: Doubles | Integers) -> Doubles:
    """Return the values, null where they are not known."""
    return np.where(known, values, np.nan)

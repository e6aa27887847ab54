"""Moments that matter: which action, how often, in how many days of sign-up, goes together with later conversion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pqlml.errors import NotEnoughDataError
from pqlml.review.association import Bools, Found, Ints, Search, combined, equal_parts, one_sided, search, stratified_z
from pqlml.review.effect import Effect, effect
from pqlml.review.experiment import experiment
from pqlml.review.first_days import Action, FirstDays
from pqlml.review.moments import Condition, FoundMoments, Moment, Rule
from pqlml.times import DAY_SECONDS

DAYS: Final = (1, 3, 5, 7, 10, 14, 28)
COUNTS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100)
PAIRED_COUNTS: Final = frozenset({1, 2, 3, 5, 10})
SHUFFLES: Final = 299
LEVEL: Final = 0.05
MOST_MOMENTS: Final = 5
EARLIER: Final = 0.6
"""Share of the sign-ups that is searched; the later ones confirm."""
_LEAST_CONVERSIONS: Final = 20
_LEAST_SUPPORT: Final = 15
_SUPPORT_SHARE: Final = 0.005
_STRATA: Final = 20
_IN_A_STRATUM: Final = 50
_HARDLY_WORSE: Final = 3.84
"""Likelihood ratio within which two rules are told apart by less than 95 in 100."""
_ONLY_SHOWN: Final = 5


@dataclass(frozen=True)
class _Grid:
    """The rules that are tried on one window: the earlier sign-ups' search, and which rules its places stand for."""

    window: FirstDays
    earlier: Bools
    rules: tuple[tuple[tuple[int, int], ...], ...]
    given: Search
    found: Found


def find_moments(
    actions: Sequence[Action], windows: Sequence[FirstDays], horizon_days: float, *, seed: int = 0
) -> FoundMoments:
    """Search the earlier sign-ups for rules, and confirm them on the later ones.

    Each rule is judged among entities that were equally active in the same days: whoever does more of everything does
    more of this too, and converts more often. The strongest rule counts if a search of the same size, over outcomes
    that are shuffled among equally active entities, finds one as strong in less than 5 of 100. A further rule must hold
    among entities that are alike in the rules found before. A pair must beat the strongest single by more than the
    larger number of pairs explains.

    Raises
    ------
    NotEnoughDataError
        If fewer than 20 entities converted after the first days.
    """
    usable = [window for window in windows if window.converted.sum() >= _LEAST_CONVERSIONS]
    if not usable:
        most = max((int(window.converted.sum()) for window in windows), default=0)
        msg = (
            f"at most {most} entities converted after their first days; a search needs {_LEAST_CONVERSIONS}. Ask for "
            f"fewer days, a longer 'conversion.horizon_days', or collect more data."
        )
        raise NotEnoughDataError(msg)
    split_at = min(np.quantile(window.signup_at.astype(np.int64), EARLIER) for window in usable)
    split = np.datetime64(int(split_at), "us")
    taken: list[Rule] = []
    moments: list[Moment] = []
    first: list[_Grid] = []
    while len(moments) < MOST_MOMENTS:
        rng = np.random.default_rng([seed, len(moments)])
        grids = [_searched(actions, window, split, taken, rng) for window in usable]
        grids = [grid for grid in grids if grid.rules]
        first = first or grids
        best = _strongest(grids)
        if best is None:
            break
        grid, place = best
        chance = _chance(grids, float(grid.found.surprise[place]))
        if chance >= LEVEL:
            break
        moments.append(_moment(actions, grids, grid, place, chance, horizon_days))
        taken.append(moments[-1].rule)
    return FoundMoments(
        split.astype(object),
        sum(len(grid.rules) for grid in first),
        frozenset(action.name for action in actions if action.signal),
        tuple(actions),
        tuple(moments),
        tuple(_only_activity(actions, first, taken)),
        {
            window.days: {
                "looked_at": len(window.entity),
                "converted": int(window.converted.sum()),
                **window.dropped,
            }
            for window in windows
        },
    )


def equally_active(window: FirstDays) -> Ints:
    """Return the group of each entity: those that did about as much in all, on about as many days."""
    parts = int(np.clip(len(window.events) // _IN_A_STRATUM, 1, _STRATA))
    by_events = equal_parts(window.events.astype(np.float64), parts)
    later = np.zeros_like(by_events)
    for part in np.unique(by_events):
        mine = by_events == part
        later[mine] = window.active_days[mine] > np.median(window.active_days[mine])
    return combined(by_events, later)


def _met(window: FirstDays, actions: Sequence[Action], rule: Rule) -> Bools:
    """Tell who meets a rule by the end of these days."""
    place = {action.name: number for number, action in enumerate(actions)}
    met = [window.counts[:, place[one.action.name]] >= one.at_least for one in rule.conditions]
    together: Bools = np.logical_and.reduce(met)
    return together


def _strata(window: FirstDays, actions: Sequence[Action], taken: Sequence[Rule]) -> Ints:
    codes = [equally_active(window), *(_met(window, actions, rule).astype(np.int64) for rule in taken)]
    return combined(*codes)


def _searched(
    actions: Sequence[Action],
    window: FirstDays,
    split: np.datetime64,
    taken: Sequence[Rule],
    rng: np.random.Generator,
) -> _Grid:
    earlier = window.signup_at < split
    counts, hit = window.counts[earlier], window.converted[earlier]
    least = max(_LEAST_SUPPORT, _SUPPORT_SHARE * len(counts))
    used = {condition.action.name for rule in taken for condition in rule.conditions}
    singles = []
    for action in range(counts.shape[1]):
        if actions[action].name in used:
            continue
        for count in COUNTS:
            support = int((counts[:, action] >= count).sum())
            if least <= support <= len(counts) - least:
                singles.append((action, count))
    met = np.column_stack([counts[:, a] >= c for a, c in singles]) if singles else np.zeros((len(counts), 0), bool)
    paired = [number for number, (_, count) in enumerate(singles) if count in PAIRED_COUNTS]
    pairs = np.array(
        [(i, j) for n, i in enumerate(paired) for j in paired[n + 1 :] if singles[i][0] != singles[j][0]], np.int64
    ).reshape(-1, 2)
    given = Search(met.astype(np.float32), _strata(window, actions, taken)[earlier], hit, pairs)
    rules = (*((one,) for one in singles), *((singles[i], singles[j]) for i, j in pairs))
    return _Grid(window, earlier, tuple(rules), given, search(given, SHUFFLES, rng, least))


def _chance(grids: Sequence[_Grid], surprise: float) -> float:
    best = np.max([grid.found.best_by_chance.max(axis=1) for grid in grids], axis=0)
    return float((1 + (best >= surprise).sum()) / (1 + len(best)))


def _strongest(grids: Sequence[_Grid]) -> tuple[_Grid, int] | None:
    """Return the strongest rule; a pair only if it beats the strongest single by more than its larger search does."""
    best: dict[int, tuple[float, _Grid, int]] = {}
    tried = {1: 0, 2: 0}
    for grid in grids:
        singles = grid.given.met.shape[1]
        for parts, surprise in ((1, grid.found.surprise[:singles]), (2, grid.found.surprise[singles:])):
            tried[parts] += len(surprise)
            if len(surprise) and (parts not in best or surprise.max() > best[parts][0]):
                place = int(surprise.argmax()) + (singles if parts == 2 else 0)  # noqa: PLR2004 - a pair
                best[parts] = float(surprise.max()), grid, place
    if 1 not in best:
        return None
    margin = _HARDLY_WORSE + 2 * np.log(max(tried[2] / max(tried[1], 1), 1))
    chosen = best[2] if 2 in best and best[2][0] > best[1][0] + margin else best[1]  # noqa: PLR2004 - a pair
    return (chosen[1], chosen[2]) if chosen[0] > 0 else None


def _rule(actions: Sequence[Action], grid: _Grid, place: int) -> Rule:
    conditions = tuple(Condition(actions[action], count) for action, count in grid.rules[place])
    return Rule(conditions, grid.window.days)


def _moment(
    actions: Sequence[Action], grids: Sequence[_Grid], grid: _Grid, place: int, chance: float, horizon_days: float
) -> Moment:
    rule, window, later = _rule(actions, grid, place), grid.window, ~grid.earlier
    exposed, strata = _met(window, actions, rule), equally_active(window)
    found = effect(exposed[grid.earlier], window.converted[grid.earlier], strata[grid.earlier])
    measured = effect(exposed[later], window.converted[later], strata[later])
    by_chance = one_sided(stratified_z(exposed[later], window.converted[later], strata[later]))
    return Moment(
        rule,
        chance,
        found,
        measured,
        by_chance,
        "confirmed" if by_chance < LEVEL else "not confirmed",
        _shrinks(measured.crude_ratio, measured.ratio[0]),
        tuple(_alike(actions, grids, rule, float(grid.found.surprise[place]))),
        experiment(measured, _per_week(window), rule.days + horizon_days) if by_chance < LEVEL else None,
    )


def _alike(actions: Sequence[Action], grids: Sequence[_Grid], rule: Rule, surprise: float) -> Iterator[Rule]:
    """Yield the rules over the same actions that are hardly weaker."""
    names = [one.action.name for one in rule.conditions]
    for grid in grids:
        for place in np.flatnonzero(grid.found.surprise >= surprise - _HARDLY_WORSE):
            other = _rule(actions, grid, int(place))
            if other != rule and [one.action.name for one in other.conditions] == names:
                yield other


def _only_activity(
    actions: Sequence[Action], grids: Sequence[_Grid], taken: Sequence[Rule]
) -> Iterator[tuple[Rule, Effect]]:
    """Yield the strongest rule of each action that stands out only until equally active entities are compared.

    Then its interval reaches 1; or less than half of its ratio is left, and no more than chance finds in a search of
    this size. An interval above 1 alone is no moment: it knows nothing of the search.
    """
    used = {condition.action.name for rule in taken for condition in rule.conditions}
    tried = sum(grid.given.met.shape[1] for grid in grids)
    looks: dict[str, tuple[float, Rule, _Grid, int]] = {}
    for grid in grids:
        everybody = np.zeros(len(grid.given.hit), np.int64)
        for place in range(grid.given.met.shape[1]):
            rule = _rule(actions, grid, place)
            name = rule.conditions[0].action.name
            z = stratified_z(grid.given.exposed(place), grid.given.hit, everybody)
            if name not in used and (name not in looks or z > looks[name][0]):
                looks[name] = z, rule, grid, place
    shown = 0
    for z, rule, grid, place in sorted(looks.values(), key=lambda item: -item[0]):
        if one_sided(z) * max(tried, 1) >= LEVEL or shown == _ONLY_SHOWN:
            return
        window = grid.window
        measured = effect(_met(window, actions, rule), window.converted, equally_active(window))
        by_chance = _chance(grids, float(grid.found.surprise[place])) >= LEVEL
        if measured.ratio[1] <= 1 or (by_chance and _shrinks(measured.crude_ratio, measured.ratio[0])):
            shown += 1
            yield rule, measured


def _shrinks(crude: float, adjusted: float) -> bool:
    """Tell whether less than half of a ratio is left among equally active entities, on the scale of logarithms."""
    return bool(crude > 1 and np.isfinite(crude) and np.log(max(adjusted, 1e-9)) < 0.5 * np.log(crude))


def _per_week(window: FirstDays) -> float:
    spread = (window.signup_at.max() - window.signup_at.min()) / np.timedelta64(DAY_SECONDS * 7, "s")
    return len(window.entity) / max(float(spread), 1 / 7)

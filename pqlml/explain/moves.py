"""What would move a score: the nearest states that a lead could reach by its own use, each really scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from pqlml.definition import Definition
from pqlml.events.tables import Tables
from pqlml.explain.telling import Telling
from pqlml.features import Feature, build_features
from pqlml.features.hypothetical import Copy, with_copies
from pqlml.features.kinds import selected_by
from pqlml.model.bundle import PropensityModel
from pqlml.model.predict import predict
from pqlml.schema import TIERS, Tier

MOST: Final = 3
"""So many suggestions per lead at most."""

SMALLEST: Final = 0.1
"""What raises a score by less than this many log-odds is no suggestion."""

STEPS: Final = (1, 2, 3, 5)
"""How often more something is tried."""

USUAL_SHARE: Final = 0.95
"""Nobody is asked for more than this share of the leads do in the same window."""


@dataclass(frozen=True)
class Move:
    """A state that the lead could reach, and its score there. An association, not a promise.

    Attributes
    ----------
    signal
        Name of the signal.
    times
        How often more it would happen.
    log_odds, probability, tier
        Of the lead in that state.
    gain
        In log-odds.
    sentence
        In words.
    """

    signal: str
    times: int
    log_odds: float
    probability: float
    tier: Tier
    gain: float
    sentence: str


@dataclass(frozen=True)
class Action:
    """Something that a lead can do: a signal, an event of it, and how often others do it at most.

    Attributes
    ----------
    counted
        The feature that counts it.
    most
        No more than this many times in all, in the window of ``counted``.
    once
        Whether nobody did it more than once: who has done it can't do it again.
    """

    signal: str
    event: str
    noun: str
    counted: Feature
    most: float
    once: bool


def moves(
    model: PropensityModel,
    tables: Tables,
    lead: tuple[str, dt.datetime, dt.datetime | None],
    others: pd.DataFrame,
    telling: Telling,
) -> tuple[Move, ...]:
    """Return the nearest states in which a lead would score higher, at most :data:`MOST`, the best first.

    Only signals of use are varied, never who the lead is, and only as far as other leads go. For each signal the fewest
    further events that reach a better tier are taken; where none do, the fewest that bring nearly all of the gain.
    States that reach a better tier come first.

    Parameters
    ----------
    lead
        ``entity_id``, ``cutoff`` and ``signup_at``.
    others
        Feature table of leads of the same run, which tells how often things usually happen.
    """
    entity, cutoff, signup = lead
    now = Copy(entity, cutoff, signup, "", 0)
    values = _built(model, tables, [now])
    tried = [
        (action, times)
        for action in actions(model, others, telling)
        for times in STEPS
        if _reachable(action, float(values[action.counted.name].iloc[0]), times)
    ]
    if not tried:
        return ()
    copies = [now, *(Copy(entity, cutoff, signup, action.event, times) for action, times in tried)]
    scored = predict(model, _built(model, tables, copies))
    found = [
        _move(action, times, scored.iloc[0], scored.iloc[at], telling)
        for at, (action, times) in enumerate(tried, start=1)
    ]
    own = TIERS.index(scored["tier"].iloc[0])
    best = [_nearest([move for move in found if move.signal == signal], own) for signal in _unique(found)]
    raising = [move for move in best if move.gain >= SMALLEST]
    raising.sort(key=lambda move: (_reaches(move, own) is False, -move.gain))
    return tuple(raising[:MOST])


def actions(model: PropensityModel, others: pd.DataFrame, telling: Telling) -> Iterator[Action]:
    """Yield what leads can do: the signals of use that the model counts, unless nobody does them or they end it."""
    words = {feature.name: feature for feature in telling.features}
    for signal, event in _events(model.definition):
        counted = _counted(model.features, signal)
        if counted is None:
            continue
        usual = others[counted.name].to_numpy(np.float64)
        if usual.max(initial=0.0) > 0:
            most = float(np.quantile(usual[usual > 0], USUAL_SHARE))
            noun = words[counted.name].noun
            yield Action(signal, event, noun, counted, most, once=bool(usual.max() <= 1))


def _events(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield each signal with an event of it that can happen without ending the story."""
    ends = {definition.conversion.event, *definition.population.leaves_on}
    for _, signal, selection in definition.signals.selections():
        names = selected_by(signal, selection.events) if selection.where else selection.events
        usable = [name for name, event in zip(names, selection.events, strict=True) if event not in ends]
        if usable:
            yield signal, usable[0]


def _counted(features: Sequence[Feature], signal: str) -> Feature | None:
    """Return the feature that counts a signal in the longest window up to a month, else in all history."""
    found = [each for each in features if each.name.startswith(f"{signal}.count.")]
    month = [each for each in found if each.window_days is not None and each.window_days <= 31]  # noqa: PLR2004 - a month
    return max(month, key=lambda each: each.window_days or 0) if month else next(iter(found), None)


def _reachable(action: Action, done: float, times: int) -> bool:
    if action.once:
        return done == 0 and times == 1
    return done + times <= max(action.most, 1.0)


def _built(model: PropensityModel, tables: Tables, copies: Sequence[Copy]) -> pd.DataFrame:
    copied, pairs = with_copies(tables, copies)
    return build_features(copied, pairs, model.features)


def _move(action: Action, times: int, now: pd.Series, then: pd.Series, telling: Telling) -> Move:
    share = telling.language.numbers.share
    return Move(
        action.signal,
        times,
        float(then["log_odds"]),
        float(then["probability"]),
        then["tier"],
        float(then["log_odds"] - now["log_odds"]),
        telling.language.text(
            "moves.state",
            noun=action.noun[:1].upper() + action.noun[1:],
            n=times,
            chance=share(float(then["probability"])),
            now=share(float(now["probability"])),
        ),
    )


def _nearest(found: Sequence[Move], own: int) -> Move:
    """Return the fewest events that reach a better tier; else those that bring nine tenths of the largest gain."""
    reaching = [move for move in found if _reaches(move, own)]
    if reaching:
        return reaching[0]
    largest = max(move.gain for move in found)
    return next(move for move in found if move.gain >= 0.9 * largest or move.gain == largest)


def _reaches(move: Move, own: int) -> bool:
    return TIERS.index(move.tier) < own


def _unique(found: Sequence[Move]) -> list[str]:
    return list(dict.fromkeys(move.signal for move in found))

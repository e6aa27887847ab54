"""How use waxes and wanes: hidden phases of an account, and what its active days tell about them.

An account is in one of four phases and changes between them from day to day. Only its active days show. The filter
below turns them, exactly, into the probability of each phase: what an observer with all events can know.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from pqlml.events.simulate.columns import Bools, Floats, Ints

PHASES: Final = ("stopped", "casual", "regular", "heavy")
STOPPED: Final = 0
ACTIVE_RATE: Final = np.array([0.0, 0.08, 0.30, 0.65])
"""Probability of an active day per phase, averaged over the week."""
MOVES: Final = np.array(
    [
        [1.0, 0.0, 0.0, 0.0],
        [0.014, 0.981, 0.005, 0.0],
        [0.012, 0.012, 0.970, 0.006],
        [0.005, 0.0, 0.020, 0.975],
    ]
)
"""Daily probability of moving from the phase of the row to the phase of the column."""
CLOSING_RATE: Final = 0.002
"""Daily probability that an account in the phase ``stopped`` is closed."""


def move(phase: Ints, rng: np.random.Generator) -> Ints:
    """Draw the phase of the next day."""
    edges = np.cumsum(MOVES, axis=1)[:, :-1][phase]
    return np.asarray((rng.random((len(phase), 1)) > edges).sum(axis=1))


def update_belief(belief: Floats, active: Bools, rhythm: Floats) -> Floats:
    """Return the probability of each phase tomorrow (phases x accounts), given today's belief and activity.

    ``rhythm`` is the factor of each account's weekday on the probability of an active day.
    """
    rate = ACTIVE_RATE[:, None] * rhythm
    likelihood = np.where(active, rate, 1 - rate)
    posterior = belief * likelihood
    return np.asarray(MOVES.T @ (posterior / posterior.sum(axis=0)))


def expected_activity(days: int) -> Floats:
    """Return the probability of an active day (phases x days), for an account that is in the phase on day 0."""
    rates = [ACTIVE_RATE]
    for _ in range(days - 1):
        rates.append(MOVES @ rates[-1])
    return np.stack(rates, axis=1)

"""The simulated SaaS company."""

from __future__ import annotations

from pathlib import Path

from pqlml.events.simulate import simulate


def load(target: Path, datasets: Path | None = None) -> None:  # noqa: ARG001 - it needs none
    """Simulate 20,000 accounts; the seed is fixed, so the tables are always the same."""
    simulate(target, accounts=20_000, seed=1)

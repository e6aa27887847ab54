"""The simulated SaaS company."""

from __future__ import annotations

from pathlib import Path

from pqlml.events.simulate import simulate


def load(target: Path, datasets: Path | None = None, accounts: int = 3_000) -> None:  # noqa: ARG001 - it needs none
    """Simulate that many accounts; the seed is fixed, so the tables are always the same."""
    simulate(target, accounts=accounts, seed=1)

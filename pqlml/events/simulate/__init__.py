"""A simulated product-led SaaS company, with planted effects and planted dirt whose truth is known."""

from pqlml.events.simulate.world import World
from pqlml.events.simulate.write import SimulationSummary, simulate

__all__ = ["SimulationSummary", "World", "simulate"]

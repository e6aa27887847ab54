from __future__ import annotations

from pathlib import Path

import pytest

from pqlml.events.simulate import World, simulate
from pqlml.events.simulate.world import Dirt
from tests.events.simulate.company import CLEAN, Company


def _company(folder: Path, accounts: int, world: World) -> Company:
    return Company(folder, world, simulate(folder, accounts=accounts, seed=3, world=world))


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A block and a half of accounts, with all dirt."""
    return _company(tmp_path_factory.mktemp("company"), 2800, World())


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A few accounts without any dirt: every event that happened is in the table."""
    return _company(tmp_path_factory.mktemp("clean"), 150, World(dirt=CLEAN))


@pytest.fixture(scope="session")
def overwritten(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A few accounts in a CRM that overwrites, eager to buy."""
    world = World(base_log_hazard=-6, dirt=Dirt(crm_overwritten=True))
    return _company(tmp_path_factory.mktemp("overwritten"), 150, world)

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def datasets() -> Path:
    """The folder of the real data sets, for tests marked ``shared_data``."""
    return Path(os.environ["PQLML_DATASETS"])

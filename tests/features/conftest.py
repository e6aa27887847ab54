"""A warehouse per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pqlml.warehouse import Warehouse, open_warehouse


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened

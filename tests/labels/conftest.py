"""A warehouse per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pqlml.warehouse import Warehouse


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse() as opened:
        yield opened

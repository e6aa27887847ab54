from __future__ import annotations

from collections.abc import Iterator

import pytest

from pqlml.warehouse import LocalWarehouse, Warehouse
from tests.warehouse.conformance import Conformance


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with LocalWarehouse() as opened:
        yield opened


class TestLocal(Conformance):
    pass

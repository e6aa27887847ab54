from __future__ import annotations

from collections.abc import Iterator

import pytest

from pqlml.warehouse import Warehouse, open_warehouse
from tests.warehouse.conformance import Conformance


@pytest.fixture
def warehouse(postgres: str) -> Iterator[Warehouse]:
    with open_warehouse(postgres) as opened:
        yield opened


class TestPostgres(Conformance):
    pass

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from pqlml.errors import DataError
from pqlml.events.instants import parsed_local
from pqlml.warehouse import Warehouse, open_warehouse
from tests.warehouse.conformance import Conformance


@pytest.fixture
def warehouse(postgres: str) -> Iterator[Warehouse]:
    with open_warehouse(postgres) as opened:
        yield opened


class TestPostgres(Conformance):
    pass


def test_a_time_format_is_refused_by_name(warehouse: Warehouse) -> None:
    kept = warehouse.save_arrow("kept", pa.table({"day": ["31/12/2026"]}))
    with pytest.raises(DataError, match=r"'time_format' is read by DuckDB alone.*PostgreSQL"):
        warehouse.fetch(kept.select(ts=parsed_local(kept.day, "%d/%m/%Y")))


def test_a_table_is_replaced_at_once_or_not_at_all(warehouse: Warehouse, postgres: str) -> None:
    first = warehouse.save_arrow("kept", pa.table({"lead": ["a", "b"], "points": [1.5, None]}))
    warehouse.write("published_scores", first)
    warehouse.write("published_scores", first.filter(first.lead == "a"))
    with pytest.raises(DataError, match="is as it was"):
        warehouse.write("published_scores", first.mutate(points=first.points / (first.points - first.points)))
    with pytest.raises(DataError, match="63 bytes at most"):
        warehouse.write("published_scores", first.rename({"n" * 64: "lead"}))
    with open_warehouse(postgres) as reader:
        for name in ("published_scores", "public.published_scores"):
            table = reader.read_table(postgres, name, "source")
            assert reader.fetch(table).to_pylist() == [{"lead": "a", "points": 1.5}]
    with open_warehouse() as local:
        copied = local.read_table(postgres, "public.published_scores", "source")
        assert local.fetch(copied).to_pylist() == [{"lead": "a", "points": 1.5}]

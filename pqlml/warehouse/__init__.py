"""Where tables live and queries run: the only layer that knows a concrete engine."""

from pqlml.warehouse.local import LocalWarehouse
from pqlml.warehouse.open import DUCKDB, open_warehouse
from pqlml.warehouse.read import read_source
from pqlml.warehouse.seam import Compiled, EngineName, Executor, Query, Warehouse

__all__ = [
    "DUCKDB",
    "Compiled",
    "EngineName",
    "Executor",
    "LocalWarehouse",
    "Query",
    "Warehouse",
    "open_warehouse",
    "read_source",
]

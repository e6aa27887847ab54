"""Where tables live and queries run: the only layer that knows a concrete engine."""

from pqlml.warehouse.local import LocalWarehouse
from pqlml.warehouse.open import open_warehouse
from pqlml.warehouse.read import read_source
from pqlml.warehouse.seam import Compiled, EngineName, Query, Warehouse

__all__ = ["Compiled", "EngineName", "LocalWarehouse", "Query", "Warehouse", "open_warehouse", "read_source"]

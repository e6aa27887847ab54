"""Where tables live and queries run: the only layer that knows a concrete engine."""

from pqlml.warehouse.local import LocalWarehouse
from pqlml.warehouse.open import open_warehouse
from pqlml.warehouse.read import read_source
from pqlml.warehouse.seam import EngineName, Warehouse

__all__ = ["EngineName", "LocalWarehouse", "Warehouse", "open_warehouse", "read_source"]

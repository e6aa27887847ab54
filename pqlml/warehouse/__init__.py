"""Where tables live and queries run: the only layer that knows a concrete engine."""

from pqlml.warehouse.local import Warehouse
from pqlml.warehouse.read import read_source

__all__ = ["Warehouse", "read_source"]

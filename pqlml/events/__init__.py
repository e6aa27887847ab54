"""Events, entities and outcomes: loaded, made canonical, checked and accounted for."""

from pqlml.events.load import load_tables, require_sound
from pqlml.events.tables import Finding, TableRead, Tables, in_order

__all__ = ["Finding", "TableRead", "Tables", "in_order", "load_tables", "require_sound"]

"""PostgreSQL as an engine, a source and a target."""

from pqlml.warehouse.postgres.connect import postgres_rows
from pqlml.warehouse.postgres.warehouse import PostgresWarehouse

__all__ = ["PostgresWarehouse", "postgres_rows"]

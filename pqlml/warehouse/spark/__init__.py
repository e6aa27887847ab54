"""Spark as an engine."""

from pqlml.warehouse.spark.session import spark_session
from pqlml.warehouse.spark.warehouse import SparkWarehouse

__all__ = ["SparkWarehouse", "spark_session"]

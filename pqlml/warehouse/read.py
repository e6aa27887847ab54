"""From a source in the definition to a lazy table."""

from __future__ import annotations

import os
from pathlib import Path

import ibis.expr.types as ir

from pqlml.definition.addresses import Address, resolve
from pqlml.definition.parts import Source
from pqlml.errors import DataError, MissingExtraError
from pqlml.warehouse.csv_faults import archive_fault, csv_fault, is_one_column
from pqlml.warehouse.seam import Warehouse

_TEXTS = (".csv", ".tsv", ".txt", ".gz")


def read_source(warehouse: Warehouse, source: Source, data: Path, name: str) -> ir.Table:
    """Open the table of a source.

    Parameters
    ----------
    data
        Folder that relative paths of the definition start from.
    name
        What the table is called in messages, e.g. ``events``.

    Raises
    ------
    DataError
        If the file or the table is missing, cannot be read, or is empty of columns.
    """
    if source.time_format is not None and warehouse.engine != "duckdb":
        msg = (
            f"{name}: 'time_format' is read by DuckDB alone, not by {warehouse.engine}; write these times in ISO 8601 "
            f"before, or leave the engine out."
        )
        raise DataError(msg)
    if source.path is not None:
        return _read_file(warehouse, source, data / source.path, name)
    url, table = str(source.url), str(source.table)
    address = _address(url, name)
    try:
        return warehouse.read_table(address.url, table, f"source_{name.replace('.', '_')}")
    except MissingExtraError:
        raise
    except Exception as error:  # noqa: BLE001 - engines raise errors of their own kinds; what they say is kept
        said = address.masked(f"{type(error).__name__}: {error}")
        msg = f"{name}: cannot read the table {table!r} of {url}: {said}"
        raise DataError(msg) from None  # a traceback of the cause could show what the environment held


def _address(url: str, name: str) -> Address:
    try:
        return resolve(url, os.environ)
    except KeyError as error:
        msg = f"{name}: the url {url} needs the environment variable {error.args[0]}, which is not set; export it."
        raise DataError(msg) from error


def _read_file(warehouse: Warehouse, source: Source, path: Path, name: str) -> ir.Table:
    if not path.exists():
        msg = (
            f"{name}: there is no file {path}. The definition says path: {source.path}; "
            f"give the folder that it starts from with --data."
        )
        raise DataError(msg)
    if path.is_dir() or path.suffix == ".parquet":
        return _read_parquet(warehouse, path, name)
    if path.suffix not in _TEXTS:
        msg = f"{name}: {path} ends in {path.suffix!r}; expected a Parquet or CSV file, or a folder of Parquet files."
        raise DataError(msg)
    damage = archive_fault(path)
    if damage is not None:
        msg = f"{name}: {path} cannot be read: {damage}; make it anew."
        raise DataError(msg)
    try:
        table = warehouse.read_csv(path, source.null_values)
    except Exception as error:  # the engine's own errors: a broken file is the user's, and gets its name
        msg = f"{name}: {path} cannot be read: {csv_fault(path) or str(error).splitlines()[0]}."
        raise DataError(msg) from error
    fault = csv_fault(path) if is_one_column(table.columns) else None
    if fault is not None:
        msg = f"{name}: {path} cannot be read: {fault}."
        raise DataError(msg)
    return table


def _read_parquet(warehouse: Warehouse, path: Path, name: str) -> ir.Table:
    if path.is_dir() and not any(path.glob("**/*.parquet")):
        msg = f"{name}: the folder {path} holds no Parquet file; expected some, or name one CSV file instead."
        raise DataError(msg)
    try:
        return warehouse.read_parquet(path)
    except Exception as error:  # the engine's own errors: a broken file is the user's, and gets its name
        msg = f"{name}: {path} cannot be read: {str(error).splitlines()[0]}"
        raise DataError(msg) from error

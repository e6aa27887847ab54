"""The source files of the demonstrations: found in the data folder and read as they stand."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from pqlml.errors import DataError

VARIABLE = "PQLML_DATASETS"
"""Environment variable that names the folder of the data sets."""


def source_file(datasets: Path | None, place: str, origin: str) -> Path:
    """Find a file of a data set.

    Parameters
    ----------
    datasets
        Folder of the data sets; null means the one that ``PQLML_DATASETS`` names.
    place
        The file, relative to that folder.
    origin
        Where the data set can be had, for the message.

    Raises
    ------
    DataError
        If no folder is given, or the file is not in it.
    """
    folder = datasets or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if folder is None:
        msg = (
            f"no data folder is given; expected one that holds {place}. "
            f"Give --datasets DIR or set {VARIABLE}. The data set comes from: {origin}."
        )
        raise DataError(msg)
    if not (folder / place).is_file():
        msg = (
            f"there is no file {place} in the data folder {folder}. Put it there, or name another folder with "
            f"--datasets DIR or {VARIABLE}. The data set comes from: {origin}."
        )
        raise DataError(msg)
    return folder / place


def read_texts(file: Path, separator: str = ",") -> pd.DataFrame:
    """Read a delimited file with every value as the text that stands there: ``NA`` is a text, an empty field is ``""``.

    Raises
    ------
    DataError
        If the file is not a delimited text file.
    """
    try:
        return pd.read_csv(file, sep=separator, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        msg = f"{file} cannot be read as delimited text: {error}. Get the file anew."
        raise DataError(msg) from error


def read_columns(
    file: Path,
    *,
    texts: Collection[str] = (),
    numbers: Collection[str] = (),
    dates: Collection[str] = (),
    separator: str = ",",
) -> pd.DataFrame:
    """Read the named columns of a delimited file, each in its type; dates are zone-less midnights.

    Raises
    ------
    DataError
        If a column is missing, or holds a value that is no number or no date.
    """
    raw = read_texts(file, separator)
    missing = [name for name in (*texts, *numbers, *dates) if name not in raw]
    if missing:
        found = ", ".join(raw.columns)
        msg = f"{file} lacks the columns {', '.join(missing)}; it has: {found}. Is it the file of that name?"
        raise DataError(msg)
    try:
        return pd.DataFrame(
            {name: raw[name] for name in texts}
            | {name: pd.to_numeric(raw[name]) for name in numbers}
            | {name: pd.to_datetime(raw[name], format="ISO8601").astype("datetime64[us]") for name in dates}
        )
    except ValueError as error:
        expected = f"expected numbers in {list(numbers)} and dates in {list(dates)}"
        msg = f"{file} holds a value of the wrong kind: {error}; {expected}. Get the file anew."
        raise DataError(msg) from error


def write_table(table: pd.DataFrame, target: Path, name: str) -> None:
    """Write ``<name>.parquet`` into the target folder, which is made if need be; an older one is replaced."""
    target.mkdir(parents=True, exist_ok=True)
    table.to_parquet(target / f"{name}.parquet", index=False)

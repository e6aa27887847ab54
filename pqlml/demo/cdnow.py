"""CDNOW, a shop for compact discs: every purchase of the customers who came in early 1997, until June 1998."""

from __future__ import annotations

from pathlib import Path

from pqlml.demo.sources import read_columns, source_file, write_table

FOLDER = "cdnow"
ORIGIN = "the package 'lifetimes' on PyPI (lifetimes/datasets/CDNOW_master.txt); published by Fader and Hardie"


def load(target: Path, datasets: Path | None = None) -> None:
    """Write ``events``: one row per purchase; dates are whole days, written as their midnight.

    Raises
    ------
    DataError
        If the file is missing or is not what it should be.
    """
    purchases = read_columns(
        source_file(datasets, f"{FOLDER}/CDNOW_master.txt", ORIGIN),
        texts=["customer_id"],
        numbers=["number_of_cds", "dollar_value"],
        dates=["date"],
        separator=r"\s+",
    )
    write_table(purchases.assign(event="purchased"), target, "events")

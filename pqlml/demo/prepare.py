"""The tables of a demonstration, made once and found again."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path
from typing import Final

from pqlml import __version__
from pqlml.demo.catalogue import Demo

MARKER: Final = "complete.json"
"""Written last: a folder without it, or with other contents, is made anew."""


def prepare(demo: Demo, target: Path, datasets: Path | None = None, accounts: int | None = None) -> bool:
    """Write the tables of a demonstration into a folder, unless an earlier call finished the same work there.

    Parameters
    ----------
    datasets
        Folder of the data sets; null means the one that ``PQLML_DATASETS`` names.
    accounts
        How many accounts to simulate; null means as many as the loader does. Simulated data sets alone take it.

    Returns
    -------
    Whether the tables were written; false if they were there.
    """
    wanted = {
        "demo": demo.name,
        "version": __version__,
        "datasets": str(datasets) if datasets is not None else None,
        "accounts": accounts,
    }
    marker = target / MARKER
    if marker.exists() and json.loads(marker.read_text("utf-8")) == wanted:
        return False
    shutil.rmtree(target, ignore_errors=True)
    load = demo.load if accounts is None else functools.partial(demo.load, accounts=accounts)
    load(target, datasets)
    marker.write_text(json.dumps(wanted) + "\n", "utf-8")
    return True

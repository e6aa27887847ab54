"""Runs and released models in MLflow: local SQLite by default, any tracking server by URL."""

from pqlml.model.registry.champion import Reign, challenge, history, promote, rollback
from pqlml.model.registry.release import Record, attach, judged_rows, release
from pqlml.model.registry.store import exists, tracking_uri
from pqlml.model.registry.versions import (
    CHALLENGER,
    CHAMPION,
    NEWEST,
    NotPromotedError,
    Released,
    Version,
    champion,
    fetch,
    find,
    names,
    versions,
)

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "NEWEST",
    "NotPromotedError",
    "Record",
    "Reign",
    "Released",
    "Version",
    "attach",
    "challenge",
    "champion",
    "exists",
    "fetch",
    "find",
    "history",
    "judged_rows",
    "names",
    "promote",
    "release",
    "rollback",
    "tracking_uri",
    "versions",
]

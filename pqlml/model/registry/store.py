"""Where runs and models are kept: local SQLite by default, any tracking server by URL."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pqlml.errors import DataError

if TYPE_CHECKING:
    from types import ModuleType

_SERVER = "MLFLOW_TRACKING_URI"
_ANSWERED: set[str] = set()
"""Stores that have answered this process once."""


def tracking_uri(workspace: Path) -> str:
    """Return where runs are kept: ``MLFLOW_TRACKING_URI`` if set, else SQLite in the workspace."""
    return os.environ.get(_SERVER) or f"sqlite:///{(workspace / 'mlflow.db').resolve()}"


def exists(workspace: Path) -> bool:
    """Tell whether there is anything to look into: looking would make a store where there is none."""
    return bool(os.environ.get(_SERVER)) or (workspace / "mlflow.db").is_file()


def opened(workspace: Path) -> ModuleType:
    """Return MLflow, set to where this workspace keeps its runs.

    Raises
    ------
    DataError
        If the store cannot be reached, or is none.
    """
    # A run of a sales tool must not call home, and its log belongs to its user.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    workspace.mkdir(parents=True, exist_ok=True)
    uri, chosen = tracking_uri(workspace), os.environ.get(_SERVER)
    mlflow.set_tracking_uri(uri)
    if not chosen:
        # MLflow writes the variable for its children; the next workspace would take it for the user's choice.
        os.environ.pop(_SERVER, None)
    if uri not in _ANSWERED:
        _require_answer(mlflow, uri)
        _ANSWERED.add(uri)
    return mlflow


def _require_answer(mlflow: ModuleType, uri: str) -> None:
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        mlflow.MlflowClient().search_registered_models(max_results=1)
    except (MlflowException, SQLAlchemyError) as error:
        asked = f"the address in {_SERVER}" if os.environ.get(_SERVER) else f"the file {uri.removeprefix('sqlite:///')}"
        # Of the cause the kind alone: its words may hold the address, and with it a password.
        msg = (
            f"models are kept at {asked}, which does not answer as a store of MLflow ({type(error).__name__}). Check "
            f"that it is the right one, that the server lets you in, or that the file is whole; with {_SERVER} unset, "
            f"models are kept in the workspace."
        )
        raise DataError(msg) from error

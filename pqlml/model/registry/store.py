"""Where runs and models are kept: local SQLite by default, any tracking server by URL."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

_SERVER = "MLFLOW_TRACKING_URI"


def tracking_uri(workspace: Path) -> str:
    """Return where runs are kept: ``MLFLOW_TRACKING_URI`` if set, else SQLite in the workspace."""
    return os.environ.get(_SERVER) or f"sqlite:///{(workspace / 'mlflow.db').resolve()}"


def exists(workspace: Path) -> bool:
    """Tell whether there is anything to look into: looking would make a store where there is none."""
    return bool(os.environ.get(_SERVER)) or (workspace / "mlflow.db").is_file()


def opened(workspace: Path) -> ModuleType:
    """Return MLflow, set to where this workspace keeps its runs."""
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
    return mlflow

"""Runs and released models in MLflow: local SQLite by default, any tracking server by URL."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pqlml import __version__
from pqlml.errors import NotFoundError
from pqlml.model.bundle import PropensityModel, load_model, save_model
from pqlml.model.metrics import Interval
from pqlml.model.predict import predict

if TYPE_CHECKING:
    from types import ModuleType

_NEWEST, _CHAMPION = "newest", "champion"
_SERVER = "MLFLOW_TRACKING_URI"


@dataclass(frozen=True)
class Released:
    """A model in the registry: its name is the definition's, its version a number that only grows."""

    name: str
    version: str
    run_id: str
    model_id: str

    @property
    def uri(self) -> str:
        """What ``mlflow.pyfunc.load_model`` takes."""
        return f"models:/{self.name}/{self.version}"


def tracking_uri(workspace: Path) -> str:
    """Return where runs are kept: ``MLFLOW_TRACKING_URI`` if set, else SQLite in the workspace."""
    return os.environ.get(_SERVER) or f"sqlite:///{(workspace / 'mlflow.db').resolve()}"


def release(
    workspace: Path,
    model: PropensityModel,
    metrics: Mapping[str, Mapping[str, Interval]],
    parameters: Mapping[str, object],
    example: pd.DataFrame,
    artefacts: Mapping[str, Path],
    accounts: Mapping[str, Mapping[str, Any]],
) -> Released:
    """Log a run with its figures, files and model, and register the model as the newest version.

    Parameters
    ----------
    metrics
        Candidate -> metric -> interval, logged as ``candidate.metric`` with ``_low`` and ``_high`` beside it.
    example
        A few feature rows: they give the model its signature and its input example.
    artefacts
        Name in the run -> file.
    accounts
        Name in the run -> plain data, stored as ``<name>.json``.
    """
    mlflow = _mlflow(workspace)
    name = model.definition.name
    _open_experiment(mlflow, workspace, name)
    with (
        mlflow.start_run(run_name=f"{name} v{model.definition.version}") as run,
        tempfile.TemporaryDirectory() as folder,
    ):
        mlflow.set_tags({"pqlml.version": __version__, "pqlml.definition_hash": model.definition.hash})
        mlflow.log_params({key: str(value) for key, value in parameters.items()})
        mlflow.log_metrics(_flat(metrics))
        for artefact in artefacts.values():
            mlflow.log_artifact(str(artefact))
        for called, account in accounts.items():
            mlflow.log_dict(dict(account), f"{called}.json")
        bundle = Path(folder) / "bundle"
        save_model(model, bundle)
        mlflow.log_artifact(str(bundle / "definition.yaml"))
        # MLflow asks for type hints, which cannot name columns as the signature does; one of its warnings sets its own
        # filter, and only recording keeps it from users.
        with warnings.catch_warnings(record=True):
            warnings.filterwarnings("ignore", ".*[Tt]ype hint", UserWarning)
            # MLflow compares column names with a range, which pandas 3 deprecates.
            warnings.filterwarnings("ignore", "Operation with range", DeprecationWarning)
            info = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("pyfunc_entry.py")),
                artifacts={"bundle": str(bundle)},
                signature=mlflow.models.infer_signature(example, predict(model, example)),
                input_example=example,
                pip_requirements=[f"pqlml=={__version__}"],
            )
    version = _register(mlflow, name, info, run.info.run_id)
    return Released(name, version, run.info.run_id, info.model_id)


def find(workspace: Path, name: str, version: str | None = None) -> Released:
    """Find a released model: by version number or alias, else the champion, else the newest.

    Raises
    ------
    NotFoundError
        If there is none; says which there are.
    """
    mlflow = _mlflow(workspace)
    client = mlflow.MlflowClient()
    # A quote would end the filter, and no definition's name has one.
    matching = [] if "'" in name else client.search_model_versions(f"name = '{name}'")
    versions = {str(item.version): item for item in matching}
    if not versions:
        there = sorted(item.name for item in client.search_registered_models())
        known = f"There are models for: {', '.join(there)}." if there else "There is no model at all."
        msg = f"no model for the definition {name!r} in {tracking_uri(workspace)}. {known} Run 'pqlml train' first."
        raise NotFoundError(msg)
    aliases = client.get_registered_model(name).aliases
    newest = max(versions, key=int)
    wanted = version if version is not None else aliases.get(_CHAMPION, newest)
    chosen = newest if wanted == _NEWEST else str(aliases.get(str(wanted), wanted))
    if chosen not in versions:
        listed = ", ".join(sorted(versions, key=int))
        msg = f"the model {name!r} has no version or alias {version!r}; versions: {listed}; aliases: {dict(aliases)}."
        raise NotFoundError(msg)
    item = versions[chosen]
    # MLflow's SQL store forgets the model's id, but its source is made of it.
    return Released(name, str(item.version), str(item.run_id), item.source.removeprefix("models:/"))


def names(workspace: Path) -> list[str]:
    """Return the names of all registered models."""
    client = _mlflow(workspace).MlflowClient()
    return sorted(item.name for item in client.search_registered_models())


def fetch(workspace: Path, released: Released) -> PropensityModel:
    """Load a released model; the training data is not needed."""
    mlflow = _mlflow(workspace)
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts(artifact_uri=released.uri, dst_path=folder)
        found = sorted(Path(local).rglob("model.json"))
        if not found:
            msg = f"{released.uri} holds no pqlml model (no model.json among its files)."
            raise NotFoundError(msg)
        return load_model(found[0].parent)


def _mlflow(workspace: Path) -> ModuleType:
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


def _open_experiment(mlflow: Any, workspace: Path, name: str) -> None:  # noqa: ANN401 - a module
    if mlflow.get_experiment_by_name(name) is None:
        local = tracking_uri(workspace).startswith("sqlite:")
        location = (workspace / "mlartifacts").resolve().as_uri() if local else None
        mlflow.create_experiment(name, artifact_location=location)
    mlflow.set_experiment(name)


def _register(mlflow: Any, name: str, info: Any, run_id: str) -> str:  # noqa: ANN401 - a module and its record
    client = mlflow.MlflowClient()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    return str(client.create_model_version(name, source=info.model_uri, run_id=run_id, model_id=info.model_id).version)


def _flat(metrics: Mapping[str, Mapping[str, Interval]]) -> dict[str, float]:
    flat = {}
    for candidate, by_metric in metrics.items():
        for metric, interval in by_metric.items():
            flat[f"{candidate}.{metric}"] = interval.value
            flat[f"{candidate}.{metric}_low"] = interval.low
            flat[f"{candidate}.{metric}_high"] = interval.high
    return flat

"""One run per training: figures, files, and the model, registered as the newest version."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final

import pandas as pd

import pqlml.model
from pqlml import __version__
from pqlml.errors import DataError, NotFoundError
from pqlml.model.bundle import PropensityModel, save_model
from pqlml.model.metrics import Interval
from pqlml.model.predict import predict
from pqlml.model.registry.store import opened, tracking_uri
from pqlml.model.registry.versions import TAG, Released
from pqlml.model.verdict import Verdict

_ENTRY: Final = Path(pqlml.model.__file__).with_name("pyfunc_entry.py")
"""What MLflow stores with a model and runs to serve it."""
_NEEDED: Final = ("lightgbm", "numpy", "pandas", "scikit-learn")
"""What a loaded model computes with, beside pqlml."""
_JUDGED: Final = "judged.parquet"


@dataclass(frozen=True)
class Record:
    """What a training run leaves behind beside its model.

    Attributes
    ----------
    metrics
        Candidate -> metric -> interval, logged as ``candidate.metric`` with ``_low`` and ``_high`` beside it.
    parameters
        Name -> value, logged as text.
    files
        Files, kept under their own names; those in a folder of the run by the name of the folder.
    accounts
        Name -> plain data, kept as ``<name>.json``.
    judged
        The judged rows with label and probability, for comparisons later; kept as ``judged.parquet``.
    verdict
        Whether the model has earned promotion.
    """

    metrics: Mapping[str, Mapping[str, Interval]]
    parameters: Mapping[str, object]
    files: Mapping[Path, str | None] = field(default_factory=dict)
    accounts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    judged: pd.DataFrame | None = None
    verdict: Verdict | None = None


def release(workspace: Path, model: PropensityModel, record: Record, example: pd.DataFrame) -> Released:
    """Log a run with its figures, files and model, and register the model as the newest version.

    Parameters
    ----------
    example
        A few feature rows: the input example of the model.

    Raises
    ------
    DataError
        If the example is empty: no model is logged without one.
    """
    if example.empty:
        msg = "a model is released with an example of its input, but no row is given; expected one or more."
        raise DataError(msg)
    mlflow = opened(workspace)
    name = model.definition.name
    _open_experiment(mlflow, workspace, name)
    with (
        mlflow.start_run(run_name=f"{name} v{model.definition.version}") as run,
        tempfile.TemporaryDirectory() as made,
    ):
        folder = Path(made)
        mlflow.set_tags({f"{TAG}version": __version__, f"{TAG}definition_hash": model.definition.hash})
        mlflow.log_params({key: str(value) for key, value in record.parameters.items()})
        mlflow.log_metrics(_flat(record.metrics))
        for file, place in record.files.items():
            mlflow.log_artifact(str(file), place)
        for called, account in record.accounts.items():
            mlflow.log_dict(dict(account), f"{called}.json")
        if record.judged is not None:
            record.judged.to_parquet(folder / _JUDGED, index=False)
            mlflow.log_artifact(str(folder / _JUDGED))
        save_model(model, folder / "bundle")
        mlflow.log_artifact(str(folder / "bundle" / "definition.yaml"))
        # MLflow asks for type hints, which cannot name columns as the signature does; one of its warnings sets its own
        # filter, and only recording keeps it from users.
        with warnings.catch_warnings(record=True):
            warnings.filterwarnings("ignore", ".*[Tt]ype hint", UserWarning)
            # MLflow compares column names with a range, which pandas 3 deprecates.
            warnings.filterwarnings("ignore", "Operation with range", DeprecationWarning)
            info = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(_ENTRY),
                artifacts={"bundle": str(folder / "bundle")},
                signature=_signature(mlflow, model, example),
                input_example=example,
                pip_requirements=[f"pqlml=={__version__}", *(f"{each}=={installed(each)}" for each in _NEEDED)],
            )
    tags = {
        "definition_version": str(model.definition.version),
        "definition_hash": model.definition.hash,
        "kind": model.kind,
        "headline": model.headline,
        **({} if record.verdict is None else {"verdict": json.dumps(record.verdict.as_dict())}),
    }
    number = _register(mlflow, name, info, run.info.run_id, tags)
    return Released(name, number, run.info.run_id, info.model_id)


def attach(workspace: Path, released: Released, file: Path) -> None:
    """Keep one more file with the run of a released model."""
    opened(workspace).MlflowClient().log_artifact(released.run_id, str(file))


def judged_rows(workspace: Path, released: Released) -> pd.DataFrame:
    """Return the rows on which the procedure behind a version was judged when it was trained.

    Returns
    -------
    One row per judged row: ``entity`` (a fingerprint of the id), ``cutoff`` (null without times), ``label`` and
    ``probability``, by a model that had not seen the row.

    Raises
    ------
    NotFoundError
        If they were not kept.
    """
    client = opened(workspace).MlflowClient()
    if _JUDGED not in {item.path for item in client.list_artifacts(released.run_id)}:
        msg = f"the judged rows of {released.uri} were not kept (no {_JUDGED} in run {released.run_id}). Train it anew."
        raise NotFoundError(msg)
    with tempfile.TemporaryDirectory() as folder:
        return pd.read_parquet(client.download_artifacts(released.run_id, _JUDGED, folder))


def _signature(mlflow: Any, model: PropensityModel, example: pd.DataFrame) -> Any:  # noqa: ANN401 - MLflow's own
    """Name the type of every feature: what is inferred from a few rows depends on which of them hold a null."""
    types = mlflow.types
    columns = [
        types.ColSpec("double" if levels is None else "string", name)
        for name, levels in zip(model.encoder.names, model.encoder.levels, strict=True)
    ]
    told = mlflow.models.infer_signature(example, predict(model, example))
    return mlflow.models.ModelSignature(inputs=types.Schema(columns), outputs=told.outputs)


def _open_experiment(mlflow: Any, workspace: Path, name: str) -> None:  # noqa: ANN401 - a module
    if mlflow.get_experiment_by_name(name) is None:
        local = tracking_uri(workspace).startswith("sqlite:")
        location = (workspace / "mlartifacts").resolve().as_uri() if local else None
        mlflow.create_experiment(name, artifact_location=location)
    mlflow.set_experiment(name)


def _register(
    mlflow: Any,  # noqa: ANN401 - a module
    name: str,
    info: Any,  # noqa: ANN401 - its record
    run_id: str,
    tags: Mapping[str, str],
) -> str:
    client = mlflow.MlflowClient()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    kept = {f"{TAG}{key}": value for key, value in tags.items() if value}
    made = client.create_model_version(name, source=info.model_uri, run_id=run_id, model_id=info.model_id, tags=kept)
    return str(made.version)


def _flat(metrics: Mapping[str, Mapping[str, Interval]]) -> dict[str, float]:
    flat = {}
    for candidate, by_metric in metrics.items():
        for metric, interval in by_metric.items():
            flat[f"{candidate}.{metric}"] = interval.value
            flat[f"{candidate}.{metric}_low"] = interval.low
            flat[f"{candidate}.{metric}_high"] = interval.high
    return flat

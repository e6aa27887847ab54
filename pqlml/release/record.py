"""What a training run leaves behind beside its model: parameters, accounts, environment, judged rows."""

from __future__ import annotations

import hashlib
import platform
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final

import pandas as pd

from pqlml import __version__
from pqlml.dataset import Rows
from pqlml.events import TableRead
from pqlml.model import registry
from pqlml.model.bundle import PropensityModel
from pqlml.model.evaluation import Evaluation
from pqlml.model.registry import Record, Released
from pqlml.release.contest import Contest
from pqlml.report import ModelCard, ReportContent, write_model_card
from pqlml.report.plots.canvas import Picture
from pqlml.times import iso

_PACKAGES: Final = (
    "duckdb",
    "ibis-framework",
    "lightgbm",
    "mlflow",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
)


def record_of(
    contest: Contest,
    model: PropensityModel,
    rows: Rows,
    reads: Sequence[TableRead],
    seed: int,
    files: Mapping[Path, str | None],
) -> Record:
    """Gather what is kept with the run of a training.

    Parameters
    ----------
    model
        What is released: fitted on all rows.
    files
        File -> folder of the run, or null for its top.
    """
    evaluation = contest.evaluation
    tables = {read.table: {"read": read.read, "used": read.used, "set_aside": dict(read.set_aside)} for read in reads}
    return Record(
        metrics=evaluation.metrics,
        parameters=_parameters(contest, model, rows, seed),
        files=files,
        accounts={
            "pairs": rows.account.as_dict(),
            "tables": tables,
            "verdict": verdict_as_dict(contest),
            "environment": environment(),
        },
        judged=judged_table(evaluation, rows),
        verdict=contest.verdict,
    )


def keep_card(
    workspace: Path,
    released: Released,
    model: PropensityModel,
    contest: Contest,
    content: ReportContent,
    calibration: Picture,
) -> None:
    """Write the card of a released version, and keep it with its run as ``model_card.html``."""
    made = environment()
    ids = {"model": released.uri, "run": released.run_id, "artefact": released.model_id}
    card = ModelCard(
        name=released.name,
        version=released.version,
        learner=model.kind,
        decision=contest.verdict.decision,
        because=contest.verdict.because,
        content=replace(content, run_ids=ids),
        calibration=calibration,
        training=model.training,
        base_rate_shift=model.calibrator.base_rate_shift,
        made_with={"python": made["python"], **made["packages"]},
    )
    with tempfile.TemporaryDirectory() as folder:
        registry.attach(workspace, released, write_model_card(card, Path(folder) / "model_card.html"))


def verdict_as_dict(contest: Contest) -> dict[str, Any]:
    """Return how the contest ended as plain data."""
    return {
        "released": contest.kind,
        **contest.verdict.as_dict(),
        "tried": {kind: verdict.as_dict() for kind, verdict in contest.verdicts.items()},
        "champion": None if contest.rematch is None else contest.rematch.as_dict(),
    }


def environment() -> dict[str, Any]:
    """Return the versions that the model was made with."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": {"pqlml": __version__, **{name: installed(name) for name in _PACKAGES}},
    }


def judged_table(evaluation: Evaluation, rows: Rows) -> pd.DataFrame:
    """Return the judged rows with label and probability; ids are replaced by fingerprints."""
    entity = pd.Series(evaluation.entity).map(_fingerprint)
    cutoff = pd.Series(pd.NaT, index=entity.index, dtype="datetime64[us]")
    if "cutoff" in rows.keys:
        cutoff = rows.keys["cutoff"].iloc[evaluation.rows].reset_index(drop=True)
    return pd.DataFrame(
        {
            "entity": entity,
            "cutoff": cutoff,
            "label": evaluation.label,
            "probability": evaluation.probability["model"],
        }
    )


def _fingerprint(entity: object) -> str:
    return hashlib.blake2b(str(entity).encode(), digest_size=16).hexdigest()


def _parameters(contest: Contest, model: PropensityModel, rows: Rows, seed: int) -> dict[str, object]:
    definition, evaluation, training = model.definition, contest.evaluation, model.training
    window = {
        name: iso(instant)
        for name in ("first_cutoff", "last_cutoff", "known_until")
        if (instant := getattr(training, name)) is not None
    }
    parts = evaluation.split.parts(len(rows.label))
    return {
        "definition": f"{definition.name} v{definition.version}",
        "definition_hash": definition.hash,
        "learner": model.kind,
        "seed": seed,
        "rows": training.rows,
        "conversions": training.conversions,
        "features": len(model.features),
        **definition.model.given,
        **{f"monotone_{name}": direction for name, direction in definition.model.monotone.items()},
        **window,
        "how_judged": evaluation.split.headline,
        "verdict": contest.verdict.decision,
        **{f"rows_{part}": len(found) for part, found in parts.items()},
        **{f"dropped_{reason}": count for reason, count in rows.dropped.items()},
    }

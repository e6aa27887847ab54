"""What MLflow runs to serve a stored model: feature table in; probability, log-odds, points and tier out.

MLflow stores this file as it is ("models from code"), so that loading a model unpickles nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from pqlml.model.bundle import load_model
from pqlml.model.predict import predict


class PropensityPyfunc(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined,misc]  # exported at run time only
    """Loads the bundle beside it and scores feature tables."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - MLflow's own type is not exported
        """Read the bundle once."""
        self.model = load_model(Path(context.artifacts["bundle"]))

    # Without type hints: MLflow would take them for a schema, and the schema is the signature's.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002
        """Return one row per input row: ``probability``, ``log_odds``, ``points``, ``tier``."""
        return predict(self.model, pd.DataFrame(model_input))


mlflow.models.set_model(PropensityPyfunc())

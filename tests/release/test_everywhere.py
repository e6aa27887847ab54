"""The same answer everywhere: in a fresh process, through a tracking server, from Arrow, and on Spark."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pqlml.errors import DataError
from pqlml.model import registry
from pqlml.model.bundle import PropensityModel
from pqlml.model.fit import fit_model
from pqlml.model.predict import batch_scorer, predict, predict_arrow
from pqlml.model.registry import Record, Released
from pqlml.model.verdict import Verdict
from tests.helpers.synthetic import VOCABULARY, definition, fitted, make_rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

VALUES = make_rows(entities=40, seed=8).values
SCORES = "probability double, log_odds double, points double, tier string"
BY_ALIAS = """
import sys, warnings
from pathlib import Path
import mlflow, numpy as np, pandas as pd
from pqlml.model import registry
workspace, table, target = map(Path, sys.argv[1:])
values = pd.read_parquet(table)
ours = registry.fetch(workspace, registry.find(workspace, "synthetic")).probability(values)
mlflow.set_tracking_uri(registry.tracking_uri(workspace))
warnings.simplefilter("ignore")
theirs = mlflow.pyfunc.load_model("models:/synthetic@champion").predict(values)["probability"]
np.save(target, np.column_stack([ours, theirs]))
"""


@pytest.fixture(autouse=True)
def own_store() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # MLflow writes the variable, too: one that was set here is taken back in the end.
        patch.setenv("MLFLOW_TRACKING_URI", "")
        patch.delenv("MLFLOW_TRACKING_URI")
        before = mlflow.get_tracking_uri()
        yield
        mlflow.set_tracking_uri(before)


def train_and_promote(workspace: Path, model: PropensityModel) -> Released:
    record = Record({}, {}, verdict=Verdict("promote", "it won"))
    released = registry.release(workspace, model, record, VALUES.head(3))
    registry.challenge(workspace, released)
    registry.promote(workspace, "synthetic")
    return released


def in_a_fresh_process(workspace: Path, folder: Path, **environment: str) -> np.ndarray:
    """Load the champion where nothing of this process is known, and return what it says."""
    VALUES.to_parquet(folder / "values.parquet")
    target = folder / "said.npy"
    command = [sys.executable, "-c", BY_ALIAS, str(workspace), str(folder / "values.parquet"), str(target)]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    subprocess.run(command, check=True, cwd=folder, env=found)
    return np.asarray(np.load(target))


def test_a_fresh_process_without_the_training_data_says_the_same(tmp_path: Path) -> None:
    rows = make_rows()
    linear = fit_model(definition(), VOCABULARY, rows, np.arange(len(rows.label)), kind="linear")
    train_and_promote(tmp_path / "store", linear)
    said = in_a_fresh_process(tmp_path / "store", tmp_path)
    np.testing.assert_array_equal(said, np.column_stack([linear.probability(VALUES)] * 2))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Start a tracking server that also keeps the files, and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = tmp_path / "server"
    store.mkdir()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    kept = ["--backend-store-uri", f"sqlite:///{store}/runs.db", "--artifacts-destination", str(store / "files")]
    with (store / "log.txt").open("w") as log:
        quiet = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        process = subprocess.Popen([*command, *kept], stdout=log, stderr=log, cwd=store, env=quiet)
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, store / "log.txt")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - of this test's own server
                assert answer.status == 200
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    pytest.fail(f"no tracking server at {url}:\n{log.read_text()}")


def test_a_tracking_server_keeps_all_of_it(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    workspace = tmp_path / "here"
    released = train_and_promote(workspace, fitted()[0])
    said = in_a_fresh_process(tmp_path / "elsewhere", tmp_path, MLFLOW_TRACKING_URI=server)
    np.testing.assert_array_equal(said, np.column_stack([fitted()[0].probability(VALUES)] * 2))
    assert [item.why for item in registry.history(workspace, "synthetic")] == ["promote: it won."]
    assert registry.champion(workspace, "synthetic") == released
    assert list(workspace.iterdir()) == [], "runs, models and files are the server's"


def test_arrow_says_what_pandas_says() -> None:
    model, _ = fitted()
    expected = predict(model, VALUES)
    table = pa.table({"entity_id": [f"e{row}" for row in range(len(VALUES))], **pa_columns()})
    found = predict_arrow(model, table, keep=["entity_id"])
    assert found.column_names == ["entity_id", *expected.columns]
    pd.testing.assert_frame_equal(found.drop_columns("entity_id").to_pandas(), expected.astype({"tier": "str"}))
    encoded = table.set_column(table.column_names.index("industry"), "industry", table["industry"].dictionary_encode())
    assert predict_arrow(model, encoded, keep=["entity_id"]) == found
    batches = list(batch_scorer(model, ["entity_id"])(table.to_batches(max_chunksize=7)))
    assert pa.Table.from_batches(batches).combine_chunks() == found.combine_chunks()
    with pytest.raises(DataError, match=r"the columns \['key', 'limit_hit.count.28d'\] are missing \(2 in all"):
        predict_arrow(model, table.drop_columns("limit_hit.count.28d"), keep=["key"])


def test_tiers_by_capacity_are_not_filled_batch_by_batch() -> None:
    tiers = definition("tiers: {by: capacity, critical: 1, hot: 3, warm: 9}\n")
    rows = make_rows(entities=60)
    model = fit_model(tiers, VOCABULARY, rows, np.arange(len(rows.label)), kind="linear")
    with pytest.raises(DataError, match="filled by capacity, which batches cannot know"):
        batch_scorer(model)


def test_spark_says_the_same(spark: SparkSession, tmp_path: Path) -> None:
    from pyspark.sql.functions import col, struct

    model, _ = fitted()
    released = train_and_promote(tmp_path, model)
    expected = predict(model, VALUES)
    table = pa.table({"row": np.arange(len(VALUES)), **pa_columns()})
    frame = spark.createDataFrame(table).repartition(3)

    features = struct(*(col(f"`{name}`") for name in VALUES.columns))

    scorer = batch_scorer(model, ["row"], inside="features")
    scored = (
        frame.select("row", features.alias("features")).mapInArrow(scorer, f"row long, {SCORES}").toArrow().to_pandas()
    )
    assert_same(scored.sort_values("row"), expected)

    with warnings.catch_warnings(record=True):
        udf = mlflow.pyfunc.spark_udf(spark, released.uri, result_type=SCORES, env_manager="local")
        served = frame.select("row", udf(features).alias("said")).select("row", "said.*").toArrow().to_pandas()
    assert_same(served.sort_values("row"), expected)


def pa_columns() -> dict[str, pa.Array]:
    return {str(name): pa.array(column, from_pandas=True) for name, column in VALUES.items()}


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    for name in ("probability", "log_odds", "points"):
        np.testing.assert_allclose(found[name].to_numpy(), expected[name].to_numpy(), rtol=0, atol=1e-9)
    assert found["tier"].tolist() == expected["tier"].tolist()

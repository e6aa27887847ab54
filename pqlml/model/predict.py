"""Scores of a feature table, as pandas, as Arrow, or batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import pandas as pd
import pyarrow as pa

from pqlml.errors import DataError
from pqlml.model.bundle import PropensityModel
from pqlml.model.calibration import sigmoid
from pqlml.model.scale import assign_tiers


def predict(model: PropensityModel, values: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row of ``values``: ``probability``, ``log_odds``, ``points`` and ``tier``.

    Tiers by capacity are filled among the rows given, so give a whole run at once.
    """
    log_odds = model.log_odds(values)
    points = model.scale.points(log_odds)
    probability = sigmoid(log_odds)
    tier = assign_tiers(model.definition.tiers, points, probability)
    return pd.DataFrame({"probability": probability, "log_odds": log_odds, "points": points, "tier": tier})


def predict_arrow(model: PropensityModel, rows: pa.Table, keep: Sequence[str] = ()) -> pa.Table:
    """Do what :func:`predict` does for an Arrow table.

    Parameters
    ----------
    keep
        Columns that are passed on, before the scores: keys.

    Raises
    ------
    DataError
        If a feature or a column to keep is missing.
    """
    wanted = [*keep, *model.encoder.names]
    missing = [name for name in wanted if name not in rows.column_names]
    if missing:
        counts = f"{len(missing)} in all; the table has {rows.num_columns} columns"
        msg = f"the columns {missing[:5]} are missing ({counts})."
        raise DataError(msg)
    scores = predict(model, rows.select(list(model.encoder.names)).to_pandas())
    columns = {name: pa.array(scores[name], pa.string() if name == "tier" else pa.float64()) for name in scores.columns}
    return pa.table({**{name: rows[name] for name in keep}, **columns})


def batch_scorer(
    model: PropensityModel, keep: Sequence[str] = (), *, inside: str | None = None
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what Spark's ``mapInArrow`` takes: it scores batch after batch, wherever that runs.

    Parameters
    ----------
    keep
        Columns that are passed on, before the scores: keys.
    inside
        Struct column that holds the features. Spark needs one, since its ``mapInArrow`` does not find columns whose
        names hold dots. By default the features are columns of the batch.

    Raises
    ------
    DataError
        If the tiers are filled by capacity: only a whole run knows who is among the best.
    """
    if model.definition.tiers.by == "capacity":
        msg = (
            "the tiers of this definition are filled by capacity, which batches cannot know. Score the whole run at "
            "once, or give 'tiers' by points or probability."
        )
        raise DataError(msg)

    def score(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from predict_arrow(model, _opened(batch, keep, inside), keep).to_batches()

    return score


def _opened(batch: pa.RecordBatch, keep: Sequence[str], inside: str | None) -> pa.Table:
    """Return the batch with the features as columns."""
    if inside is None:
        return pa.Table.from_batches([batch])
    features = batch.column(inside)
    names = [field.name for field in features.type]
    return pa.table(
        {**{name: batch.column(name) for name in keep}, **dict(zip(names, features.flatten(), strict=True))}
    )

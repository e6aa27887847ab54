"""Two released versions: on the rows on which both were judged when they were trained, or on what came later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ibis
import numpy as np
import pandas as pd

from pqlml.definition import Definition
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.events import Tables
from pqlml.labels import cutoffs, label_pairs
from pqlml.model import registry
from pqlml.model.bundle import PropensityModel
from pqlml.model.metrics import Interval, compare
from pqlml.model.registry import Released
from pqlml.model.rematch import drift_of
from pqlml.release.own_features import PAIR, own_features

_BOTH: Final = 2


@dataclass(frozen=True)
class Compared:
    """How two versions did on the same rows, forward in time for both.

    Attributes
    ----------
    rows, converted
        Rows that both were judged on, and the leads among them that converted.
    only_first, only_second
        Rows on which one of them was judged, and the other was not.
    relabelled
        Rows whose label changed between the two trainings, as when a conversion became known late. The label of the
        later training counts.
    metrics
        ``first`` and ``second`` -> metric -> interval.
    difference
        Metric -> first minus second, from the same resamples of leads.
    """

    first: Released
    second: Released
    rows: int
    converted: int
    only_first: int
    only_second: int
    relabelled: int
    metrics: Mapping[str, Mapping[str, Interval]]
    difference: Mapping[str, Interval]


@dataclass(frozen=True)
class ComparedLater:
    """How two versions, as they were released, did on what became known since.

    Attributes
    ----------
    since
        Cutoffs are from this instant on: all that either of them learned from was known by then.
    rows, converted
        Rows that were judged, and the leads among them that converted.
    metrics
        ``first`` and ``second`` -> metric -> interval.
    difference
        Metric -> first minus second, from the same resamples of leads.
    drift
        ``first`` and ``second`` -> by how much the conversion rate lies above the mean probability.
    """

    first: Released
    second: Released
    since: dt.datetime
    rows: int
    converted: int
    metrics: Mapping[str, Mapping[str, Interval]]
    difference: Mapping[str, Interval]
    drift: Mapping[str, Interval]


def compare_versions(workspace: Path, name: str, first: str, second: str, seed: int = 0) -> Compared:
    """Compare two versions, by number or alias, without their training data.

    What is compared are the procedures that made them: each row has the probability of a fit that had not seen it.

    Raises
    ------
    NotFoundError
        If there is no such version, or its judged rows were not kept.
    DataError
        If the two do not predict the same conversion.
    NotEnoughDataError
        If they were judged on different rows, or on too few.
    """
    a, b, _ = _versions(workspace, name, (first, second))
    mine, theirs = (registry.judged_rows(workspace, each) for each in (a, b))
    both = mine.merge(theirs, on=["entity", "cutoff"], suffixes=("_first", "_second"), validate="one_to_one")
    if both.empty:
        msg = (
            f"{a.uri} and {b.uri} were judged on {len(mine)} and {len(theirs)} rows, none of them the same"
            f"{_spans(mine, theirs)}. Train both on data of the same leads and time, or judge both on what came later "
            f"(--definition)."
        )
        raise NotEnoughDataError(msg)
    label = both["label_first" if int(a.version) > int(b.version) else "label_second"].to_numpy()
    entity = both["entity"].to_numpy()
    found = compare(
        label,
        {"first": both["probability_first"].to_numpy(), "second": both["probability_second"].to_numpy()},
        entity,
        reference_rate=float(label.mean()),
        seed=seed,
    )
    return Compared(
        first=a,
        second=b,
        rows=len(both),
        converted=int(both.loc[label == 1, "entity"].nunique()),
        only_first=len(mine) - len(both),
        only_second=len(theirs) - len(both),
        relabelled=int((both["label_first"] != both["label_second"]).sum()),
        metrics=found.metrics,
        difference=found.differences["second"],
    )


def compare_later(
    workspace: Path,
    name: str,
    versions: tuple[str, str],
    definition: Definition,
    tables: Tables,
    data: Path,
    seed: int = 0,
) -> ComparedLater:
    """Compare two versions, as they were released, on leads of which neither has learned anything.

    Parameters
    ----------
    versions
        The first and the second, by number or alias.
    definition, tables
        Those of today, whose conversion both versions predict: they say who became known since, and who converted.

    Raises
    ------
    NotFoundError
        If there is no such version.
    DataError
        If the three do not agree on what is predicted, or the tables do not hold what a version reads.
    NotEnoughDataError
        If no lead, or of one class only, became known since.
    """
    a, b, models = _versions(workspace, name, versions, definition)
    known = [model.training.known_until for model in models]
    if definition.timeless or None in known:
        msg = "without times nobody can tell which leads a model has not seen; compare on the rows judged in training."
        raise DataError(msg)
    since = max(until for until in known if until is not None)
    labelled = label_pairs(definition, tables, cutoffs(definition, tables, data)).pairs
    later = labelled.filter(labelled.cutoff >= ibis.literal(since, "timestamp(6)"))
    pairs = tables.warehouse.fetch(later.select(*PAIR, "label").order_by("row_id"))
    label = pairs["label"].to_numpy().astype(np.int8)
    if len(np.unique(label)) < _BOTH:
        msg = (
            f"{len(label)} labelled rows, {int(label.sum())} of them converted, are from {since:%Y-%m-%d} on, when all "
            f"that {a.uri} and {b.uri} learned from was known; data end on {tables.observed_until:%Y-%m-%d}. "
            f"Rows of both kinds are needed: wait until more labels have matured, or compare on the rows judged in "
            f"training."
        )
        raise NotEnoughDataError(msg)
    entity = pairs["entity_id"].to_numpy(zero_copy_only=False)
    probability = {
        side: model.probability(own_features(model, definition, tables, data, pairs))
        for side, model in zip(("first", "second"), models, strict=True)
    }
    found = compare(label, probability, entity, reference_rate=float(label.mean()), seed=seed)
    return ComparedLater(
        a,
        b,
        since,
        len(label),
        len(np.unique(entity[label == 1])),
        found.metrics,
        found.differences["second"],
        {side: drift_of(label, said, entity) for side, said in probability.items()},
    )


def _versions(
    workspace: Path, name: str, versions: tuple[str, str], today: Definition | None = None
) -> tuple[Released, Released, list[PropensityModel]]:
    """Return two versions and their models, which predict the same."""
    a, b = (registry.find(workspace, name, version) for version in versions)
    models = [registry.fetch(workspace, each) for each in (a, b)]
    told = {a.uri: models[0].definition, b.uri: models[1].definition}
    if today is not None:
        told[f"the definition {today.name!r}"] = today
    said = list(told.items())
    for who, definition in said[1:]:
        if (definition.conversion, definition.entity) != (said[0][1].conversion, said[0][1].entity):
            msg = (
                f"{said[0][0]} predicts {said[0][1].conversion!r} of {said[0][1].entity}s and {who} "
                f"{definition.conversion!r} of {definition.entity}s: two answers to different questions cannot be "
                f"compared. Choose versions with the same conversion, horizon and gap."
            )
            raise DataError(msg)
    return a, b, models


def _spans(mine: pd.DataFrame, theirs: pd.DataFrame) -> str:
    spans = [
        f"{rows['cutoff'].min():%Y-%m-%d} to {rows['cutoff'].max():%Y-%m-%d}" for rows in (mine, theirs) if _timed(rows)
    ]
    return f" (cutoffs {' and '.join(spans)})" if spans else ""


def _timed(rows: pd.DataFrame) -> bool:
    """Tell whether rows have cutoffs: those of a plain table of leads have none."""
    return bool(rows["cutoff"].notna().any())

"""Two released versions on the rows on which both were judged when they were trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pqlml.errors import DataError, NotEnoughDataError
from pqlml.model import registry
from pqlml.model.metrics import Interval, compare
from pqlml.model.registry import Released


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
    a, b = (registry.find(workspace, name, version) for version in (first, second))
    models = [registry.fetch(workspace, each) for each in (a, b)]
    conversions = [model.definition.conversion for model in models]
    if conversions[0] != conversions[1]:
        msg = (
            f"{a.uri} predicts {conversions[0]!r} and {b.uri} {conversions[1]!r}: two answers to different questions "
            f"cannot be compared. Choose versions with the same conversion, horizon and gap."
        )
        raise DataError(msg)
    mine, theirs = (registry.judged_rows(workspace, each) for each in (a, b))
    both = mine.merge(theirs, on=["entity", "cutoff"], suffixes=("_first", "_second"), validate="one_to_one")
    if both.empty:
        msg = (
            f"{a.uri} and {b.uri} were judged on {len(mine)} and {len(theirs)} rows, none of them the same (cutoffs "
            f"{_span(mine)} and {_span(theirs)}). Train both on data of the same time."
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


def _span(rows: pd.DataFrame) -> str:
    return f"{rows['cutoff'].min():%Y-%m-%d} to {rows['cutoff'].max():%Y-%m-%d}"

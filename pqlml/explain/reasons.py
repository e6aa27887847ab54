"""The strongest reasons for and against each lead: the model's own contributions, told as facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from pqlml.explain.contributions import Contributions
from pqlml.explain.reading import reads
from pqlml.explain.sentences import Read, tell
from pqlml.explain.similar import NOBODY, Similar, similar
from pqlml.explain.statements import Value, as_told
from pqlml.explain.telling import Telling
from pqlml.features.spec import Feature

SMALLEST: Final = 0.1
"""A contribution smaller than this many log-odds (a tenth of the odds) is no reason."""

NEARLY: Final = 0.5
"""A feature with this share of the strongest push may speak for its group, if it is the one that makes sense."""

_SAME: Final = 6
"""Contributions that agree to so many decimals are equal: rounding must not change an order from day to day."""

COLUMNS: Final = (
    "lead",
    "rank",
    "group",
    "dimension",
    "contribution",
    "feature",
    "fact",
    "typical",
    "similar",
    "statement",
    "sentence",
)


def reasons(values: pd.DataFrame, shares: Contributions, telling: Telling) -> pd.DataFrame:
    """Return the reasons of all rows, the strongest first, at most so many for and against as the telling says.

    A group is told through the feature that pushes most in the group's direction; where another one pushes at least
    :data:`NEARLY` as much and reads that way, as the strongest does not, through that one. Two groups never say the
    same about one lead. Equal contributions keep the order of the features.

    Parameters
    ----------
    values
        Feature table, row by row as in ``shares``: the leads of one run, which are compared with each other.

    Returns
    -------
    One row per reason, by lead and rank: ``lead`` (position in ``values``), ``rank`` (from 1), ``group`` (position
    among the groups of ``shares``), ``dimension``, ``contribution`` (log-odds of the whole group), ``feature`` (name of
    the one that is told), ``fact`` (its value; NaN where it is a text or nothing is known), ``typical`` (median of
    similar leads, NaN where it is not told), ``similar`` (who they are; null where nothing is compared), ``statement``
    (the fact alone) and ``sentence`` (with its comparison).
    """
    peers = similar(values, telling.features, telling)
    chosen = _candidates(shares, telling)
    chosen["spokesman"] = _spokesmen(chosen, shares, values, peers, telling)
    chosen = _told(chosen, values, peers, telling)
    chosen = chosen[~chosen.duplicated(["lead", "statement"])]
    side = chosen.groupby(["lead", "direction"], sort=False).cumcount()
    most = np.where(chosen["direction"] > 0, telling.most_for, telling.most_against)
    chosen = chosen[side < most].reset_index(drop=True)
    chosen["rank"] = chosen.groupby("lead", sort=False).cumcount() + 1
    return chosen[list(COLUMNS)]


def _candidates(shares: Contributions, telling: Telling) -> pd.DataFrame:
    """Return the strongest groups of each lead: twice as many as are told, since some may say the same."""
    groups, by_group = shares.by_group()
    weight = np.round(by_group, _SAME)
    found = []
    for direction, most in ((1, telling.most_for), (-1, telling.most_against)):
        count = min(2 * most, len(groups))
        push = direction * weight
        strongest = np.argpartition(-push, count - 1, axis=1)[:, :count] if count else np.empty((len(push), 0), int)
        lead, place = np.nonzero(np.take_along_axis(push, strongest, axis=1) >= SMALLEST)
        group = strongest[lead, place]
        found.append(
            pd.DataFrame({"lead": lead, "group": group, "direction": direction, "contribution": by_group[lead, group]})
        )
    together = pd.concat(found, ignore_index=True)
    strength = -np.abs(weight[together["lead"], together["group"]])
    together = together.iloc[np.lexsort((together["group"], strength, together["lead"]))].reset_index(drop=True)
    together["dimension"] = np.array([dimension for _, dimension in groups], dtype=object)[together["group"]]
    return together


def _spokesmen(
    chosen: pd.DataFrame, shares: Contributions, values: pd.DataFrame, peers: Similar, telling: Telling
) -> np.ndarray:
    """Return for each group that is told the position of the feature that speaks for it."""
    groups, _ = shares.by_group()
    names = [(feature.group, feature.dimension) for feature in shares.features]
    lead, direction = chosen["lead"].to_numpy(), chosen["direction"].to_numpy()
    found = np.zeros(len(chosen), dtype=int)
    for number, rows in chosen.groupby("group").indices.items():
        members = np.array([at for at, name in enumerate(names) if name == groups[int(number)]])  # type: ignore[call-overload]  # a position
        own = np.round(direction[rows][:, None] * shares.values[np.ix_(lead[rows], members)], _SAME)
        fitting = np.column_stack(
            [_reads(telling.features[at], values, lead[rows], peers)[1] == direction[rows] for at in members]
        )
        able = fitting & (own >= NEARLY * own.max(axis=1, keepdims=True))
        own[able.any(axis=1)[:, None] & ~able] = -np.inf
        found[rows] = members[own.argmax(axis=1)]
    return found


def _reads(feature: Feature, values: pd.DataFrame, lead: np.ndarray, peers: Similar) -> tuple[np.ndarray, np.ndarray]:
    """Return how the values of some leads read by themselves, and beside what is typical."""
    if feature.category:
        return (np.zeros(len(lead), dtype=np.int8),) * 2
    own = values[feature.name].to_numpy(np.float64, na_value=np.nan)[lead]
    medians = peers.typical.get(feature.name)
    usual = np.full(len(lead), np.nan)
    if medians is not None:
        known = peers.group[lead] != NOBODY
        usual[known] = medians[peers.group[lead[known]]]
    return reads(feature, own, np.full(len(lead), np.nan)), reads(feature, own, usual)


def _told(chosen: pd.DataFrame, values: pd.DataFrame, peers: Similar, telling: Telling) -> pd.DataFrame:
    """Add what is told: each different value of a feature is put into words once."""
    lead, direction = chosen["lead"].to_numpy(), chosen["direction"].to_numpy()
    texts = {name: np.empty(len(chosen), dtype=object) for name in ("feature", "similar", "statement", "sentence")}
    numbers = {name: np.full(len(chosen), np.nan) for name in ("fact", "typical")}
    for at, rows in chosen.groupby("spokesman").indices.items():
        feature = telling.features[int(at)]  # type: ignore[call-overload]  # a position
        cells = values[feature.name].to_numpy()[lead[rows]]
        alone, beside = _reads(feature, values, lead[rows], peers)
        if not feature.category:
            known = values[feature.name].to_numpy(np.float64, na_value=np.nan)[lead[rows]]
            numbers["fact"][rows] = np.where(np.isfinite(known), known, np.nan)
        for same, group, way in _different(as_told(feature, cells), peers.group[lead[rows]], direction[rows]):
            there, value = rows[same], as_value(cells[same[0]])
            told = _tell(feature, value, group, way, Read(int(alone[same[0]]), int(beside[same[0]])), peers, telling)
            texts["feature"][there] = feature.name
            for name, text in zip(("statement", "sentence", "similar"), told[:3], strict=True):
                texts[name][there] = text
            numbers["typical"][there] = told[3]
    return chosen.assign(**texts, **numbers)


def _tell(
    feature: Feature, value: Value, group: int, direction: int, read: Read, peers: Similar, telling: Telling
) -> tuple[str, str, str | None, float]:
    """Return the statement, the sentence, who is compared, and what is typical of them."""
    medians = peers.typical.get(feature.name)
    typical = None if group == NOBODY or medians is None or np.isnan(medians[group]) else float(medians[group])
    told = tell(feature, value, typical, telling.language, telling.entity, direction, read)
    if typical is None or not told.compared:
        return told.statement, told.sentence, None, np.nan
    return told.statement, told.sentence, peers.names[group], typical


def _different(cells: np.ndarray, groups: np.ndarray, directions: np.ndarray) -> Iterator[tuple[np.ndarray, int, int]]:
    """Yield the positions of each value that occurs with a group and a direction, and these two."""
    codes, _ = pd.factorize(cells)  # unknown is -1, whatever it is written as
    table = pd.DataFrame({"code": codes, "group": groups, "direction": directions})
    for positions in table.groupby(["code", "group", "direction"], sort=False).indices.values():
        rows = np.asarray(positions)
        yield rows, int(groups[rows[0]]), int(directions[rows[0]])


def as_value(cell: object) -> Value:
    """Return a cell of a feature table as a text or a finite number; null for all else."""
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):  # type: ignore[call-overload]  # a scalar by the table's contract
        return None
    number = float(cell)  # type: ignore[arg-type]  # a number by the table's contract
    return number if np.isfinite(number) else None

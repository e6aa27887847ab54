"""The strongest reasons for and against a lead: the model's own contributions, told as facts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.explain.contributions import Contributions
from pqlml.explain.sentences import Value, sentence
from pqlml.model.bundle import PropensityModel
from pqlml.schema import Dimension

MOST_FOR, MOST_AGAINST = 4, 2
SMALLEST = 0.1
"""A contribution smaller than this many log-odds (a tenth of the odds) is no reason."""


@dataclass(frozen=True)
class Reason:
    """One group's push for (positive) or against (negative) a lead.

    Attributes
    ----------
    contribution
        In log-odds; all windows and aggregates of the signal together.
    fact
        The number in the sentence; null where it tells a text or that nothing is known.
    """

    group: str
    dimension: Dimension
    contribution: float
    fact: float | None
    sentence: str


def reasons(model: PropensityModel, values: pd.DataFrame, shares: Contributions) -> list[list[Reason]]:
    """Return the reasons of each row, the strongest first, at most four for and two against.

    A group is told through the feature that pushes most in the group's direction. Two groups never say the same.
    """
    groups, by_group = shares.by_group()
    members = [
        [number for number, feature in enumerate(shares.features) if (feature.group, feature.dimension) == group]
        for group in groups
    ]
    table = {name: values[name].to_numpy() for name in model.encoder.names}
    return [
        _of_lead(model, table, row, shares.values[row], by_group[row], groups, members) for row in range(len(values))
    ]


def _of_lead(
    model: PropensityModel,
    table: dict[str, np.ndarray],
    row: int,
    share: np.ndarray,
    by_group: np.ndarray,
    groups: list[tuple[str, Dimension]],
    members: list[list[int]],
) -> list[Reason]:
    chosen: list[Reason] = []
    left = {1: MOST_FOR, -1: MOST_AGAINST}
    for number in np.argsort(-np.abs(by_group), kind="stable"):
        direction = 1 if by_group[number] > 0 else -1
        if abs(by_group[number]) < SMALLEST or not any(left.values()):
            break
        if not left[direction]:
            continue
        spokesman = max(members[number], key=lambda feature: direction * share[feature])
        feature = model.features[spokesman]
        value = _value(table[feature.name][row])
        told = sentence(feature, value, model.typical.get(feature.name))
        if any(reason.sentence == told for reason in chosen):
            continue
        left[direction] -= 1
        fact = None if value is None or isinstance(value, str) else value
        group, dimension = groups[number]
        chosen.append(Reason(group, dimension, float(by_group[number]), fact, told))
    return chosen


def _value(cell: object) -> Value:
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):  # type: ignore[call-overload]  # a scalar by the table's contract
        return None
    number = float(cell)  # type: ignore[arg-type]  # a number by the table's contract
    return number if math.isfinite(number) else None

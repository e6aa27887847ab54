"""Which learner is released, and whether it may score: judged beside its simpler rivals and beside the champion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from pqlml.dataset import Rows, Split
from pqlml.definition import Definition
from pqlml.errors import DataError, DefinitionError, NotEnoughDataError
from pqlml.events import Tables
from pqlml.labels import cutoffs, label_pairs
from pqlml.model import registry
from pqlml.model.bundle import Kind, PropensityModel
from pqlml.model.evaluation import Evaluation, judged_as
from pqlml.model.registry import Released
from pqlml.model.rematch import Rematch, judged_positions, play, unseen_split
from pqlml.model.top_tier import top_tier
from pqlml.model.verdict import Verdict, judge_release
from pqlml.release.own_features import PAIR, own_features, require_same_entity

Candidate = Literal["auto", "trees", "linear"]
"""What to release; ``auto``: the boosted trees, unless the linear model, which is simpler, does as well."""


@dataclass(frozen=True)
class Contest:
    """How it ended.

    Attributes
    ----------
    evaluation
        With the one that is released as ``model``.
    verdicts
        Learner -> its verdict; both only where the trees were tried first and did not win.
    rematch
        The champion on the same rows as the one that is released; null without a champion.
    champion
        Who scored until now; null where nobody did.
    """

    evaluation: Evaluation
    verdicts: Mapping[Kind, Verdict]
    rematch: Rematch | None
    champion: Released | None

    @property
    def kind(self) -> Kind:
        """What is released."""
        return self.evaluation.model.kind

    @property
    def verdict(self) -> Verdict:
        """Whether it may score."""
        return self.verdicts[self.kind]


@dataclass(frozen=True)
class _Veteran:
    """The champion with its features of the rows that it has not seen; or why it cannot be judged."""

    version: str
    model: PropensityModel
    split: Split | None
    values: pd.DataFrame
    why_not: str = ""

    def meets(self, evaluation: Evaluation, rows: Rows, seed: int) -> Rematch:
        """Judge it beside the model of an evaluation."""
        if self.split is None:
            return Rematch(self.version, why_not=self.why_not)
        return play(self.version, self.model, self.values, self.split, evaluation, rows, seed)


def decide(  # noqa: PLR0913 - what was measured, where it came from, and how to judge
    evaluation: Evaluation,
    rows: Rows,
    tables: Tables,
    data: Path,
    workspace: Path,
    *,
    candidate: Candidate = "auto",
    leaks: Sequence[str] = (),
    seed: int = 0,
) -> Contest:
    """Judge what an evaluation measured, and the champion on the rows that neither had seen; see :func:`choose`."""
    champion = registry.champion(workspace, evaluation.model.definition.name)
    if champion is None:
        return choose(evaluation, rows, candidate=candidate, leaks=leaks, seed=seed)
    veteran = _veteran(workspace, champion, evaluation, rows, tables, data, seed)
    found = choose(
        evaluation,
        rows,
        candidate=candidate,
        leaks=leaks,
        seed=seed,
        meet=lambda judged: veteran.meets(judged, rows, seed),
    )
    return replace(found, champion=champion)


def choose(
    evaluation: Evaluation,
    rows: Rows,
    *,
    candidate: Candidate = "auto",
    leaks: Sequence[str] = (),
    seed: int = 0,
    meet: Callable[[Evaluation], Rematch | None] = lambda _: None,
) -> Contest:
    """Choose which learner is released, and judge whether it may score.

    Parameters
    ----------
    candidate
        With ``auto``, the linear model takes the place of trees that do not beat it beyond chance: of two that cannot
        be told apart, the simpler one is released.
    leaks
        Columns in use that leak for certain: then nothing is promoted.
    meet
        Judges the champion beside the model of an evaluation; null where there is no champion.
    """
    definition = evaluation.model.definition
    first: Kind = "linear" if candidate == "linear" else "trees"
    judged = judged_as(evaluation, first, definition, rows, seed)
    rematch = meet(judged)
    verdicts: dict[Kind, Verdict] = {first: _verdict(judged, rematch, leaks)}
    if candidate == "auto" and "linear" in verdicts["trees"].not_beaten:
        judged = judged_as(evaluation, "linear", definition, rows, seed)
        rematch = meet(judged)
        verdicts["linear"] = _verdict(judged, rematch, leaks)
    return Contest(judged, verdicts, rematch, None)


def _verdict(evaluation: Evaluation, rematch: Rematch | None, leaks: Sequence[str]) -> Verdict:
    label, entity, model = evaluation.label, evaluation.entity, evaluation.model
    return judge_release(
        evaluation.metrics,
        evaluation.differences,
        len(np.unique(entity[label == 1])),
        top_tier(model, evaluation.probability["model"], label, entity),
        rematch,
        leaks,
    )


def _veteran(
    workspace: Path,
    champion: Released,
    evaluation: Evaluation,
    rows: Rows,
    tables: Tables,
    data: Path,
    seed: int,
) -> _Veteran:
    model = registry.fetch(workspace, champion)
    try:
        split = unseen_split(model, evaluation, rows, seed)
        wanted = judged_positions(split)
        values = _features(model, evaluation.model.definition, rows, tables, data, wanted)
    except NotEnoughDataError as error:
        return _Veteran(champion.version, model, None, pd.DataFrame(), str(error))
    except (DataError, DefinitionError) as error:
        why = f"its features cannot be built from these tables ({error})"
        return _Veteran(champion.version, model, None, pd.DataFrame(), why)
    return _Veteran(champion.version, model, split, values)


def _features(
    model: PropensityModel, definition: Definition, rows: Rows, tables: Tables, data: Path, wanted: np.ndarray
) -> pd.DataFrame:
    """Return the features of a model for some of the rows, by its own definition where that is another one."""
    if model.definition.hash == definition.hash and set(model.features) <= set(rows.features):
        return rows.values.iloc[wanted]
    require_same_entity(model, definition)
    found = label_pairs(definition, tables, cutoffs(definition, tables, data), name="again").pairs
    pairs = tables.warehouse.fetch(found.select(*PAIR).order_by("row_id"))
    return own_features(model, definition, tables, data, pairs.take(wanted))

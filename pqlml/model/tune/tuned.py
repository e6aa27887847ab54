"""A definition tuned: searched on its training part, judged once on its test part, and kept only if it is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pqlml.dataset.folds import Split
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.definition.settings import ModelSettings
from pqlml.features.directions import directions
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.encoding import fit_encoder
from pqlml.model.propensity import PropensityClassifier
from pqlml.model.tune.part import search_part
from pqlml.model.tune.plan import Budget, Progress, Searched, SearchPlan, quiet
from pqlml.model.tune.rows import TuningRows
from pqlml.model.tune.search import tune_classifier
from pqlml.model.tune.space import DEFAULT_SPACE
from pqlml.model.tune.worth import Worth, settings_worth


@dataclass(frozen=True)
class Tuned:
    """What tuning found, and what became of it.

    Attributes
    ----------
    given
        The definition that was tuned.
    chosen
        The definition with the tuned settings where they are better on unseen rows, as its next version; else with the
        defaults, which is ``given`` itself unless that fixed some of the settings that were searched.
    settings
        The best settings of the search; empty where nothing beat the defaults.
    worth
        These against the defaults on unseen rows; null where there is nothing to judge.
    split
        How these rows were kept apart.
    """

    given: Definition
    chosen: Definition
    searched: Searched
    worth: Worth | None
    split: Split

    @property
    def settings(self) -> dict[str, float]:
        """The best settings of the search; empty where nothing beat the defaults."""
        return dict(self.searched.parameters)

    @property
    def better(self) -> bool:
        """Whether the settings are kept."""
        return self.worth is not None and self.worth.better(self.searched.objective)

    @property
    def sentence(self) -> str:
        """What tuning bought."""
        if self.worth is None:
            return "Tuning bought nothing: no setting beat the defaults, which stay. That is a fine answer."
        return self.worth.sentence(self.searched.objective)


def tune_definition(
    definition: Definition,
    vocabulary: Vocabulary,
    rows: Rows,
    budget: Budget,
    plan: SearchPlan,
    *,
    progress: Callable[[str], None] = print,
    searching: Progress = quiet,
) -> Tuned:
    """Search on the training part, and judge the best settings once on the rows that are left.

    The usual space gives way to that of the definition. Settings that the definition fixes outside the space hold for
    every trial, the defaults included.

    Parameters
    ----------
    searching
        Is told how much of the budget is used.
    """
    if plan.space is DEFAULT_SPACE and definition.model.search:
        plan = replace(plan, space=definition.model.search)
    train, split = search_part(definition, rows.keys, rows.label, plan.seed)
    fixed = {name: value for name, value in definition.model.given.items() if name not in plan.space}
    seen = _matrix(definition, rows, train)
    learner = PropensityClassifier(categorical=seen.categorical, seed=plan.seed)
    monotone = directions(definition, rows.features)
    learner.set_params(**fixed, monotone=monotone if any(monotone) else None)
    searched = tune_classifier(seen, budget, plan, learner=learner, progress=searching)
    plainly = _with(definition, fixed)
    if not searched.parameters:
        return Tuned(definition, plainly, searched, None, split)
    candidate = _with(definition, fixed | dict(searched.parameters))
    worth = settings_worth(candidate, plainly, vocabulary, rows, split, seed=plan.seed, progress=progress)
    found = Tuned(definition, plainly, searched, worth, split)
    return replace(found, chosen=candidate) if found.better else found


def _matrix(definition: Definition, rows: Rows, train: np.ndarray) -> TuningRows:
    values = rows.values.iloc[train].reset_index(drop=True)
    encoder = fit_encoder(values, rows.features)
    timed = "cutoff" in rows.keys and definition.evaluation.folds is None
    return TuningRows(
        encoder.matrix(values),
        rows.label[train],
        rows.entity[train],
        rows.keys["cutoff"].iloc[train].to_numpy("datetime64[us]") if timed else None,
        horizon_days=definition.conversion.horizon_days,
        gap_days=definition.conversion.gap_days,
        categorical=tuple(encoder.categorical),
        entity_disjoint=definition.evaluation.entity_disjoint,
    )


def _with(definition: Definition, settings: dict[str, float]) -> Definition:
    """Return the definition with these settings and no others, as its next version if that changes it."""
    search = {"search": definition.model.search} if definition.model.search else {}
    model = ModelSettings.model_validate({**settings, **search})
    if model == definition.model:
        return definition
    return definition.model_copy(update={"model": model, "version": definition.version + 1})

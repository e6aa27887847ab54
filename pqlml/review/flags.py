"""Whom a definition flags: the tier of each row, and what each part of the score contributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.errors import DefinitionError, NotEnoughDataError
from pqlml.explain import contributions
from pqlml.features import Vocabulary
from pqlml.features.spec import Feature
from pqlml.model.fit import fit_model
from pqlml.model.scale import assign_tiers
from pqlml.model.scorecard import PointsScorecard
from pqlml.report.assemble import rule_in_words
from pqlml.review.association import Bools, Floats
from pqlml.schema import DIMENSIONS, TIERS, Tier

By = Literal["points", "model"]
_ENOUGH: Final = 20


@dataclass(frozen=True)
class Flags:
    """Tier and score of each row.

    Attributes
    ----------
    by
        The hand-set points, or a model that was fitted on what was over before the period.
    tier, score
        One per row; ``score`` is in points, or a probability.
    from_tier
        Leads of this tier or a better one are flagged.
    parts
        Row x part: what each rule gave in points, or each group of features in log-odds.
    dimensions
        Part -> dimension.
    used
        Groups of features that have a part in the score.
    told_by
        Part -> the feature whose value tells it in a sentence.
    """

    by: By
    tier: np.ndarray
    score: Floats
    from_tier: Tier
    parts: pd.DataFrame
    dimensions: dict[str, str]
    used: frozenset[str]
    told_by: dict[str, Feature]

    @property
    def flagged(self) -> Bools:
        """Whether each row is flagged."""
        return reaches(self.tier, self.from_tier)

    @property
    def by_dimension(self) -> pd.DataFrame:
        """Row x dimension: the parts added up."""
        names = [name for name in DIMENSIONS if name in self.dimensions.values()]
        columns = {name: [p for p, of in self.dimensions.items() if of == name] for name in names}
        return pd.DataFrame({name: self.parts[mine].sum(axis=1) for name, mine in columns.items()})


def reaches(tier: np.ndarray, least: Tier) -> Bools:
    """Tell which tiers are that one or better."""
    better: Bools = np.isin(tier.astype(str), TIERS[: TIERS.index(least) + 1])
    return better


def usual_by(definition: Definition) -> By:
    """Return what leads are flagged by unless asked otherwise: the points, where the tiers are thresholds on them."""
    return "points" if definition.points and definition.tiers.by == "points" else "model"


def require_points(definition: Definition) -> None:
    """Refuse a definition whose points do not tell who is flagged.

    Raises
    ------
    DefinitionError
        If it has no points, or its tiers are thresholds on a probability.
    """
    if not definition.points:
        msg = f"the definition {definition.name!r} (version {definition.version}) has no points: flag by the model."
        raise DefinitionError(f"{msg} On the command line: --by model.")
    if definition.tiers.by == "probability":
        msg = (
            f"the tiers of {definition.name!r} (version {definition.version}) are thresholds on the probability, which "
            f"points do not give. Flag by the model (--by model), or give 'tiers' by points or by capacity."
        )
        raise DefinitionError(msg)


def flags_by_points(definition: Definition, rows: Rows, from_tier: Tier) -> Flags:
    """Flag by the hand-set points.

    Raises
    ------
    DefinitionError
        If the definition has no points, or its tiers are thresholds on a probability, which points do not give.
    """
    require_points(definition)
    card = PointsScorecard(definition.points)
    met = card.met(rows.values)
    features = {feature.name: feature for feature in rows.features}
    names = _unique([rule_in_words(rule, features) for rule in card.rules])
    worth = np.array([rule.points for rule in card.rules])
    points = card.points(rows.values)
    return Flags(
        "points",
        _by_cutoff(definition, rows, points, points),
        points,
        from_tier,
        pd.DataFrame(met * worth, columns=names),
        dict(zip(names, (str(rule.dimension) for rule in card.rules), strict=True)),
        frozenset(features[rule.feature].group for rule in card.rules),
        {name: features[rule.feature] for name, rule in zip(names, card.rules, strict=True)},
    )


def flags_by_model(
    definition: Definition, vocabulary: Vocabulary, rows: Rows, before: Bools, from_tier: Tier, seed: int
) -> Flags:
    """Flag by a model that is fitted on the rows whose label window was over before the period.

    Raises
    ------
    NotEnoughDataError
        If too few of them are there.
    """
    conversions = int(rows.label[before].sum())
    if min(conversions, int(before.sum()) - conversions) < _ENOUGH:
        msg = (
            f"before the period there are {int(before.sum())} rows whose window was over, with {conversions} "
            f"conversions; a model needs {_ENOUGH} of each kind. Choose a later period (--from)"
            f"{', or --by points' if usual_by(definition) == 'points' else ''}."
        )
        raise NotEnoughDataError(msg)
    model = fit_model(definition, vocabulary, rows, np.flatnonzero(before), seed)
    shares = contributions(model, rows.values)
    groups, values = shares.by_group()
    log_odds = shares.log_odds
    probability = 1 / (1 + np.exp(-log_odds))
    names = _unique([group for group, _ in groups])
    tier = _by_cutoff(definition, rows, model.scale.points(log_odds), probability)
    return Flags(
        "model",
        tier,
        probability,
        from_tier,
        pd.DataFrame(values, columns=names),
        dict(zip(names, (str(dimension) for _, dimension in groups), strict=True)),
        frozenset(group for group, _ in groups),
        {name: _spokesman(rows.features, group) for name, (group, _) in zip(names, groups, strict=True)},
    )


def _by_cutoff(definition: Definition, rows: Rows, points: Floats, probability: Floats) -> np.ndarray:
    """Assign tiers; by capacity each cutoff is a run of its own, whose best leads fill the tiers."""
    if definition.tiers.by != "capacity":
        return assign_tiers(definition.tiers, points, probability)
    tier = np.full(len(points), "cold", dtype=object)
    for place in rows.keys.groupby("cutoff").indices.values():
        tier[place] = assign_tiers(definition.tiers, points[place], probability[place])
    return tier


def _spokesman(features: Sequence[Feature], group: str) -> Feature:
    """Return the feature of a group that people understand best: a count, over the longest window."""
    mine = [feature for feature in features if feature.group == group]
    return max(mine, key=lambda one: (one.aggregate == "count", one.window_days or 0))


def _unique(names: list[str]) -> list[str]:
    return [name if names.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(names, 1)]

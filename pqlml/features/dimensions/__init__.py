"""One builder per dimension: the usual features that a definition and its data give there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pqlml.definition.model import Definition
from pqlml.features.dimensions.engagement import engagement
from pqlml.features.dimensions.fit import fit
from pqlml.features.dimensions.team import team
from pqlml.features.dimensions.upgrade import upgrade
from pqlml.features.dimensions.value import value
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary
from pqlml.schema import Dimension

__all__ = ["BUILDERS"]

BUILDERS: Final[dict[Dimension, Callable[[Definition, Vocabulary], Iterator[Feature]]]] = {
    "engagement": engagement,
    "team": team,
    "value": value,
    "upgrade": upgrade,
    "fit": fit,
}
"""Dimension -> its builder, in the order of the columns."""

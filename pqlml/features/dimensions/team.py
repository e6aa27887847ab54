"""Team: invitations sent and accepted, members, departments, roles."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.features.dimensions.common import other_features, signal_features
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary


def team(definition: Definition, _: Vocabulary) -> Iterator[Feature]:
    """Yield the signals of the team, and the share of invitations that were accepted where both are known."""
    if definition.sources.events is not None:
        yield from signal_features(definition, "team")
        yield from other_features(definition, "team")

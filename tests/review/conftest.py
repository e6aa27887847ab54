from __future__ import annotations

from collections.abc import Callable

import pytest

from pqlml import pipeline
from pqlml.review.moments import FoundMoments
from tests.review.planted import Kind, write_company

Searched = Callable[[Kind, int], FoundMoments]


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    """Return what `aha` finds in a planted company, in first days of three lengths."""
    found: dict[tuple[Kind, int], FoundMoments] = {}

    def look(kind: Kind, seed: int) -> FoundMoments:
        if (kind, seed) not in found:
            folder = tmp_path_factory.mktemp("company")
            definition = write_company(folder, kind, seed)
            found[kind, seed] = pipeline.aha(definition, folder, days=[3, 7, 14], page=folder / "aha.html")
        return found[kind, seed]

    return look

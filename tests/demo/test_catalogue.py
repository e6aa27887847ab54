from __future__ import annotations

from pathlib import Path

import pytest

from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import DEMOS


def test_every_name_leads_to_its_demonstration() -> None:
    assert set(DEMOS) == {"saas", "completejourney", "freemium365", "cdnow", "xeducation"}
    assert all(demo.name == name for name, demo in DEMOS.items())


@pytest.mark.parametrize("name", DEMOS)
def test_its_definition_is_shipped_and_reads_files_of_the_target_folder(name: str) -> None:
    sources = load_definition(shipped_definitions()[DEMOS[name].definition]).sources
    for source in (sources.events, sources.entities, sources.outcomes):
        assert source is None or (source.path is not None and Path(source.path).name == source.path)

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import xeducation


def _read(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "leads.csv", dtype=str, keep_default_na=False)


def test_the_table_stays_as_it_is_but_for_nameless_columns(tmp_path: Path) -> None:
    source = tmp_path / "sets" / "xeducation_leads"
    source.mkdir(parents=True)
    (source / "Leads.csv").write_text(
        'Prospect ID,City,Converted,\na-1,Select,0,\nb-2,"Thane, Outskirts",1,\nc-3,NA,0,\n'
    )
    xeducation.load(tmp_path / "out", tmp_path / "sets")
    leads = _read(tmp_path / "out")
    assert list(leads) == ["Prospect ID", "City", "Converted"]
    assert leads["City"].tolist() == ["Select", "Thane, Outskirts", "NA"]


@pytest.mark.shared_data
def test_the_real_file_gives_the_known_counts(datasets: Path, tmp_path: Path) -> None:
    xeducation.load(tmp_path, datasets)
    leads = _read(tmp_path)
    assert leads.shape == (9_240, 37)
    assert leads["Prospect ID"].is_unique
    assert leads["Converted"].eq("1").mean() == pytest.approx(0.3854, abs=5e-5)


@pytest.mark.shared_data
def test_the_definition_names_only_columns_of_the_real_file(datasets: Path, tmp_path: Path) -> None:
    xeducation.load(tmp_path, datasets)
    definition = load_definition(shipped_definitions()["xeducation"])
    entities = definition.sources.entities
    assert entities is not None
    profile = {f"fit.{role}.in_ideal" for role in definition.signals.fit.ideal}
    named = {entities.entity_id, *entities.ignore, *definition.signals.fit.roles.values(), definition.conversion.label}
    named |= {rule.feature for rule in definition.points} - profile
    assert named <= set(_read(tmp_path))

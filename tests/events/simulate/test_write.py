from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from pqlml.errors import PqlmlError
from pqlml.events.simulate import World, simulate
from pqlml.events.simulate.visits import EVENTS
from pqlml.events.simulate.world import Dirt
from pqlml.events.simulate.write import BLOCK, SCHEMAS, simulate_block
from tests.events.simulate.company import Company

SAMPLE = Path(__file__).parents[3] / "data" / "sample"


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    summaries = [simulate(tmp_path / name, accounts=60, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    for name, path in summaries[0].paths.items():
        assert path.read_bytes() == summaries[1].paths[name].read_bytes(), name
    events = [(tmp_path / name / "events.parquet").read_bytes() for name in "ac"]
    assert events[0] != events[1]


def test_a_block_is_the_same_alone_and_among_others(company: Company) -> None:
    for block, first, size in ((1, BLOCK, 2800 - BLOCK), (0, 0, BLOCK)):
        tables, _, _ = simulate_block(block, first, size, 3, company.world)
        for name, table in tables.items():
            written = company.table(name)
            mine = pc.is_in(written["account_id"], table["account_id"].unique())
            assert written.filter(mine).equals(table), name


def test_summary_counts_the_rows_that_were_written(company: Company) -> None:
    summary = company.summary
    assert summary.accounts == 2800
    assert {name: len(company.table(name)) for name in SCHEMAS} == summary.rows
    assert all(path.is_file() for path in summary.paths.values())
    distinct = summary.rows["events"] - summary.planted["duplicated_events"]
    assert 80 < distinct / summary.accounts < 200


def test_events_are_of_the_documented_vocabulary(company: Company) -> None:
    assert set(company.table("events")["event"].unique().to_pylist()) == set(EVENTS)


def test_progress_is_told_after_each_block(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate(tmp_path, accounts=50, seed=0, progress=lambda done, total: told.append((done, total)))
    assert told == [(50, 50)]


def test_one_account_of_the_last_day_is_enough(tmp_path: Path) -> None:
    assert simulate(tmp_path, accounts=1, seed=0).rows["truth/accounts"] == 1


@pytest.mark.parametrize(("accounts", "seed"), [(0, 1), (1_000_001, 1), (100, -1)])
def test_numbers_out_of_range_are_refused(tmp_path: Path, accounts: int, seed: int) -> None:
    with pytest.raises(PqlmlError, match="expected"):
        simulate(tmp_path, accounts=accounts, seed=seed)


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(ValidationError):
        World.model_validate({"effects": {"luck": 1}})


def test_truth_is_written_for_the_days_that_were_asked_for(tmp_path: Path) -> None:
    world = World(truth_every_days=7, dirt=Dirt(outage_start=None))
    simulate(tmp_path, accounts=80, seed=4, world=world)
    days = pq.read_table(tmp_path / "truth/probability.parquet")["day"].unique().to_pylist()
    assert days
    assert {(day - world.start).days % 7 for day in days} == {0}


def test_the_sample_has_the_tables_that_the_code_writes() -> None:
    for name, schema in SCHEMAS.items():
        assert pq.read_schema(SAMPLE / f"{name}.parquet") == schema
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 1_000_000

"""A simulated company in a folder, and how its tables are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pqlml.events.simulate import SimulationSummary, World
from pqlml.events.simulate.world import Dirt

Row = dict[str, Any]

CLEAN = Dirt(
    duplicate_share=0,
    late_share=0,
    late_firmographics_share=0,
    internal_share=0,
    dormant_share=0,
    free_mail_share=0,
    members_left_share=0,
    members_recorded_late_share=0,
    events_after_conversion=False,
    crm_follows_outcome=False,
    outage_start=None,
)


@dataclass(frozen=True)
class Company:
    folder: Path
    world: World
    summary: SimulationSummary

    def table(self, name: str, *columns: str) -> pa.Table:
        return pq.read_table(self.folder / f"{name}.parquet", columns=list(columns) or None)

    def rows(self, name: str) -> list[Row]:
        return list(self.table(name).to_pylist())

    def events(self, *names: str) -> list[Row]:
        """Return the events of those names; making objects of all of them would take longer than simulating them."""
        table = self.table("events")
        return list(table.filter(pc.is_in(table["event"], pa.array(names))).to_pylist())

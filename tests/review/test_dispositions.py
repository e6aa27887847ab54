from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pqlml.errors import DataError
from pqlml.review.dispositions import by_disposition, heard, read_dispositions
from pqlml.warehouse import open_warehouse

REVIEWED = np.array(["c001", "c002", "c003"])
KNOWN = np.array(["c001", "c002", "c003", "c004"])


def test_leads_of_the_file_are_found_elsewhere_or_unknown(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("entity_id,disposition\nc001,met\nc001,no budget\nc004,met\nz2,met\nz1,met\nc003,\n")
    with open_warehouse() as warehouse:
        said = read_dispositions(warehouse, path)
    found = heard(said, REVIEWED, KNOWN)
    assert (found.rows, found.incomplete, found.leads) == (6, 1, 4)
    assert (found.reviewed, found.elsewhere, found.unknown) == (1, 1, 2)
    assert found.examples == ("z1", "z2")
    assert str(found) == (
        "1 of 4 leads that the file names were looked at in this period; 1 only at other cutoffs; 2 never with a "
        "known outcome, or not in these data (z1, z2); of its 6 rows 1 lack an entity_id or a disposition."
    )
    counted = by_disposition(said, REVIEWED, np.array([True, False, False]), np.zeros(3, bool))
    assert {one.disposition: one.flagged + one.not_flagged for one in counted} == {"(none)": 2, "no budget": 1}


def test_many_unknown_leads_are_told_by_some_of_them(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("entity_id,disposition\n" + "".join(f"z{number},met\n" for number in range(9)))
    with open_warehouse() as warehouse:
        found = heard(read_dispositions(warehouse, path), REVIEWED, KNOWN)
    assert "0 of 9 leads" in str(found)
    assert str(found).endswith("(z0, z1, z2, z3, z4, ...). Is its entity_id that of the definition's tables?")


def test_a_missing_file_is_told_as_what_it_is(tmp_path: Path) -> None:
    with (
        open_warehouse() as warehouse,
        pytest.raises(DataError, match=r"there is no file .*gone\.csv of dispositions \(--dispositions\)"),
    ):
        read_dispositions(warehouse, tmp_path / "gone.csv")

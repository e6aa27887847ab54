"""Ids are found among those that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pqlml.features.kernel.exact import NULL
from pqlml.features.store.known_ids import KnownIds


@pytest.mark.parametrize("highest", [40, 2**63, 2**64 - 1])
@pytest.mark.parametrize("number", [1, 2, 60, 5_000])
def test_every_known_id_is_found_and_no_other(number: int, highest: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(number)
    several = np.unique(draw.integers(0, highest, 2 * number, dtype=np.uint64, endpoint=True))
    chosen = draw.random(len(several)) < 0.5
    chosen[0] = True
    known = several[chosen].view(np.int64)
    ids = KnownIds(tmp_path, ())
    ids.add(known[::-1], np.arange(len(known))[::-1])
    asked = draw.permutation(np.concatenate([several, several[:3], np.array([0, 2**64 - 1], np.uint64)]).view(np.int64))
    when = {int(one): place for place, one in enumerate(known)}
    assert ids.since(asked).tolist() == [when.get(int(one), int(NULL)) for one in asked]


def test_without_known_ids_none_is_found(tmp_path: Path) -> None:
    assert KnownIds(tmp_path, ()).since(np.array([5, 5, 7])).tolist() == [NULL, NULL, NULL]

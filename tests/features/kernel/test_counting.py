from __future__ import annotations

import numpy as np
import pytest

from pqlml.features import Feature
from pqlml.features.kernel.counting import Classes, compare_rates, count_into, make_counting
from pqlml.features.kernel.memberships import memberships_of
from pqlml.features.kernel.values import Values

SETS = (("a",), ("a", "b"))
CHOSEN = np.array([[False, True, False], [False, True, True]])
"""Set x class; class 0 is all other events."""
WINDOWS = (7, 28, None)
FEATURES = [
    *(Feature(f"{of} {days}", "team", "x", "count", events=of, window_days=days) for of in SETS for days in WINDOWS),
    *(Feature(f"trend {of}", "team", "x", "trend", events=of) for of in SETS),
]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("length", [0, 40, 5_000])
def test_short_and_long_lines_are_counted_alike(length: int, together: bool) -> None:
    chance = np.random.default_rng(length)
    lines, per_line = 3, 300
    start = np.arange(lines + 1) * length
    pairs = np.arange(lines + 1) * per_line
    which = chance.integers(0, 3, lines * length)
    ends = np.concatenate([first + np.sort(chance.integers(0, length + 1, per_line)) for first in start[:-1]])
    first = np.repeat(start[:-1], per_line)
    begins = np.stack([np.maximum(ends - 50, first), np.maximum(ends - 900, first), first])
    rows = np.arange(len(ends)) if together else chance.permutation(len(ends))

    numbers: dict[tuple[str, ...] | None, int] = {of: number for number, of in enumerate(SETS)}
    sets = memberships_of(FEATURES, CHOSEN, numbers)
    wanted = make_counting(FEATURES, sets)
    values = Values(FEATURES, len(ends))
    order = [WINDOWS.index(days) for days in wanted.windows]
    count_into(values, rows, (wanted, sets), Classes(which, start, pairs), begins[order], ends)

    for feature, column in zip(FEATURES, values.columns, strict=True):
        counted = np.concatenate([[0], CHOSEN[numbers[feature.events]][which].cumsum()])
        inside = counted[ends] - counted[begins]
        found = column[rows]
        if feature.aggregate == "count":
            assert found.tolist() == inside[WINDOWS.index(feature.window_days)].tolist()
        else:
            expected = [compare_rates(week, month) for week, month in zip(*inside[:2].tolist(), strict=True)]
            np.testing.assert_array_equal(found, expected)

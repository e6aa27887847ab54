from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqlml.features.kernel.exact import differences
from pqlml.warehouse import Warehouse, open_warehouse

LARGEST = 10**37
integers = st.one_of(
    st.integers(-LARGEST, LARGEST),
    st.integers(-(2**53) - 9, 2**53 + 9),
    st.integers(-(2**65), 2**65),
    st.sampled_from([0, 2**53, 2**64 - 1, 2**64, -(2**64), -(2**64) - 1, 10**6 * 2**64, -(10**6) * 2**64 - 1]),
)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


def limbs(values: list[int]) -> tuple[np.ndarray, np.ndarray]:
    high = np.array([value >> 64 for value in values], np.int64)
    low = np.array([value & (2**64 - 1) for value in values], np.uint64)
    return high, low


@given(st.lists(st.tuples(integers, integers), min_size=1, max_size=50))
def test_differences_are_the_doubles_that_duckdb_makes_of_decimals(
    warehouse: Warehouse, cases: list[tuple[int, int]]
) -> None:
    left, right = [case[0] for case in cases], [case[1] for case in cases]
    made = differences(*limbs(left), *limbs(right))
    exact = [first - second for first, second in cases]
    bytes_of = b"".join(value.to_bytes(16, "little", signed=True) for value in exact)
    decimals = pa.Array.from_buffers(pa.decimal128(38, 6), len(exact), [None, pa.py_buffer(bytes_of)])
    position = pa.array(range(len(exact)))
    table = warehouse.save_arrow("decimals", pa.table({"position": position, "exact": decimals}))
    expected = warehouse.fetch(table.order_by("position").select(double=table.exact.cast("float64")))
    assert made.tolist() == expected["double"].to_pylist()

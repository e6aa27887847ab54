from __future__ import annotations

import numpy as np
import pytest

from pqlml.features.kernel import heap
from pqlml.features.kernel.heap import Buckets, Heap

BUCKETS = Buckets(first=10, last=32, shift=1)
WIDTH = 2


def fill(made: Heap, batches: int, per_bucket: int) -> None:
    """Let each batch bring some records to every bucket: the batch's number, and the bucket's."""
    bounds = np.arange(len(BUCKETS) + 1) * per_bucket
    for batch in range(batches):
        for room, begin, end in made.room_for(bounds):
            room[:, 0], room[:, 1] = batch, np.arange(begin, end) // per_bucket


@pytest.mark.parametrize("slab", [64, 400, 10**6])
def test_each_bucket_gets_its_records(slab: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "SLAB_BYTES", slab)
    made = Heap(BUCKETS, WIDTH, events=100)
    fill(made, batches=3, per_bucket=4)
    for bucket in range(len(BUCKETS)):
        records = made.fetch(bucket)
        made.done(bucket)
        assert records.tolist() == [[batch, bucket] for batch in range(3) for _ in range(4)]
    assert made.held == 0


def test_memory_is_given_back_group_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "SLAB_BYTES", 100)
    made = Heap(BUCKETS, WIDTH, events=100)
    fill(made, batches=2, per_bucket=3)
    whole, before = made.held, []
    for bucket in range(len(BUCKETS)):
        made.done(bucket)
        before.append(made.held)
    assert before == sorted(before, reverse=True)
    assert 0 < before[len(before) // 2] < whole
    assert before[-1] == 0


def test_buckets_without_records_are_empty() -> None:
    made = Heap(BUCKETS, WIDTH, events=0)
    fill(made, batches=1, per_bucket=0)
    assert made.fetch(0).shape == (0, WIDTH)
    assert made.held == 0

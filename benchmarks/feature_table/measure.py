"""Runs, interleaved: every round lets each lane build its matrix once, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import numpy as np

from feature_table.matrix import columns

WORKER: Final = Path(__file__).with_name("worker.py")
BLOCK: Final = 100_000
"""Rows compared at a time."""

READY_BYTES: Final = 3_000_000_000
"""Memory that is held ready before each run: more than any run of ten million events takes."""


@dataclass
class Lane:
    """One engine on one calendar, and what was measured.

    Attributes
    ----------
    fresh
        Whether each run starts a process and counts from its start; else one process serves all runs, after a small
        matrix that loads the engine.
    python
        The interpreter, where the engine needs an environment of its own.
    seconds
        One per round.
    peak_gb
        The most memory that the process held, over all rounds, in 10**9 bytes.
    """

    engine: str
    calendar: str = "monthly"
    fresh: bool = False
    python: Path = Path(sys.executable)
    seconds: list[float] = field(default_factory=list)
    peak_gb: float = 0.0

    @property
    def label(self) -> str:
        """Name of the lane on the screen."""
        return f"{self.engine} {self.calendar}{' fresh' if self.fresh else ''}"


class Worker:
    """A process that builds matrices on request."""

    def __init__(self, lane: Lane, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own file, run by an interpreter that we chose
            [lane.python, WORKER, lane.engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(WORKER.parents[2]), **(environment or {})},
        )
        self._lane = lane

    def build(self, data: Path, save: Path | None = None, calendar: str | None = None) -> dict[str, float]:
        """Build the matrix once; return ``seconds`` and ``peak_gb``, and keep the values in that file.

        Parameters
        ----------
        calendar
            The lane's own, unless given.
        """
        request = {"data": str(data), "calendar": calendar or self._lane.calendar, "save": str(save) if save else None}
        requests, answers = self._pipes()
        requests.write(json.dumps(request) + "\n")
        requests.flush()
        measured: dict[str, float] = json.loads(answers.readline() or self._failed())
        if save:
            json.loads(answers.readline() or self._failed())
        return measured

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        return self._process.stdin, self._process.stdout

    def _failed(self) -> str:
        code = self._process.wait()
        msg = f"{self._lane.label}: the process ended with {code} (-9: most likely out of memory); see its error above"
        raise RuntimeError(msg)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in self._pipes():
            pipe.close()
        self._process.wait()


def measure(lanes: Sequence[Lane], data: Path, warm_up: Path, runs: int, kept: Path) -> None:
    """Fill the lanes with that many rounds; the matrices of the last round are kept and must be equal.

    Parameters
    ----------
    warm_up
        Small data, on which engines are loaded before they are timed.
    kept
        Folder for the matrices, while they are compared.
    """
    steady = [lane for lane in lanes if not lane.fresh]
    with ExitStack() as stack:
        workers = {lane.label: stack.enter_context(Worker(lane)) for lane in steady}
        for worker in workers.values():
            worker.build(warm_up, calendar="monthly")
        for number in range(1, runs + 1):
            for lane in lanes:
                hold_memory_ready()
                save = kept / f"{lane.label}.npy" if number == runs and lane in steady else None
                measured = _fresh(lane, data) if lane.fresh else workers[lane.label].build(data, save)
                lane.seconds.append(measured["seconds"])
                lane.peak_gb = max(lane.peak_gb, measured["peak_gb"])
                print(f"  run {number} of {runs}: {lane.label}: {lane.seconds[-1]:.2f} s", flush=True)
    for calendar in {lane.calendar for lane in steady}:
        _compare([lane.label for lane in steady if lane.calendar == calendar], kept)


def hold_memory_ready() -> None:
    """Touch memory and give it back to the system, which has it at hand for what comes next.

    A virtual machine may lend free memory to its host within seconds. To get it back takes about a second for each
    gigabyte here, which would be the larger part of what a table of this size costs, and no matter of its engine.
    """
    np.empty(READY_BYTES, np.uint8).fill(1)


def first_use(lane: Lane, data: Path) -> float:
    """Return the seconds that a fresh process takes on a machine that never ran the engine: it compiles its loops."""
    with tempfile.TemporaryDirectory() as empty:
        return _fresh(lane, data, {"NUMBA_CACHE_DIR": empty})["seconds"]


def _fresh(lane: Lane, data: Path, environment: Mapping[str, str] | None = None) -> dict[str, float]:
    """Build the matrix once in a process of its own; the seconds count from the start of the process."""
    begin = time.perf_counter()
    with Worker(lane, environment) as worker:
        measured = worker.build(data)
        return {**measured, "seconds": time.perf_counter() - begin}


def _compare(labels: Sequence[str], kept: Path) -> None:
    """Check that the matrices are equal, but for the last digits of sums of doubles; then remove them.

    Raises
    ------
    ValueError
        Names two lanes that differ, and the columns.
    """
    first = np.load(kept / f"{labels[0]}.npy", mmap_mode="r")
    for label in labels[1:]:
        other = np.load(kept / f"{label}.npy", mmap_mode="r")
        if other.shape != first.shape:
            raise ValueError(f"{label} gives {other.shape} values, {labels[0]} {first.shape}")
        rows = range(0, len(first), BLOCK)
        equal = [
            np.isclose(first[row : row + BLOCK], other[row : row + BLOCK], rtol=1e-9, atol=1e-9, equal_nan=True)
            for row in rows
        ]
        wrong = ~np.logical_and.reduce([block.all(axis=0) for block in equal])
        if wrong.any():
            names = [name for name, is_wrong in zip(columns(), wrong, strict=True) if is_wrong]
            raise ValueError(f"{label} and {labels[0]} differ in {', '.join(names)}")
    print(f"  equal values: {', '.join(labels)}")
    for label in labels:
        (kept / f"{label}.npy").unlink()

"""A process that builds the matrix with one engine, on request: ``python worker.py ENGINE``.

Requests come as lines of JSON on the standard input, answers go as lines to the standard output. Only what the engine
itself needs is imported before the first matrix stands, so that a fresh process shows what one costs.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    """Answer requests until the input ends."""
    engine = importlib.import_module(f"feature_table.by_{sys.argv[1]}")
    ready: dict[tuple[str, str], Callable[[], Any]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = (request["data"], request["calendar"])
        if key not in ready:
            ready[key] = engine.prepare(Path(request["data"]), request["calendar"])
        begin = time.perf_counter()
        built = ready[key]()
        seconds = time.perf_counter() - begin
        print(json.dumps({"seconds": seconds, "peak_gb": peak_gb()}), flush=True)
        if request["save"]:
            save(built, Path(request["save"]))
            print(json.dumps({"saved": request["save"]}), flush=True)
        del built


def peak_gb() -> float:
    """Return the most memory that this process ever held, in 10**9 bytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e9
    msg = "this system does not tell a process's peak memory in /proc/self/status; run the benchmark on Linux"
    raise OSError(msg)


def save(built: Any, path: Path) -> None:  # noqa: ANN401 - a table of whatever the engine makes, or a list of them
    """Write the matrix as doubles, rows in the order of ``row_id``, columns as in ``matrix.columns()``."""
    import numpy as np

    from feature_table.matrix import columns

    parts = built if isinstance(built, list) else [built]
    blocks = [np.column_stack([np.asarray(part[name], np.float64) for name in columns()]) for part in parts]
    matrix = np.concatenate(blocks)
    if "row_id" in (parts[0].column_names if hasattr(parts[0], "column_names") else list(parts[0].columns)):
        row = np.concatenate([np.asarray(part["row_id"]) for part in parts])
        matrix = matrix[np.argsort(row)]
    np.save(path, matrix)


if __name__ == "__main__":
    main()

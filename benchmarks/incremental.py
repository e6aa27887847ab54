"""What one more day costs with a stored state, and whether its values are those of a full build.

``make benchmark-incremental`` compares 1,000 random lives of a source with full builds, bit for bit, and then measures
days against full builds on generated usage, turn by turn. Figures go to ``benchmarks/results/incremental.json``, part
by part, and from there to ``docs/incremental.md``; with ``--resume``, what is in the file already is not done again.
Generated data stay in a folder for temporary files (``--folder``), and are found there again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from incremental_state.page import write_page
from incremental_state.sequences import compare
from incremental_state.timing import SIZES, measure_size

from pqlml import __version__

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results" / "incremental.json"
PAGE: Final = ROOT / "docs" / "incremental.md"
FOLDER: Final = Path(tempfile.gettempdir()) / "pqlml-benchmark-incremental"
SEQUENCES: Final = 1_000
RUNS: Final = 8
"""Days that are added; the first loads and compiles and is not counted, and the others see the past move once."""


def main() -> None:
    """Measure what is asked for; each part is stored as soon as it is there."""
    parser = argparse.ArgumentParser(description="Measure what one more day costs with a stored state.")
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=list(SIZES), help="measure these only")
    parser.add_argument("--sequences", type=int, default=SEQUENCES, help="compare so many random lives; 0 for none")
    parser.add_argument("--runs", type=int, default=RUNS, help="days that are added")
    parser.add_argument("--resume", action="store_true", help="leave out what the results already hold")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where generated data are kept")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file that the figures go to")
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(asked.results.read_text("utf-8")) if asked.results.exists() else {}
    if asked.sequences:
        before = found.get("sequences") if asked.resume else None
        found["sequences"] = compare(
            asked.sequences, before, lambda told: store(found | {"sequences": told}, asked.results)
        )
        store(found, asked.results)
    for name in asked.sizes:
        if asked.resume and any(entry["size"] == name for entry in found.get("rows", [])):
            continue
        rows = {entry["size"]: entry for entry in found.get("rows", [])}
        rows[name] = measure_size(name, SIZES[name], asked.folder, asked.runs)
        found["rows"] = [rows[size] for size in SIZES if size in rows]
        store(found, asked.results)
    if asked.results == RESULTS:
        write_page(found, PAGE)
    print(json.dumps(found["summary"], indent=2))


def store(found: dict[str, Any], path: Path) -> None:
    """Write the figures with what they were measured on."""
    rows = found.get("rows", [])
    found["machine"] = {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    found["pqlml"] = __version__
    found["summary"] = {f"day_over_full_{row['size']}": row["day_over_full"] for row in rows} | {
        "sequences_equal": found.get("sequences", {}).get("sequences")
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()

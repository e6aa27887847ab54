"""Competitors in environments of their own, and each run in a process of its own."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / ".benchmarks"


def environment(name: str, requirements: Sequence[str]) -> Path:
    """Return the Python of an environment with these packages, installed by name when it is not there yet."""
    folder = FOLDER / name
    python = folder / "bin" / "python"
    stamp = folder / "installed.json"
    wanted = json.dumps([platform.python_version(), *requirements])
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        print(f"installing {', '.join(requirements)} into an environment of their own", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
        subprocess.run(install, check=True)  # noqa: S603 - the benchmark's own list
        stamp.write_text(wanted, "utf-8")
    return python


def run(python: Path | str, script: Path, **arguments: object) -> dict[str, Any]:
    """Run a script in a process of its own and return the JSON of its last line."""
    given = [f"--{name.replace('_', '-')}={value}" for name, value in arguments.items()]
    done = subprocess.run(  # noqa: S603 - the benchmark's own script
        [str(python), str(script), *given], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> Mapping[str, Any]:
    """Return the size of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }

"""An environment of its own for Featuretools, which fails beside pandas 3."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

PACKAGES: Final = ("featuretools==1.31.0", "composeml==0.10.1", "pandas<3", "setuptools<81", "pyarrow")


def featuretools_python(folder: Path) -> Path:
    """Return the interpreter of that environment; make it in the folder if it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)  # noqa: S603 - our own interpreter
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)  # noqa: S603 - the one just made
        (folder / "complete").touch()
    return python

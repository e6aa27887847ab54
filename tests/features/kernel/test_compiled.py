from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from pqlml.features.kernel.compiled import compiled


def test_compiles_where_machine_code_cannot_be_kept() -> None:
    scope: dict[str, Callable[[int], int]] = {}
    exec("def twice(number): return 2 * number", scope)  # noqa: S102 - a function of no file has no place to keep it
    assert compiled(scope["twice"])(21) == 42


def test_features_are_imported_without_the_compiler() -> None:
    code = "import pqlml.features, sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

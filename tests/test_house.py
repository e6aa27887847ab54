"""The repository keeps its own promises: locked dependencies, layers, a light command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import pqlml

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-bootstrap.lock")

# Each takes from a tenth of a second to several seconds to import.
HEAVY = {
    "duckdb",
    "fastapi",
    "ibis",
    "lightgbm",
    "matplotlib",
    "mlflow",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "sklearn",
}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each pinned requirement of a lock file with its hashes."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        requirement, *hashes = (part.strip() for part in line.split("--hash="))
        yield Requirement(requirement), hashes


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_every_package_with_hashes_and_names_no_host(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()
    packages = list(locked(name))
    assert packages
    for requirement, hashes in packages:
        assert re.fullmatch(r"==[\w.+!]+", str(requirement.specifier)), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), requirement


def test_lock_satisfies_the_dependencies_of_the_project() -> None:
    pins: dict[str, list[Version]] = {}
    for requirement, _ in locked("requirements.lock"):
        version = Version(str(requirement.specifier).removeprefix("=="))
        pins.setdefault(canonicalize_name(requirement.name), []).append(version)
    table = project()
    extras = table["project"]["optional-dependencies"].values()
    wanted = [
        *table["project"]["dependencies"],
        *table["dependency-groups"]["dev"],
        *(d for extra in extras for d in extra),
    ]
    for requirement in map(Requirement, wanted):
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement} is not locked; run: make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: run: make lock"


def test_version_is_said_once() -> None:
    version = project()["project"]["version"]
    assert pqlml.__version__ == version
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_layers_and_homes_of_libraries_are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-logo"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import json, sys\n"
        "from pqlml.cli import main\n"
        "sys.argv = ['pqlml', '--help']\n"
        "try:\n    main()\n"
        "finally:\n    print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(ran.stdout.splitlines()[-1]))
    assert "typer" in loaded
    assert not loaded & HEAVY


def test_every_package_has_a_page_of_api_documentation() -> None:
    page = (ROOT / "docs" / "api" / "index.md").read_text()
    files = (ROOT / "pqlml").rglob("__init__.py")
    names = {".".join(file.parent.relative_to(ROOT).parts) for file in files} - {"pqlml"}
    names |= {f"pqlml.{file.stem}" for file in (ROOT / "pqlml").glob("*.py")} - {"pqlml.__init__", "pqlml.__main__"}
    assert names == set(re.findall(r"^   (pqlml\.[\w.]+)$", page, re.MULTILINE))


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    helped = set(re.findall(r"^([a-z]+):.*## \w", makefile, re.MULTILINE))
    assert helped == set(phony.group(1).split())

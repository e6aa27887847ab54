"""Errors: one family, one exit code per kind, and the nearest valid name."""

from __future__ import annotations

import pytest

from pqlml.errors import (
    DataError,
    DefinitionError,
    MissingExtraError,
    NotEnoughDataError,
    NotFoundError,
    PqlmlError,
    nearest,
)

KINDS = (PqlmlError, DefinitionError, DataError, NotEnoughDataError, NotFoundError, MissingExtraError)


def test_each_kind_has_its_own_exit_code() -> None:
    codes = [kind.exit_code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(code > 2 for code in codes), "0 to 2 mean success, a crash and wrong usage"


@pytest.mark.parametrize("kind", KINDS)
def test_all_are_one_family(kind: type[PqlmlError]) -> None:
    assert issubclass(kind, PqlmlError)


def test_a_missing_package_says_how_to_get_it() -> None:
    error = MissingExtraError("fastapi", "web", "'pqlml serve'")
    assert str(error) == "'pqlml serve' needs the package 'fastapi': pip install 'pqlml[web]'."


@pytest.mark.parametrize(
    ("name", "valid", "said"),
    [
        ("horizon", ["gap_days", "horizon_days"], "did you mean 'horizon_days'?"),
        ("zzz", ["b", "a", "a"], "valid: a, b"),
        ("zzz", [], "there are none"),
    ],
)
def test_the_nearest_name(name: str, valid: list[str], said: str) -> None:
    assert nearest(name, valid) == said


def test_a_long_list_of_names_is_cut() -> None:
    exactly, more = (nearest("zzz", [f"name{number:02}" for number in range(count)]) for count in (25, 26))
    assert exactly.endswith("name24")
    assert more.endswith("name24, ...")

from __future__ import annotations

from pathlib import Path

from pqlml.audit import CHECKS
from pqlml.audit import checks as package

FOLDER = Path(str(package.__file__)).parent


def test_codes_count_up_and_every_check_says_what_it_is_and_what_to_do() -> None:
    assert [check.code for check in CHECKS] == [f"PQL{number:03d}" for number in range(1, len(CHECKS) + 1)]
    assert len({check.title for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.explanation.endswith(".")
        assert check.advice.endswith(".")


def test_every_check_has_a_file_and_a_test_file_of_its_own() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}
    assert len(modules) == len(CHECKS)
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert modules <= tested

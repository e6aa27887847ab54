from __future__ import annotations

import re
from pathlib import Path

from pqlml.audit import CHECKS

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()


def test_the_page_says_of_every_check_what_the_check_says_of_itself() -> None:
    lines = re.findall(r"^\| PQL\d+ \|.*$", PAGE, re.MULTILINE)
    rows = [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in lines]
    assert rows == [
        (check.code, check.severity, check.title, check.explanation, check.advice, check.needs or "-")
        for check in CHECKS
    ]

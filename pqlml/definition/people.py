"""Whom sales may want to know of in an account, and who outranks whom."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from pqlml.definition.part import LONGEST_DAYS, Names, Part

SENIORITY: Final[tuple[tuple[str, ...], ...]] = (
    ("owner", "co owner", "proprietor"),
    (
        "founder",
        "co founder",
        "cofounder",
        "chief",
        "c level",
        "c suite",
        *("ceo", "cfo", "cio", "ciso", "cmo", "coo", "cpo", "cro", "cto"),
        "president",
        "managing director",
    ),
    ("vp", "vice president", "svp", "evp"),
    ("director", "head"),
    ("manager", "lead", "product owner", "process owner"),
    ("admin", "administrator"),
)
"""Rungs of the usual ladder, the most senior first; who is on none stands below."""


class People(Part):
    """The most active and the most senior person of an account.

    The most active one has the most events in the last ``window_days``. ``seniority`` lists the rungs of the ladder,
    the most senior first, each a list of words or phrases that a role or title holds.
    """

    window_days: int = Field(default=28, gt=0, le=LONGEST_DAYS)
    seniority: tuple[Names, ...] = SENIORITY

"""The matrix that every engine builds: its columns, windows and cutoffs. Plain Python: every environment reads it."""

from __future__ import annotations

import datetime as dt
from typing import Final

EVENTS: Final = (
    "page_view",
    "login",
    "open_doc",
    "search",
    "edit_doc",
    "export",
    "comment",
    "invite_user",
    "share",
    "upload",
    "create_project",
    "connect_tool",
    "api_call",
    "dashboard_view",
    "download",
    "view_pricing",
    "change_settings",
    "advanced_report",
    "support_ticket",
    "delete_doc",
)
"""The most frequent first."""

TIMED: Final = (
    "login",
    "edit_doc",
    "export",
    "invite_user",
    "connect_tool",
    "view_pricing",
    "advanced_report",
    "support_ticket",
)
"""How long ago the last one was, and how long after sign-up the first came."""

TRENDING: Final = ("login", "edit_doc", "invite_user", "connect_tool", "view_pricing")

WINDOWS: Final = (7, 14, 28, None)
"""Days; null is all history."""

DISTINCT: Final = ("days", "users", "sessions", "events")

START: Final = dt.datetime(2026, 1, 1)
"""The log begins here and lasts ``DAYS`` days; the last cutoff lies a month before its end, as in training."""
DAYS: Final = 211

MONTHLY: Final = tuple(dt.datetime(2026, month, 1) for month in (4, 5, 6, 7))
WEEKLY: Final = tuple(MONTHLY[-1] - dt.timedelta(days=7 * week) for week in reversed(range(26)))
SCATTERED: Final = tuple(START + dt.timedelta(hours=19.5 * number) for number in range(24, 224))
"""Two hundred instants; each account is looked at once, at one of them."""
CALENDARS: Final = {"monthly": MONTHLY, "weekly": WEEKLY, "scattered": SCATTERED}


def suffix(window: int | None) -> str:
    """Write a window as part of a name."""
    return "all" if window is None else f"{window}d"


def columns() -> list[str]:
    """Return the names of the columns, in order."""
    names = [f"count.{event}.{suffix(window)}" for window in WINDOWS for event in EVENTS]
    names += [f"{kind}.{suffix(window)}" for kind in ("count", *DISTINCT, "seconds") for window in WINDOWS]
    names += ["recency", *(f"recency.{event}" for event in TIMED), *(f"first.{event}" for event in TIMED)]
    return [*names, "trend", *(f"trend.{event}" for event in TRENDING), "age_days"]

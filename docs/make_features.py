"""Write docs/features.md anew: every kind of feature, and what a shipped definition gives by itself.

``make features`` runs it; a test fails while the page is not what it writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pqlml.definition import parse_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.explain.described import Described, described
from pqlml.features import Feature, Vocabulary, catalogue, feature_by_name
from pqlml.features.behaviour import POINT, WINDOWED
from pqlml.features.seniority import SENIORITY
from pqlml.schema import DIMENSIONS

PAGE: Final = Path(__file__).parent / "features.md"
EXAMPLE: Final = """
name: example
sources:
  events:
    path: events.parquet
    user_id: user_id
    session_id: session_id
    properties: {seats: {column: seats_used, noun: seats used}}
    distinct: {departments: {column: department, dimension: team, noun: departments}}
  entities: {path: accounts.parquet, signup_at: created_at}
  users: {path: users.parquet, role: title}
snapshots: {every_days: 7}
conversion: {event: subscribed}
signals:
  engagement: {active: [signed_in, page_viewed], advanced: api_called}
  team: {invited: invite_sent, joined: member_joined}
  upgrade: {limit_hit: limit_hit}
  fit: {company_size: employees, ideal: {company_size: [50, 500]}, negative: {company_size: [1, 2]}}
  limits: {projects: {signal: active, limit: 10}}
  trial: {days: 14}
phrases:
  active: {did: signed in, noun: sign-ins}
"""
USUAL: Final = "saas"
OPENING: Final = """\
# Features

<!-- Written by docs/make_features.py: change that, then run `make features`. -->

A feature is one number (or one text) about a lead at a cutoff, made of what was known strictly before it. It has a
dimension, a window, a unit, a meaning of a missing value, and words in which sales read it. Reasons are told per group:
all windows and kinds of one signal together.

`pqlml features list DEFINITION` prints what a definition gives, with `--data` also what its tables add;
`pqlml features show DEFINITION NAME` says what one feature is. Some features are built for every signal; any other can
be asked for by name, in points or under `features` of the {doc}`definition`.

A window is a number of days before the cutoff, such as `7d` or `28d`, or `all`. Days are those of the calendar in UTC;
weeks are blocks of seven days back from the cutoff.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the whole page."""
    return "\n".join([OPENING, *_kinds(), *_usual()])


def _kinds() -> Iterable[str]:
    definition = parse_definition(EXAMPLE)
    vocabulary = Vocabulary(unmapped=("Report Viewed",), attributes={"employees": "number"}, users=True, sessions=True)
    windowed = [*(f"active.{kind}.28d" for kind in WINDOWED), "active.early.10d"]
    sections = {
        "Of a signal, in a window": windowed,
        "Of a signal, without a window": [f"active.{kind}" for kind in POINT],
        "Of all events, and of events that no signal names": ["any.days.28d", "event.report_viewed.count.28d"],
        "Of properties, different values and sessions": [
            *(f"seats.{kind}.28d" for kind in ("sum", "mean", "largest")),
            "seats.newest",
            "departments.distinct.28d",
            "session.count.28d",
            "session.mean_minutes.28d",
        ],
        "Of several signals, of the plan and of the trial": [
            "depth.ratio.28d",
            "accepted.ratio.all",
            "limit.projects.share",
            "trial.days_left",
            "trial.share_used",
        ],
        "Of the company and its age": [
            "company_size",
            "fit.company_size.in_ideal",
            "fit.company_size.in_negative",
            "fit.matches",
            "age_days",
        ],
        "Of the people who lead in an account, where asked for by name": list(SENIORITY),
    }
    yield "## Kinds\n"
    yield "Names below are examples: `active` stands for any signal, `28d` for any window.\n"
    for title, names in sections.items():
        yield f"### {title}\n"
        features = [feature_by_name(definition, vocabulary, name) for name in names]
        yield _table(("name", "value", "missing when", "told to sales as"), map(_line, features))


def _line(feature: Feature) -> Sequence[str]:
    told = described(feature)
    return f"`{told.name}`", told.unit, told.null, told.example


def _usual() -> Iterable[str]:
    definition = parse_definition(shipped_definitions()[USUAL].read_text(encoding="utf-8"))
    bare = definition.model_copy(update={"points": (), "features": ()})
    features = [described(feature) for feature in catalogue(bare, Vocabulary(users=True, sessions=True))]
    windows = ", ".join(f"`{window}d`" if window != "all" else "`all`" for window in definition.windows_days)
    yield "## Built without being asked for\n"
    yield (
        f"What the shipped definition `{USUAL}` gives by itself, by dimension; `*` stands for each of its windows:\n"
        f"{windows}. Its tables add attributes of the accounts, and the most used events that no signal names.\n"
    )
    for dimension in DIMENSIONS:
        signals = [name for of, name, _ in definition.signals.selections() if of == dimension]
        yield f"### {dimension.capitalize()}\n"
        if signals:
            yield f"`SIGNAL` is each of {', '.join(f'`{name}`' for name in signals)}.\n"
        mine = (each for each in features if each.dimension == dimension)
        yield _table(("name", "value", "missing when"), _collapsed(mine, signals))


def _collapsed(features: Iterable[Described], signals: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return one line for all windows of a feature, and for all signals."""
    lines: dict[str, Sequence[str]] = {}
    for each in features:
        signal, _, kind = each.name.partition(".")
        head, _, last = (f"SIGNAL.{kind}" if signal in signals else each.name).rpartition(".")
        windowed = last == "all" or (last[:-1].isdigit() and last.endswith("d"))
        name = f"{head}.*" if windowed else f"{head}.{last}".removeprefix(".")
        lines.setdefault(name, (f"`{name}`", each.unit, each.null))
    return lines.values()


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    main()

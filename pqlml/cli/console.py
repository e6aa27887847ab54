"""Lines and tables on stdout: drawn for a terminal, plain where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PLAIN_WIDTH: Final = 140
"""Characters per line where nobody watches: a log or a pipe."""


def console() -> Console:
    """Return the console of stdout: as wide as the terminal, or plain and wide where there is none."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def table(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; columns whose name starts with ``#`` hold numbers and stand right."""
    style = box.SIMPLE_HEAD if console.is_terminal else box.MARKDOWN
    shown = Table(box=style)
    for column in columns:
        shown.add_column(column.removeprefix("#"), justify="right" if column.startswith("#") else "left")
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    line(console, title, style="bold")  # a title of the table's own would wrap at its width
    console.print(shown)


def line(console: Console, text: str, *, style: str | None = None) -> None:
    """Print a line as it stands, wrapped on a terminal only."""
    console.print(escape(text), style=style, soft_wrap=not console.is_terminal)

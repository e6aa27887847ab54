"""Progress of long work: on a terminal only, on stderr, and never beside JSON."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from pqlml.cli.output import Format


def _watched(output: Format) -> bool:
    return output == Format.text and sys.stderr.isatty()


@contextlib.contextmanager
def spinner(output: Format) -> Iterator[Callable[[str], None]]:
    """Yield a function that tells what is being done; beside it runs the time since the start."""
    if not _watched(output):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting")
        yield lambda step: progress.update(task, description=step)


@contextlib.contextmanager
def steps_and_bar(output: Format) -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """Yield a function that tells what is being done, and one that takes how much of it is done, and the whole."""
    if not _watched(output):
        yield lambda _: None, lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def step(what: str) -> None:
            progress.reset(task, description=what, total=None, start=True)

        yield step, lambda done, total: progress.update(task, completed=done, total=total)


@contextlib.contextmanager
def bar(output: Format, what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes how many are done, and how many there are."""
    if not _watched(output):
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

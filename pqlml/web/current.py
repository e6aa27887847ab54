"""What every request needs first: the current run, and whether it has grown old."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, HTTPException, Request

from pqlml.errors import DataError, NotFoundError
from pqlml.language import ENGLISH
from pqlml.scoring.published import PublishedRun, open_current
from pqlml.web.phrases import Words

STALE_AFTER: Final = dt.timedelta(hours=36)
"""A daily run that is older has missed a day."""
NO_RUN: Final = "No scores have been published yet; `pqlml score` publishes the first ones."


@dataclass(frozen=True)
class Current:
    """The current run and how long ago its ``as_of`` was."""

    published: PublishedRun
    age: dt.timedelta

    @property
    def stale(self) -> bool:
        """Whether the scores are older than a daily run may be."""
        return self.age > STALE_AFTER

    @property
    def words(self) -> Words:
        """The fixed texts of the pages, in the language of the run."""
        return Words.of(self.published.run.language)


def words_of(workspace: Path) -> Words:
    """Return the words of the current run's language; English where no run can be read."""
    try:
        return Words.of(open_current(workspace).run.language)
    except (NotFoundError, DataError):
        return Words.of(ENGLISH)


def _current(request: Request) -> Current:
    try:
        published = open_current(request.app.state.workspace)
    except NotFoundError as error:
        raise HTTPException(503, NO_RUN) from error
    return Current(published, request.app.state.now() - published.run.as_of)


CurrentRun = Annotated[Current, Depends(_current)]
"""Parameter of a request that needs the current run; without one the answer is 503."""

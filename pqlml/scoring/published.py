"""Published runs: written whole or not at all, and read by everything that shows leads.

Layout of ``<workspace>/published/``: one folder per run with ``run.json``, a Parquet file per table and
``dropped.parquet`` (who was looked at and has no score, and why); and ``current.json``, which names the run that
readers see. See :mod:`pqlml.scoring.published_tables` for the columns.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from pqlml.errors import DataError, NotFoundError, nearest
from pqlml.schema import DIMENSIONS, Tier
from pqlml.scoring.published_records import (
    Contribution,
    Lead,
    LeadDetail,
    LeadList,
    Person,
    ProfileRow,
    Reason,
    Run,
    ScoreChange,
)
from pqlml.scoring.published_tables import KEYS, SCHEMAS, conform, conform_dropped
from pqlml.times import DAY_SECONDS

RUNS_KEPT: Final = 10
"""How many runs stay on disk; the current one always does."""

LEADS_PER_ROW_GROUP: Final = 5_000
"""Row group k of a published file holds the rows of the leads ranked k * n + 1 to (k + 1) * n: a page reads little."""

_LEADS_KEY: Final = b"pqlml_leads_per_row_group"
_RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_DROPPED: Final = "dropped.parquet"
_UNFINISHED: Final = ".unfinished-"
_Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class PublishedRun:
    """One published run, opened for reading; what it returns never changes.

    Attributes
    ----------
    run
        What ``run.json`` says.
    folder
        The run's folder.
    scores
        One row per entity, best first, with the entity's ``name`` (null where the profile has none).
    """

    run: Run
    folder: Path
    scores: pa.Table

    def leads(self, tier: Tier | None = None, search: str | None = None, limit: int = 50, offset: int = 0) -> LeadList:
        """Return a page of leads with their reasons, best first.

        Parameters
        ----------
        tier
            Only leads of this tier.
        search
            Only leads whose id or name contains this text; case does not matter.
        limit, offset
            At most so many leads, after skipping so many.
        """
        found = self.scores
        if tier is not None:
            found = found.filter(pc.equal(found["tier"], tier))
        if search:
            hits = (
                pc.fill_null(pc.match_substring(found[column], search, ignore_case=True), fill_value=False)
                for column in ("entity_id", "name")
            )
            found = found.filter(functools.reduce(pc.or_, hits))
        page = found.slice(offset, limit)
        reasons = self._rows_of("reasons", page)
        leads = tuple(Lead(**_lead(row, reasons)) for row in page.to_pylist())
        return LeadList(total=found.num_rows, leads=leads)

    def lead(self, entity_id: str) -> LeadDetail:
        """Return one lead with everything that was published about it.

        Raises
        ------
        NotFoundError
            If the entity has no score in this run.
        """
        at = pc.index(self.scores["entity_id"], pa.scalar(entity_id, pa.string())).as_py()
        if at < 0:
            reason = self.why_not(entity_id)
            why = "nothing is known of it" if reason is None else f"it was dropped as {reason!r}"
            msg = (
                f"No {self.run.entity} {entity_id!r} among the {self.scores.num_rows} scored in the run "
                f"{self.run.run_id!r}: {why}."
            )
            raise NotFoundError(msg)
        page = self.scores.slice(at, 1)
        return LeadDetail(
            **_lead(page.to_pylist()[0], self._rows_of("reasons", page)),
            contributions=tuple(Contribution(**row) for row in self._rows_of("contributions", page)[entity_id]),
            profile=tuple(ProfileRow(**row) for row in self._rows_of("profile", page)[entity_id]),
            people=tuple(Person(**row) for row in self._rows_of("people", page)[entity_id]),
            changes=tuple(ScoreChange(**row) for row in self._rows_of("changes", page)[entity_id]),
        )

    def why_not(self, entity_id: str) -> str | None:
        """Return why an entity has no score; null if it has one, or nobody looked at it."""
        path = self.folder / _DROPPED
        if not path.exists():
            return None
        with _reading(path):
            found = pq.read_table(path, columns=["reason"], filters=pc.field("entity_id") == entity_id)
        return str(found["reason"][0].as_py()) if found.num_rows else None

    def _rows_of(self, name: str, leads: pa.Table) -> _Rows:
        """Read a detail table's rows of these leads: entity -> rows in the order of the table's key."""
        path = self.folder / f"{name}.parquet"
        rows: _Rows = defaultdict(list)
        if leads.num_rows == 0 or (name == "changes" and not path.exists()):
            return rows  # runs of before there were changes have no such file
        with _reading(path), pq.ParquetFile(path) as file:
            size = int(file.schema_arrow.metadata[_LEADS_KEY])
            groups = sorted({(rank - 1) // size for rank in leads["rank"].to_pylist()})
            table = file.read_row_groups(groups)
        wanted = pc.is_in(table["entity_id"], value_set=leads["entity_id"].combine_chunks())
        for row in table.filter(wanted).to_pylist():
            rows[row["entity_id"]].append(row)
        return rows


def open_run(workspace: Path, run_id: str) -> PublishedRun:
    """Open one of the runs that are kept; the newest ten are.

    Raises
    ------
    NotFoundError
        If there is no such run; says which there are.
    DataError
        If the published files are damaged.
    """
    published = workspace / "published"
    kept = sorted(path.parent.name for path in published.glob("[!.]*/run.json"))
    if run_id not in kept:
        msg = f"No run {run_id!r} is published in the workspace {str(workspace)!r}; {nearest(run_id, kept)}"
        raise NotFoundError(msg)
    return _opened(published / run_id)


def open_current(workspace: Path) -> PublishedRun:
    """Open the run that is published now.

    A run is read once and kept; each call looks whether another has been published meanwhile.

    Raises
    ------
    NotFoundError
        If nothing is published in the workspace.
    DataError
        If the published files are damaged.
    """
    published = workspace / "published"
    current = published / "current.json"
    if not current.exists():
        msg = f"No scores are published in the workspace {str(workspace)!r}; run `pqlml score` first."
        raise NotFoundError(msg)
    with _reading(current):
        folder = published / _checked_run_id(json.loads(current.read_text("utf-8"))["run_id"])
    return _opened(folder)


def write_published(
    workspace: Path, run: Mapping[str, object], tables: Mapping[str, pa.Table], dropped: pa.Table | None = None
) -> Path:
    """Publish a run so that readers see all of it or none of it, and return its folder.

    Everything is checked and written beside the published runs first; readers change over by one rename. A crash at
    any point leaves the run that was current before.

    Parameters
    ----------
    workspace
        Folder of the toolkit's results; ``published/`` is made in it.
    run
        What ``run.json`` is to say; see :class:`pqlml.scoring.published_records.Run` for the required keys.
    tables
        ``scores``, ``reasons``, ``contributions``, ``profile``, ``people`` and ``changes``; see
        :mod:`pqlml.scoring.published_tables`.
    dropped
        Who was looked at and has no score, and why; see :func:`pqlml.scoring.published_tables.conform_dropped`.

    Raises
    ------
    DataError
        If the run or a table breaks its contract, or the run is the current one; nothing changes then.
    """
    with _checking("The run"):
        told = Run.model_validate(run)
        text = json.dumps(run, ensure_ascii=False, allow_nan=False, indent=2)
        run_id = _checked_run_id(told.run_id)
    checked = conform(told, tables)
    without_score = None if dropped is None else conform_dropped(told, dropped)
    published = workspace / "published"
    published.mkdir(parents=True, exist_ok=True)
    current = _current_run_id(published)
    if current == run_id:
        msg = f"The run {run_id!r} is already published, and a published run is never changed; give the run another id."
        raise DataError(msg)
    with _unfinished_folder(published) as folder:
        _write_text(folder / "run.json", text)
        for name, table in checked.items():
            _write_table(folder / f"{name}.parquet", table, checked["scores"], KEYS[name][-1])
        if without_score is not None:
            pq.write_table(without_score, folder / _DROPPED, compression="zstd")
            _sync(folder / _DROPPED)
        _sync(folder)
        if (published / run_id).exists():
            _discard(published / run_id)
        folder.replace(published / run_id)
        _sync(published)
    _switch(published, run_id)
    _tidy(published, run_id)
    return published / run_id


def _opened(folder: Path) -> PublishedRun:
    with _reading(folder / "run.json"):
        written = (folder / "run.json").stat()
    return _open(folder, (written.st_ino, written.st_mtime_ns))


@functools.lru_cache(maxsize=2)
def _open(folder: Path, written: tuple[int, int]) -> PublishedRun:  # noqa: ARG001 - `written` tells a rewritten run apart
    with _reading(folder / "run.json"):
        run = Run.model_validate_json((folder / "run.json").read_bytes())
    with _reading(folder / "scores.parquet"):
        scores = pq.read_table(folder / "scores.parquet").select(SCHEMAS["scores"].names).combine_chunks()
    with _reading(folder / "profile.parquet"):
        is_name = (pc.field("section") == "company") & (pc.field("label") == "Name")
        names = pq.read_table(folder / "profile.parquet", columns=["entity_id", "value"], filters=is_name)
    at = pc.index_in(scores["entity_id"], value_set=names["entity_id"].combine_chunks())
    return PublishedRun(run, folder, scores.append_column("name", names["value"].take(at)))


def _lead(score: Mapping[str, Any], reasons: _Rows) -> dict[str, Any]:
    points = {dimension: score[f"points_{dimension}"] for dimension in DIMENSIONS}
    own = tuple(Reason(**row) for row in reasons[score["entity_id"]])
    return {**score, "points_by_dimension": points, "reasons": own}


def _checked_run_id(run_id: object) -> str:
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        msg = f"the run id {run_id!r} is no folder name; expected letters, digits, '.', '_' and '-'"
        raise ValueError(msg)
    return run_id


def _current_run_id(published: Path) -> str | None:
    """Return what ``current.json`` names; null where there is none, or a damaged one, which the next run repairs."""
    try:
        return str(json.loads((published / "current.json").read_text("utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        msg = f"The published file {str(path)!r} cannot be read ({error}); run `pqlml score` to publish a new run."
        raise DataError(msg) from error


@contextlib.contextmanager
def _checking(what: str) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        msg = f"{what} cannot be published: {found}."
        raise DataError(msg) from error
    except (TypeError, ValueError) as error:
        msg = f"{what} cannot be published: {error}."
        raise DataError(msg) from error


@contextlib.contextmanager
def _unfinished_folder(published: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=published))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_table(path: Path, table: pa.Table, scores: pa.Table, order: str) -> None:
    """Write rows by the rank of their lead, in one row group per so many leads."""
    at = pc.index_in(table["entity_id"], value_set=scores["entity_id"].combine_chunks())
    sorting = pa.table({"lead": scores["rank"].take(at), "order": table[order]})
    indices = pc.sort_indices(sorting, sort_keys=[("lead", "ascending"), ("order", "ascending")])
    table = table.take(indices)
    edges = np.arange(0, scores.num_rows + LEADS_PER_ROW_GROUP, LEADS_PER_ROW_GROUP)
    cuts = np.searchsorted(sorting["lead"].take(indices).to_numpy(), edges, side="right")
    schema = table.schema.with_metadata({_LEADS_KEY: str(LEADS_PER_ROW_GROUP)})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start, stop in itertools.pairwise(cuts.tolist()):
            writer.write_table(table.slice(start, stop - start), row_group_size=max(1, stop - start))
    _sync(path)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text + "\n", "utf-8")
    _sync(path)


def _switch(published: Path, run_id: str) -> None:
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=published)
    os.close(handle)
    Path(name).chmod(0o644)
    _write_text(Path(name), json.dumps({"run_id": run_id}))
    Path(name).replace(published / "current.json")
    _sync(published)


def _sync(path: Path) -> None:
    """Force a file, or the names in a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _discard(folder: Path) -> None:
    """Take a run away at once; what remains if deleting is interrupted is no longer a run."""
    with _unfinished_folder(folder.parent) as grave:
        folder.replace(grave / folder.name)


def _tidy(published: Path, current: str) -> None:
    """Delete the oldest runs beyond those kept, and what a publication killed over a day ago left behind."""
    runs = [(path.stat().st_mtime_ns, path.parent) for path in published.glob("[!.]*/run.json")]
    kept = {folder for _, folder in sorted(runs)[-RUNS_KEPT:]} | {published / current}
    for _, folder in runs:
        if folder not in kept:
            _discard(folder)
    for left in published.glob(f"{_UNFINISHED}*"):
        if left.stat().st_mtime < time.time() - DAY_SECONDS:
            shutil.rmtree(left) if left.is_dir() else left.unlink()

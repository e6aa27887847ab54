"""The folder of a state: one writer at a time, and every change whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from pqlml.errors import DataError
from pqlml.features.store.manifest import FORMAT, Manifest

MANIFEST: Final = "state.json"
_LOCK: Final = "lock"
_UNFINISHED: Final = ".unfinished-"
_NUMBERED: Final = re.compile(r"(rows|records|ids|entities|events|tallies)-(?P<number>\d{6,})(\.\w+)?")
_OURS: Final = re.compile(rf"{_NUMBERED.pattern}|{re.escape(MANIFEST)}|{_LOCK}|{re.escape(_UNFINISHED)}.*")
"""Names that only this package gives: nothing else in a folder is ever deleted."""


class StateFolder:
    """Names, locks and commits; what files hold is not its business."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Manifest | None:
        """Return the manifest; null if the folder holds no state yet.

        Raises
        ------
        DataError
            If it is damaged, or of a newer format.
        """
        file = self.path / MANIFEST
        if not file.exists():
            return None
        try:
            told = json.loads(file.read_bytes())
            if isinstance(told, dict) and told.get("format") != FORMAT:
                msg = (
                    f"{file} has the format {told.get('format')!r}, this version reads {FORMAT}; "
                    f"make a new state from the source, or use the version that wrote it."
                )
                raise DataError(msg)
            return Manifest.model_validate(told)
        except (ValueError, ValidationError) as error:
            msg = f"{file} is damaged ({error}); delete the folder, and make the state anew from the source."
            raise DataError(msg) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Let nobody else write meanwhile; the system gives the lock back even if this process dies.

        Raises
        ------
        DataError
            If another process is writing, or the folder holds something else.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        others = sorted(path.name for path in self.path.iterdir() if not _OURS.fullmatch(path.name))
        if others:
            msg = f"{self.path} holds other files, such as {others[0]!r}; give a state a folder of its own."
            raise DataError(msg)
        with (self.path / _LOCK).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                msg = f"another process is changing the state in {self.path}; run this again when it has finished."
                raise DataError(msg) from error
            yield

    def commit(self, manifest: Manifest, new: frozenset[str], *, keep: frozenset[str] = frozenset()) -> None:
        """Make a manifest the current one, and delete what no longer belongs to it.

        Parameters
        ----------
        new
            Files and folders that were written for it: they are forced to disk first.
        keep
            Files that stay for readers who opened the state before.
        """
        written = [file for name in sorted(new) for file in _files(self.path / name)]
        with ThreadPoolExecutor(max_workers=max(1, len(written))) as pool:
            for _ in pool.map(sync, written):
                pass
        handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=self.path)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(self.path / MANIFEST)
        sync(self.path)
        self._tidy(manifest.files | keep | {MANIFEST, _LOCK})

    def clear_up(self, manifest: Manifest) -> None:
        """Delete what a change that died has left: files with numbers that were not given yet."""
        for path in self.path.iterdir():
            number = _NUMBERED.fullmatch(path.name)
            if path.name.startswith(_UNFINISHED) or (number and int(number["number"]) >= manifest.counter):
                _delete(path)

    def _tidy(self, keep: frozenset[str]) -> None:
        for path in self.path.iterdir():
            if path.name not in keep and _OURS.fullmatch(path.name):
                _delete(path)


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _files(path: Path) -> list[Path]:
    return [*path.iterdir(), path] if path.is_dir() else [path]

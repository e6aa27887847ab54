"""Results that are kept step by step, so that a measurement that was stopped can go on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from environments import FOLDER


class Steps:
    """What the steps of one measurement returned, on disk as soon as it is there.

    A step is named ``part/more``. Steps of the parts that are asked for are taken anew, unless one resumes.

    Raises
    ------
    SystemExit
        If what is there was measured with other settings, and one wants to resume or to measure some parts only.
    """

    def __init__(
        self,
        name: str,
        settings: Mapping[str, object],
        *,
        resume: bool,
        parts: Iterable[str] = (),
        others: Iterable[str] = (),
    ) -> None:
        self.path: Path = FOLDER / f"{name}.json"
        self._settings = dict(settings)
        anew, kept = tuple(parts), set(others) - set(parts)
        found = json.loads(self.path.read_text("utf-8")) if self.path.exists() and (resume or kept) else None
        if found is not None and found["settings"] != self._settings:
            told = f"{self.path} was measured with {found['settings']}, not with {self._settings}"
            raise SystemExit(f"{told}: ask for the same, or delete the file.")
        steps: dict[str, Any] = {} if found is None else found["steps"]
        self.done = {name: value for name, value in steps.items() if resume or name.split("/")[0] not in anew}

    def step(self, name: str, take: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """Return what a step returned; take it if it was not taken yet."""
        if name not in self.done:
            self.done[name] = take()
            self.path.parent.mkdir(exist_ok=True)
            aside = self.path.with_suffix(".new")
            aside.write_text(json.dumps({"settings": self._settings, "steps": self.done}, indent=1) + "\n", "utf-8")
            aside.replace(self.path)
        return self.done[name]

    def of(self, part: str) -> dict[str, Any]:
        """Return the steps of a part by the rest of their names, in the order in which they were taken."""
        return {name.partition("/")[2]: value for name, value in self.done.items() if name.split("/")[0] == part}

"""What to do after a training, as a command that can be typed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from pqlml.cli.arguments import DATA, WORKSPACE

if TYPE_CHECKING:
    from pqlml.pipeline import Trained


def next_step(result: Trained, given: str, data: Path, workspace: Path) -> str:
    """Say what the verdict means for scoring, and how to go on."""
    decision, name, version = result.contest.verdict.decision, result.released.name, result.released.version
    score = _command("score", given, data=data, workspace=workspace)
    if decision == "promote":
        return f"version {version} is the champion now: {score}"
    if decision == "mend leaks":
        return f"{_command('audit', given, data=data)} tells each column, the evidence, and what to do about it"
    for learner in ("linear", "trees"):
        if decision == f"use {learner}":
            return f"{_command('train', given, data=data, workspace=workspace)} --candidate {learner}"
    promote = f"{_command('models', 'promote', name, version, workspace=workspace)} --why '...'"
    if result.champion is not None:
        return f"{score} goes on with the champion, version {result.champion.version}. If you know better: {promote}"
    why = "the hand-set points do as well" if decision == "use points" else "more data may decide"
    return f"no version is the champion ({why}). To look at its list: {score} --model {version}. To use it: {promote}"


def _command(*words: str, data: Path = DATA, workspace: Path = WORKSPACE) -> str:
    options = [
        *(("--data", str(data)) if data != DATA else ()),
        *(("--workspace", str(workspace)) if workspace != WORKSPACE else ()),
    ]
    return shlex.join(["pqlml", *words, *options])

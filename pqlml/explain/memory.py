"""Where shares are kept between runs, one folder per model."""

from __future__ import annotations

import shutil
from pathlib import Path

_MOST_MODELS = 3


def memory_of(folder: Path, model_id: str) -> Path:
    """Return the folder of a model, and delete those of models that were not used for longest.

    A memory saves time and nothing else: whatever is deleted is computed anew.
    """
    mine = folder / model_id
    mine.mkdir(parents=True, exist_ok=True)
    mine.touch()
    by_use = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for unused in by_use[_MOST_MODELS:]:
        shutil.rmtree(unused)
    return mine

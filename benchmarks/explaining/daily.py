"""A day on which some leads changed, beside explaining all of them, each with all that it reads and writes."""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from steps import Steps

from explaining.models import FEATURES
from pqlml.explain.trees import ShareMemory, TreeExplainer

CHANGED: Final = 0.05
MODELS: Final = ("lightgbm", "released")

Entry = dict[str, Any]


def days(steps: Steps, folder: Path, matrix: np.ndarray, rounds: int) -> None:
    """Take the rounds."""
    for model in MODELS:
        yesterday = folder / f"yesterday-{model}"
        shutil.rmtree(yesterday, ignore_errors=True)  # written by whatever is measured now
        for number in range(1, rounds + 1):
            take = partial(_day, folder / f"{model}.txt", yesterday, matrix, number)
            found = steps.step(f"daily/{model}/{number}", take)
            print(f"day {number}, {model}: {found['some'] / found['all']:.1%}", file=sys.stderr, flush=True)


def _day(model: Path, yesterday: Path, matrix: np.ndarray, seed: int) -> Entry:
    booster = lgb.Booster(model_file=model)
    if not yesterday.exists():
        aside = yesterday.with_suffix(".new")
        shutil.rmtree(aside, ignore_errors=True)
        memory = ShareMemory(aside)
        memory.shares(memory.explainer(lambda: TreeExplainer.of(booster)), matrix)
        aside.rename(yesterday)
    rng = np.random.default_rng(seed)
    today = matrix.copy()
    changed = rng.permutation(len(matrix))[: int(CHANGED * len(matrix))]
    today[changed] = rng.normal(size=(len(changed), FEATURES))
    kept = yesterday.with_name("today")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(yesterday, kept)
    began = time.perf_counter()
    memory = ShareMemory(kept)
    recalled = memory.shares(memory.explainer(lambda: TreeExplainer.of(booster)), today)
    some = time.perf_counter() - began
    began = time.perf_counter()
    shares = TreeExplainer.of(booster).shares(today)
    everything = time.perf_counter() - began
    shutil.rmtree(kept)
    if not np.array_equal(recalled.shares, shares):
        msg = "what was looked up differs from what is computed"
        raise ValueError(msg)
    return {"some": some, "all": everything, "explained": recalled.explained}


def daily(steps: Steps) -> Entry:
    """Return the costs of such a day as shares of explaining all."""
    ratios: dict[str, list[float]] = {model: [] for model in MODELS}
    for step, found in steps.of("daily").items():
        ratios[step.split("/")[0]].append(found["some"] / found["all"])
    return {
        "daily_run_over_full": round(statistics.median(ratios["lightgbm"]), 4),
        "released_daily_run_over_full": round(statistics.median(ratios["released"]), 4),
        "daily_share_changed": CHANGED,
    }

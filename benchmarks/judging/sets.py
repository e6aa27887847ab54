"""The data sets on which models are judged: rows, folds, and the hand-set points of a definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import yaml

from pqlml import pipeline
from pqlml.dataset import Rows, build_rows, split_rows
from pqlml.dataset.folds import Split
from pqlml.definition import Definition, load_definition, parse_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import DEMOS
from pqlml.demo.prepare import prepare
from pqlml.demo.sources import read_texts, source_file
from pqlml.features import Vocabulary, learn_vocabulary
from pqlml.model.encoding import Encoder, fit_encoder
from pqlml.warehouse import open_warehouse

SHOPPERS: Final = Path(__file__).with_name("online_shoppers.yaml")
CODES: Final = ("OperatingSystems", "Browser", "Region", "TrafficType")
"""Columns whose numbers are names."""


@dataclass(frozen=True)
class JudgedSet:
    """Rows of one data set, and how they are split."""

    name: str
    definition: Definition
    vocabulary: Vocabulary
    rows: Rows
    split: Split

    def encoder(self, values: pd.DataFrame) -> Encoder:
        """Learn how values become a matrix."""
        return fit_encoder(values, self.rows.features)


def read_set(name: str, folder: Path, *, accounts: int) -> JudgedSet:
    """Make the tables of a data set in a folder, and build its rows.

    Parameters
    ----------
    accounts
        Size of the simulated company.
    """
    data = folder / name
    definition = SETS[name](data, accounts)
    with open_warehouse() as warehouse:
        tables = pipeline.load(definition, data, warehouse)
        rows = build_rows(definition, tables, data)
        split = split_rows(definition, rows.keys, rows.label)
        vocabulary = learn_vocabulary(definition, tables, until=split.test_from)
    return JudgedSet(name, definition, vocabulary, rows, split)


def _demo(name: str, changes: Mapping[str, Any] | None = None) -> Callable[[Path, int], Definition]:
    def make(data: Path, accounts: int) -> Definition:
        demo = DEMOS[name]
        prepare(demo, data, accounts=accounts if demo.simulated else None)
        shipped = load_definition(shipped_definitions()[demo.definition])
        if changes is None:
            return shipped
        written = yaml.safe_load(shipped_definitions()[demo.definition].read_text("utf-8"))
        return parse_definition(yaml.safe_dump({**written, **changes}), f"{name}, changed for the benchmark")

    return make


def _shoppers(data: Path, accounts: int) -> Definition:  # noqa: ARG001 - it is as large as it is
    file = source_file(None, "online_shoppers/online_shoppers_intention.csv", "the UCI repository")
    sessions = read_texts(file)
    sessions.insert(0, "session", [f"session {number}" for number in range(len(sessions))])
    for code in CODES:
        sessions[code] = code + " " + sessions[code]
    data.mkdir(parents=True, exist_ok=True)
    sessions.to_csv(data / "sessions.csv", index=False)
    return load_definition(SHOPPERS)


SETS: Final[Mapping[str, Callable[[Path, int], Definition]]] = {
    "freemium365": _demo("freemium365"),
    "completejourney": _demo("completejourney"),
    "cdnow": _demo(
        "cdnow",
        {
            "snapshots": {"monthly": True, "start": "1997-04-01", "end": "1997-10-01"},
            "evaluation": {"test_from": "1997-10-01"},
        },
    ),
    "xeducation": _demo("xeducation", {"evaluation": {"folds": 5}}),
    "online_shoppers": _shoppers,
    "saas": _demo("saas"),
}
"""Data set -> what makes its tables in a folder and returns its definition."""

"""Whether reasons can be trusted; ``make benchmark-reasons``.

Sentences are counted again from raw files, groups added up, strong ones neutralised, changes split into parts.

Prints a table and writes ``benchmarks/results/reasons.json``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from environments import ROOT, machine

from pqlml import __version__
from pqlml.dataset import build_rows
from pqlml.definition import Definition, load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.events import Tables, load_tables
from pqlml.events.simulate import simulate
from pqlml.explain import Telling, contributions, reasons, sentence
from pqlml.explain.changed import Side, changes
from pqlml.explain.neutral import neutralised
from pqlml.explain.statements import MOST_WORDS
from pqlml.features import Feature, build_features, learn_vocabulary
from pqlml.labels import candidates
from pqlml.model.bundle import PropensityModel
from pqlml.model.fit import fit_model
from pqlml.model.predict import predict
from pqlml.warehouse import open_warehouse
from tests.explain.recomputed import Raw

RESULTS: Final = ROOT / "benchmarks" / "results" / "reasons.json"
LAST: Final = dt.datetime(2026, 7, 1)
STRONGEST: Final = 3
OTHERS: Final = 64

Entry = dict[str, Any]


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description="Measure whether reasons can be trusted.")
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--leads", type=int, default=100_000, help="for sums and speed, drawn from the real ones")
    asked = parser.parse_args()
    definition = load_definition(shipped_definitions()["saas"])
    with tempfile.TemporaryDirectory() as made, open_warehouse() as warehouse:
        data = Path(made)
        simulate(data, accounts=asked.accounts, seed=1)
        tables = load_tables(warehouse, definition, data)
        note("training")
        rows = build_rows(definition, tables, data)
        vocabulary = learn_vocabulary(definition, tables)
        everybody = np.arange(len(rows.label))
        model = fit_model(definition, vocabulary, rows, everybody)
        smaller = definition.model_copy(update={"version": 2, "windows_days": (7, 28)})
        note("training another model, to swap")
        other_rows = build_rows(smaller, tables, data)
        other = fit_model(smaller, vocabulary, other_rows, everybody, 1)
        summary = {
            **recounted(model, tables, data, definition, asked.sentences),
            **sums(model, rows.values, asked.leads),
            **faithful(model, tables),
            **split(model, other, tables),
        }
    facts = {"version": __version__, "machine": machine(), "accounts": asked.accounts, "leads": asked.leads}
    RESULTS.write_text(json.dumps({**facts, "summary": summary}, indent=2) + "\n", "utf-8")
    for name, value in summary.items():
        print(f"{name:40} {value}")


def note(text: str) -> None:
    """Say what is being done."""
    print(text, file=sys.stderr, flush=True)


def scored_at(model: PropensityModel, tables: Tables, instant: dt.datetime) -> pd.DataFrame:
    """Return the feature table of everybody who is a candidate at an instant."""
    return build_features(tables, candidates(model.definition, tables, instant).pairs, model.features)


def recounted(model: PropensityModel, tables: Tables, data: Path, definition: Definition, wanted: int) -> Entry:
    """Make sentences for one day after another, and count each of their numbers again from the raw files."""
    by_name = {feature.name: feature for feature in model.features}
    internal = internal_names(model.features)
    telling = Telling.of(model)
    count = unsupported = longest = named = 0
    instant = LAST
    while count < wanted:
        note(f"counting sentences of {instant:%Y-%m-%d} again: {count} so far")
        values = scored_at(model, tables, instant)
        found = reasons(values, contributions(model, values), telling)
        entity = values["entity_id"].tolist()
        raw = Raw(data, definition, instant)
        columns = (found[column] for column in ("lead", "feature", "contribution", "sentence"))
        for lead, name, share, told in zip(*columns, strict=True):
            feature = by_name[name]
            typical = raw.typical(feature, entity[lead], entity)
            made = sentence(feature, raw.value(feature, entity[lead]), typical, direction=1 if share > 0 else -1)
            unsupported += made != told
            longest = max(longest, len(told.split()))
            named += any(each in told for each in internal)
            count += 1
            if count == wanted:
                break
        instant -= dt.timedelta(days=7)
    return {
        "sentences_recounted": count,
        "sentences_unsupported": unsupported,
        "longest_sentence_words": longest,
        "most_words": MOST_WORDS,
        "sentences_with_internal_names": named,
    }


def internal_names(features: tuple[Feature, ...]) -> set[str]:
    """Return names of features and events that nobody outside would use."""
    events = {event for feature in features for event in feature.events or ()}
    return {name for name in {*(feature.name for feature in features), *events} if "." in name or "_" in name}


def sums(model: PropensityModel, rows: pd.DataFrame, leads: int) -> Entry:
    """Compare the sum of groups with the log-odds, and time the words."""
    note("adding up groups")
    values = rows.sample(leads, replace=True, random_state=0).reset_index(drop=True)
    shares = contributions(model, values)
    _, by_group = shares.by_group()
    apart = np.abs(shares.base + by_group.sum(axis=1) - model.log_odds(values)).max()
    start = time.perf_counter()
    found = reasons(values, shares, Telling.of(model))
    return {
        "leads_added_up": leads,
        "largest_difference_to_log_odds": float(apart),
        "reasons_told": len(found),
        "seconds_to_tell_them": round(time.perf_counter() - start, 1),
    }


def faithful(model: PropensityModel, tables: Tables) -> Entry:
    """Neutralise the three strongest groups of hot leads, and three others drawn at random."""
    note("neutralising")
    rng = np.random.default_rng(0)
    lower = total = 0
    for weeks in range(8):
        values = scored_at(model, tables, LAST - dt.timedelta(days=7 * weeks))
        hot = values[predict(model, values)["tier"].isin(["hot", "critical"])].reset_index(drop=True)
        if hot.empty:
            continue
        others = values.sample(min(OTHERS, len(values)), random_state=weeks)
        _, by_group = contributions(model, hot).by_group()
        groups = range(by_group.shape[1])
        strongest = np.argsort(-by_group, axis=1, kind="stable")[:, :STRONGEST]
        drawn = np.array([rng.choice(np.setdiff1d(groups, top), STRONGEST, replace=False) for top in strongest])
        without = neutralised(model, hot, strongest, others)
        without_drawn = neutralised(model, hot, drawn, others)
        lower += int((without < without_drawn).sum())
        total += len(hot)
    return {"hot_leads_neutralised": total, "share_lower_than_random": round(lower / max(total, 1), 4)}


def split(model: PropensityModel, other: PropensityModel, tables: Tables) -> Entry:
    """Split changes over a week into parts, with the same model and across a swap of models."""
    note("splitting changes")
    found: Entry = {}
    before = side(model, tables, LAST - dt.timedelta(days=7))
    for name, now in (("same_model", side(model, tables, LAST)), ("swapped_model", side(other, tables, LAST))):
        parts = changes(before, now, Telling.of(model)).groupby("entity_id")["change"].sum()
        old = pd.Series(before.log_odds, before.pairs["entity_id"].to_pylist())
        new = pd.Series(now.log_odds, now.pairs["entity_id"].to_pylist())
        found[f"leads_compared_{name}"] = len(parts)
        found[f"largest_difference_of_parts_{name}"] = float((parts - (new - old)[parts.index]).abs().max())
    return found


def side(model: PropensityModel, tables: Tables, instant: dt.datetime) -> Side:
    """Return a run as one side of a comparison."""
    pairs = candidates(model.definition, tables, instant).pairs
    values = build_features(tables, pairs, model.features)
    kept = tables.warehouse.fetch(pairs.order_by("row_id").select("entity_id", "cutoff", "signup_at"))
    return Side(model, tables, kept, model.log_odds(values))


if __name__ == "__main__":
    main()

"""How well the verdict decides, on simulated sets of which the truth is known.

``make benchmark-gate`` asks three things of the rule that lets a model score:

- **noise**: labels that nothing explains, in 1,000 small sets. At most 5% may be promoted.
- **interaction**: a signal that neither the hand-set points nor a straight line can see. At least 90% have to be
  promoted.
- **shift**: the base rate jumps from 15% to 30%. One monthly update later the mean prediction has to be within three
  points of what comes true, and the verdict has to let the update score.

``--runs`` makes it smaller, and ``--resume`` goes on where an earlier run was stopped. Figures go to
``benchmarks/results/gate.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from environments import machine
from steps import Steps

from pqlml.dataset import Rows, Split, split_rows
from pqlml.definition import parse_definition
from pqlml.features import Feature, Vocabulary
from pqlml.labels import PairAccount, PairCount
from pqlml.model.bundle import PropensityModel
from pqlml.model.evaluation import Evaluation, evaluate_candidates
from pqlml.model.fit import fit_model
from pqlml.model.rematch import Rematch, judged_positions, play, unseen_split
from pqlml.release import Contest, choose
from pqlml.schema import Dimension

RESULTS: Final = Path(__file__).parent / "results" / "gate.json"
NOISE_RUNS: Final = 1_000
OTHER_RUNS: Final = 100
RATE: Final = 0.15
SHIFTED: Final = 0.30

DEFINITION: Final = """
name: simulated
sources:
  events: {path: events.parquet, user_id: user}
  entities: {path: accounts.parquet, signup_at: created}
snapshots: {monthly: true}
conversion: {event: paid, horizon_days: 30}
signals:
  engagement: {a: [a], b: [b]}
  team: {c: [c]}
  upgrade: {d: [d]}
points:
  - {feature: c.count.28d, at_least: 1, points: 30, dimension: team}
  - {feature: d.count.28d, at_least: 2, points: 40, dimension: upgrade}
"""
WINDOWS: Final = (14, 21, 28)
MEANS: Final = (0.9, 0.15, 0.15)
DIMENSIONS_OF: Final[dict[str, Dimension]] = {"a": "engagement", "b": "engagement", "c": "team", "d": "upgrade"}


def main() -> None:
    """Ask all three, print a table, and store the figures."""
    parser = argparse.ArgumentParser(description="Let the verdict decide about simulated sets.")
    parser.add_argument("--runs", type=int, default=NOISE_RUNS, help="sets of noise; of the others a tenth of them")
    parser.add_argument("--resume", action="store_true", help="take the sets of an earlier run")
    asked = parser.parse_args()
    others = max(1, asked.runs * OTHER_RUNS // NOISE_RUNS)
    steps = Steps("gate", {}, resume=asked.resume)
    found = {
        "noise": promotions(steps, "noise", asked.runs),
        "interaction": promotions(steps, "interaction", others),
        "shift": shifts(steps, others),
    }
    found["summary"] = {
        "noise_promoted_share": found["noise"]["promoted_share"],
        "interaction_promoted_share": found["interaction"]["promoted_share"],
        "shift_largest_gap_of_means": found["shift"]["mean_gap"],
        "shift_promoted_share": found["shift"]["promoted_share"],
    }
    RESULTS.write_text(json.dumps({"machine": machine(), **found}, indent=1) + "\n", "utf-8")
    print(markdown(found))


def markdown(found: dict[str, Any]) -> str:
    """Write the table."""
    lines = ["| question | sets | promoted | verdicts |", "|---|---|---|---|"]
    for name in ("noise", "interaction", "shift"):
        entry = found[name]
        verdicts = ", ".join(f"{verdict}: {count}" for verdict, count in entry["verdicts"].items())
        lines.append(f"| {name} | {entry['sets']} | {entry['promoted_share']:.1%} | {verdicts} |")
    gap = found["shift"]
    return "\n".join([*lines, f"\nshift: predicted {gap['predicted']:.3f}, actual {gap['actual']:.3f} on average"])


def promotions(steps: Steps, kind: str, runs: int) -> dict[str, Any]:
    """Count verdicts about so many sets."""
    make = noise if kind == "noise" else interaction

    def decision(seed: int) -> str:
        return judged(make(seed), seed).verdict.decision

    verdicts = Counter(steps.step(f"{kind}/{seed}", partial(decision, seed)) for seed in range(runs))
    return {"sets": runs, "promoted_share": verdicts["promote"] / runs, "verdicts": dict(verdicts.most_common())}


def judged(rows: Rows, seed: int = 0) -> Contest:
    """Judge one set as ``pqlml train`` does."""
    definition = parse_definition(DEFINITION)
    split = split_rows(definition, rows.keys, rows.label, seed)
    evaluation = evaluate_candidates(definition, VOCABULARY, rows, split, seed=seed, progress=lambda _: None)
    return choose(evaluation, rows, seed=seed)


def noise(seed: int, entities: int = 200, cutoffs: int = 4) -> Rows:
    """Make rows whose label nothing explains."""
    rng = np.random.default_rng([seed, 1])
    values = values_of(rng, entities, cutoffs)
    return rows_of(values, rng.random(len(values)) < RATE, entities, cutoffs)


def interaction(seed: int, entities: int = 700, cutoffs: int = 5) -> Rows:
    """Make rows that convert where one of two signals is there without the other, beside what the points know."""
    rng = np.random.default_rng([seed, 2])
    values = values_of(rng, entities, cutoffs)
    one = (values["a.count.28d"] > 1) ^ (values["b.count.28d"] > 1)
    log_odds = -4.0 + 3.0 * one + 0.5 * (values["c.count.28d"] >= 1) + 0.5 * (values["d.count.28d"] >= 2)  # noqa: PLR2004 - those of the points
    return rows_of(values, rng.random(len(values)) < 1 / (1 + np.exp(-log_odds)), entities, cutoffs)


def shifts(steps: Steps, runs: int) -> dict[str, Any]:
    """Train before the base rate jumps, update one month later, and look at the month after that."""
    taken = [steps.step(f"shift/{seed}", partial(updated_after_shift, seed)) for seed in range(runs)]
    verdicts = Counter(each["decision"] for each in taken)
    predicted, actual = ([each[name] for each in taken] for name in ("predicted", "actual"))
    gaps = np.abs(np.array(predicted) - np.array(actual))
    return {
        "sets": runs,
        "promoted_share": verdicts["promote"] / runs,
        "verdicts": dict(verdicts.most_common()),
        "predicted": float(np.mean(predicted)),
        "actual": float(np.mean(actual)),
        "mean_gap": float(abs(np.mean(predicted) - np.mean(actual))),
        "largest_gap": float(gaps.max()),
        "share_within_3_points": float((gaps <= 0.03).mean()),  # noqa: PLR2004 - what is asked
    }


def updated_after_shift(seed: int) -> dict[str, Any]:
    """Return the verdict on the update, and for the month after it the mean prediction and what came true."""
    definition = parse_definition(DEFINITION)
    before, rows, after = shifted(seed)
    champion = fit_model(definition, VOCABULARY, before, np.arange(len(before.label)), seed)
    split = split_rows(definition, rows.keys, rows.label, seed)
    evaluation = evaluate_candidates(definition, VOCABULARY, rows, split, seed=seed, progress=lambda _: None)
    unseen = unseen_split(champion, evaluation, rows, seed)
    values = rows.values.iloc[judged_positions(unseen)]
    meet = partial(_met, champion, values, unseen, rows, seed)
    contest = choose(evaluation, rows, seed=seed, meet=meet)
    updated = fit_model(definition, VOCABULARY, rows, np.arange(len(rows.label)), seed, kind=contest.kind)
    return {
        "decision": contest.verdict.decision,
        "predicted": float(updated.probability(after.values).mean()),
        "actual": float(after.label.mean()),
    }


def _met(
    champion: PropensityModel, values: pd.DataFrame, unseen: Split, rows: Rows, seed: int, evaluation: Evaluation
) -> Rematch:
    return play("1", champion, values, unseen, evaluation, rows, seed)


def shifted(seed: int, entities: int = 1_200, cutoffs: int = 8) -> tuple[Rows, Rows, Rows]:
    """Make months of 15%, then two of 30%: what the champion knew, what the update knows, and the month to predict."""
    rng = np.random.default_rng([seed, 3])
    values = values_of(rng, entities, cutoffs)
    month = np.tile(np.arange(cutoffs), entities)
    strength = 0.9 * (values["d.count.28d"] >= 2) + 0.5 * values["a.count.28d"].clip(upper=3)  # noqa: PLR2004
    chance = np.empty(len(values))
    for late, rate in ((False, RATE), (True, SHIFTED)):
        mine = (month >= cutoffs - 2) == late
        chance[mine] = with_mean(strength.to_numpy()[mine], rate)
    rows = rows_of(values, rng.random(len(values)) < chance, entities, cutoffs)
    return tuple(part_of(rows, keep) for keep in (month < cutoffs - 2, month < cutoffs - 1, month == cutoffs - 1))  # type: ignore[return-value]  # three of them


def with_mean(strength: np.ndarray, rate: float) -> np.ndarray:
    """Return chances of that mean whose log-odds grow with the strength."""
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-(middle + strength)))).mean() > rate:
            high = middle
        else:
            low = middle
    return np.asarray(1 / (1 + np.exp(-(low + strength))))


def values_of(rng: np.random.Generator, entities: int, cutoffs: int) -> pd.DataFrame:
    """Count each signal in three windows, as a definition would: newer weeks are part of the older ones."""
    count = entities * cutoffs
    columns = {}
    for name in DIMENSIONS_OF:
        seen = np.zeros(count)
        for window, more in zip(WINDOWS, MEANS, strict=True):
            seen = seen + rng.poisson(more, count)
            columns[f"{name}.count.{window}d"] = seen
    return pd.DataFrame(columns)


def rows_of(values: pd.DataFrame, label: np.ndarray, entities: int, cutoffs: int) -> Rows:
    """Put rows together: each entity at each of so many months."""
    """Put rows together: each entity at each of so many months."""
    months = pd.date_range("2025-01-01", periods=cutoffs, freq="MS")
    entity = np.repeat([f"a{number:05}" for number in range(entities)], cutoffs)
    keys = pd.DataFrame({"entity_id": entity, "cutoff": np.tile(months, entities)})
    labels = np.asarray(label).astype(np.int8)
    account = PairAccount("cutoff", (PairCount(None, len(labels), int(labels.sum()), {}),))
    return Rows(keys, values, labels, FEATURES, account)


def part_of(rows: Rows, keep: np.ndarray) -> Rows:
    """Keep some of the rows."""
    """Keep some of the rows."""
    labels = rows.label[keep]
    account = PairAccount("cutoff", (PairCount(None, len(labels), int(labels.sum()), {}),))
    keys, values = (frame[keep].reset_index(drop=True) for frame in (rows.keys, rows.values))
    return Rows(keys, values, labels, rows.features, account)


FEATURES: Final = tuple(
    Feature(f"{name}.count.{window}d", dimension, name, "count", (name,), None, window, did=f"did {name}", noun=name)
    for name, dimension in DIMENSIONS_OF.items()
    for window in WINDOWS
)
VOCABULARY: Final = Vocabulary(attributes={}, users=True)

if __name__ == "__main__":
    main()

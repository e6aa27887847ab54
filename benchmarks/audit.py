"""How many planted leaks the audit finds, and how many clean columns it accuses; ``make benchmark-audit``.

For every seed a company is simulated whose hundred columns are clean by construction (`tests/audit/planted.py`). Each
of the twelve leaks is planted among them, one by one, and audited twice: with rows and labels alone, and with events
and versions of the attributes besides. Writes ``benchmarks/results/audit.json`` and the table of docs/audit.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from environments import ROOT, machine

from pqlml import __version__
from pqlml.audit import CHECKS, Audited, audit
from tests.audit.planted import LEAKS, WHOLE_DAYS, Planted, World, company

RESULTS: Final = ROOT / "benchmarks" / "results" / "audit.json"
PAGE: Final = ROOT / "docs" / "audit.md"
BEGIN, END = "<!-- results: written by benchmarks/audit.py -->\n", "<!-- end of results -->\n"
MODES: Final = ("rows", "tables")

Entry = dict[str, Any]


def main() -> None:
    """Plant, audit, count, and write."""
    parser = argparse.ArgumentParser(description="Plant leaks among clean columns and count which are found.")
    parser.add_argument("--seeds", type=int, default=10, help="so many simulated companies")
    parser.add_argument("--entities", type=int, default=700, help="accounts of each")
    asked = parser.parse_args()
    started = time.perf_counter()
    companies = []
    for seed in range(asked.seeds):
        companies.append(one_company(seed, asked.entities))
        print(f"company {seed}: {companies[-1]['seconds']} s", file=sys.stderr)
        write(companies, asked.entities, round(time.perf_counter() - started))
    print(PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0])


def one_company(seed: int, entities: int) -> Entry:
    """Audit the clean columns of a company, then each leak among them, in both modes."""
    started = time.perf_counter()
    worlds = {days: company(seed, entities, whole_days=days) for days in (False, True)}
    clean = worlds[False]
    found, others = Counter[str](), Counter[str]()
    for name, plant in LEAKS.items():
        world = worlds[name in WHOLE_DAYS]
        planted = plant(world)
        for mode in MODES:
            suspects = look(world, planted, mode).suspects
            found[f"{mode} {name}"] = int(planted.where in suspects)
            others[f"{mode} {name}"] = len(set(suspects) - {planted.where})
    alarms = {mode: len(look(clean, Planted(clean.rows, "", {}), mode).suspects) for mode in MODES}
    return {
        "rows": len(clean.rows),
        "conversions": int(clean.wins.sum()),
        "found": found,
        "others": others,
        "alarms": alarms,
        "seconds": round(time.perf_counter() - started),
    }


def write(companies: Sequence[Entry], entities: int, seconds: int) -> None:
    """Add the companies up, and write results and page; after each company, so that an early end loses little."""
    number = len(companies)
    results = {
        "seeds": number,
        "entities": entities,
        "rows_on_average": round(sum(one["rows"] for one in companies) / number),
        "conversions_on_average": round(sum(one["conversions"] for one in companies) / number),
        "leaks": {
            name: {
                mode: {part: sum(one[part][f"{mode} {name}"] for one in companies) for part in ("found", "others")}
                for mode in MODES
            }
            for name in LEAKS
        },
        "clean": {
            mode: {
                "alarms": sum(one["alarms"][mode] for one in companies),
                "most_in_one_set": max(one["alarms"][mode] for one in companies),
            }
            for mode in MODES
        },
        "seconds": seconds,
        "pqlml": __version__,
        "machine": machine(),
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{markdown(results)}{END}{rest.split(END)[1]}", "utf-8")


def look(world: World, planted: Planted, mode: str) -> Audited:
    """Audit the rows with what the mode gives."""
    if mode == "rows":
        return audit(planted.rows, **planted.evidence)
    return audit(planted.rows, events=world.events, entities=world.entities, **planted.evidence)


def markdown(results: Mapping[str, Any]) -> str:
    """Return the results as the page shows them."""
    seeds = results["seeds"]
    head = "| planted | found from rows and labels | found with tables | clean columns accused beside it |"
    lines = [head, "|---|---|---|---|"]
    for check, (name, by_mode) in zip(CHECKS, results["leaks"].items(), strict=False):
        counts = [f"{by_mode[mode]['found']} of {seeds}" for mode in MODES]
        others = sum(by_mode[mode]["others"] for mode in MODES)
        lines.append(f"| {check.code} {name} | {counts[0]} | {counts[1]} | {others} |")
    clean = results["clean"]
    alarms = [f"{clean[mode]['alarms']} in {seeds} sets" for mode in MODES]
    lines.append(f"| nothing: false alarms among 100 clean columns | {alarms[0]} | {alarms[1]} | |")
    size = f"{results['rows_on_average']:,} rows and {results['conversions_on_average']} conversions on average"
    return (
        "\n".join(lines)
        + f"\n\nEach set has {size}. A split or an earlier extract was given where the leak is in it.\n"
    )


if __name__ == "__main__":
    main()

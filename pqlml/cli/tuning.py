"""What tuning found, as text and as an object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from pqlml.cli.console import line, table
from pqlml.cli.shapes import Shape, reference, shape
from pqlml.model.metrics import Interval
from pqlml.model.tune.worth import WORTH_METRICS
from pqlml.report import numbers
from pqlml.report.wording import METRIC_WORDING

if TYPE_CHECKING:
    from pqlml.model.tune import SearchPlan, Tuned

_STATES: Final = ("whole", "cut short", "failed", "not over")


def as_shape(result: Tuned, plan: SearchPlan, written: Path | None) -> Shape:
    """Return the shape of ``tune``."""
    searched = result.searched
    states = searched.trials["state"].value_counts()
    return shape(
        "tune",
        definition=reference(result.given),
        headline=result.sentence,
        how_judged=result.split.headline,
        kept="tuned" if result.better else "defaults",
        settings=result.settings,
        worth=None if result.worth is None else result.worth.as_dict(),
        search={
            "objective": searched.objective,
            "folds": searched.how,
            "best": searched.value,
            "defaults": searched.default_value,
            "trials": {state: int(states.get(state, 0)) for state in _STATES},
            "resumed": searched.resumed,
            "study": searched.study,
            "file": None if plan.study is None else str(plan.study),
        },
        chosen=reference(result.chosen),
        written=None if written is None else str(written),
    )


def as_text(console: Console, result: Tuned, plan: SearchPlan, written: Path | None) -> None:
    """Print what was tried, what came of it on unseen rows, and what to do with it."""
    searched = result.searched
    states = searched.trials["state"].value_counts()
    counts = ", ".join(f"{states[state]} {state}" for state in _STATES if state in states)
    resumed = f", {searched.resumed} of them there already" if searched.resumed else ""
    line(console, f"{len(searched.trials)} trials ({counts}{resumed}) on {searched.how}; study: {plan.study}")
    own = searched.trials[searched.trials["defaults"]].iloc[0]
    rows = [(name, _number(own[name]), _number(value)) for name, value in result.settings.items()]
    if rows:
        table(console, "Settings", ("setting", "#defaults", "#best of the search"), rows)
    if result.worth is not None:
        wording = {row.metric: row for row in METRIC_WORDING}
        shown = [
            (
                wording[name].label,
                *(
                    _interval(getattr(result.worth, side)[name], negated=wording[name].negated)
                    for side in ("defaults", "tuned", "gain")
                ),
            )
            for name in WORTH_METRICS
        ]
        columns = ("measure", "#defaults", "#tuned", "#tuned - defaults")
        table(console, "The same unseen rows with the defaults and with the settings found", columns, shown)
    line(console, f"{result.sentence} {result.split.headline[:1].upper()}{result.split.headline[1:]}.", style="bold")
    if written is not None:
        line(console, f"Written: {written}, version {result.chosen.version}. Next: pqlml train {written}")
    elif result.chosen != result.given:
        line(console, "Run it again with --to FILE to write them into the next version of the definition.")


def _interval(found: Interval, *, negated: bool) -> str:
    value, low, high = (-found.value, -found.high, -found.low) if negated else found
    return f"{numbers.score(value)} [{numbers.score(low)}, {numbers.score(high)}]"


def _number(value: Any) -> str:  # noqa: ANN401 - a cell of a table of numbers
    return f"{float(value):.3g}"

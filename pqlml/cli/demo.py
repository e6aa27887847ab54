"""``pqlml demo``."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.cli.arguments import WORKSPACE, Seed, Workspace, find_definition
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner
from pqlml.cli.score import BEST_SHOWN
from pqlml.errors import nearest

if TYPE_CHECKING:
    from pqlml.demo import Demo
    from pqlml.scoring.published_records import Lead


def demo(
    name: Annotated[
        str,
        typer.Argument(help="saas, completejourney, freemium365, cdnow or xeducation.", show_default=False),
    ],
    datasets: Annotated[
        Path | None,
        typer.Option(
            "--datasets",
            metavar="DIR",
            envvar="PQLML_DATASETS",
            help="Folder of the public data sets, for those that are not in a package.",
            show_default=False,
        ),
    ] = None,
    accounts: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="How many accounts to simulate (saas only). Default: 3000.", show_default=False
        ),
    ] = None,
    workspace: Workspace = WORKSPACE,
    seed: Seed = 0,
    output: Output = Format.text,
) -> None:
    """Walk the whole path on a data set, from tables to leads.

    Checks, trains, scores, and tells who the five best leads are and why. The tables go to data/NAME in the workspace,
    and are found again there.

    Example: pqlml demo saas --accounts 2000
    """
    from pqlml import pipeline
    from pqlml.cli import shapes, text
    from pqlml.demo.prepare import prepare

    chosen = _choose(name, accounts)
    definition = find_definition(chosen.definition)
    data = workspace / "data" / name
    with spinner(output) as progress:
        progress("simulating" if chosen.simulated else "loading the data set")
        prepare(chosen, data, datasets, accounts)
        trained = pipeline.train(definition, data, workspace, seed=seed, progress=progress)
        scored = None
        if not definition.timeless:
            scored = pipeline.score(
                definition, data, workspace, version=trained.released.version, over_newer=True, progress=progress
            )
    told = {
        **shapes.trained(trained, workspace, "demo"),
        "demo": name,
        "title": chosen.title,
        "score": None,
        "look": _look(workspace, scored=scored is not None),
    }
    best: tuple[Lead, ...] = ()
    if scored is not None:
        best = pipeline.published(workspace).leads(limit=BEST_SHOWN).leads
        told["score"] = shapes.scored(scored, best)
    show(output, told, lambda console: text.demonstrated(console, chosen.title, trained, scored, best, told["look"]))


def _choose(name: str, accounts: int | None) -> Demo:
    from pqlml.demo import DEMOS

    if name not in DEMOS:
        raise typer.BadParameter(f"there is no demonstration {name!r}; {nearest(name, DEMOS)}", param_hint="NAME")
    if accounts is not None and not DEMOS[name].simulated:
        raise typer.BadParameter(f"the data of {name!r} are real: leave it out.", param_hint="--accounts")
    return DEMOS[name]


def _look(workspace: Path, *, scored: bool) -> dict[str, str | None]:
    """Return the commands that show what was made, as they can be typed here."""
    from pqlml.model.registry import tracking_uri

    sales_page = [_program("pqlml"), "serve", "--workspace", str(workspace)]
    mlflow = [_program("mlflow"), "ui", "--backend-store-uri", tracking_uri(workspace)]
    return {"sales_page": shlex.join(sales_page) if scored else None, "mlflow_ui": shlex.join(mlflow)}


def _program(name: str) -> str:
    """Return the bare name of a program that is on the path, else where it stands beside this Python."""
    if shutil.which(name):
        return name
    beside = Path(sys.executable).with_name(name)
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)

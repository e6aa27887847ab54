"""``pqlml simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.cli.arguments import Seed
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import bar
from pqlml.errors import nearest

if TYPE_CHECKING:
    from rich.console import Console

    from pqlml.events.simulate import SimulationSummary, World


def simulate(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write the tables to.", show_default=False)],
    accounts: Annotated[int, typer.Option(metavar="N", help="Number of accounts, 1 to 1,000,000.")] = 5_000,
    seed: Seed = 1,
    off: Annotated[
        list[str] | None,
        typer.Option(
            "--off",
            metavar="NAME",
            help="Switch a planted effect or a kind of dirt off, e.g. aha or duplicate_share; repeat for more.",
            show_default=False,
        ),
    ] = None,
    output: Output = Format.text,
) -> None:
    """Write the tables of a simulated SaaS company.

    The truth about it is written beside them. The definition 'saas' matches these tables. The same arguments give the
    same bytes.

    Example: pqlml simulate --to company --accounts 2000 --off aha --off outage_days
    """
    from pqlml.cli import shapes
    from pqlml.events import simulate as simulator

    world = _world(off or [])
    with bar(output, "accounts") as progress:
        summary = simulator.simulate(to, accounts=accounts, seed=seed, world=world, progress=progress)
    show(output, shapes.simulated(summary, off or []), lambda console: _tell(console, summary, to))


def _tell(console: Console, summary: SimulationSummary, to: Path) -> None:
    from pqlml.cli.console import line, table

    rows = [(name, f"{count:,}") for name, count in summary.rows.items()]
    table(console, f"Written to {to}", ("table", "#rows"), rows)
    planted = [(name.replace("_", " "), f"{count:,}") for name, count in summary.planted.items()]
    table(console, "Planted", ("what", "#accounts or events"), planted)
    truth = summary.truth
    line(console, f"Conversions: {truth['conversions']:,.0f} ({truth['conversion_rate']:.1%} of the others)")


def _world(off: list[str]) -> World:
    """Return the company with some of what is planted in it left out."""
    from pydantic import ValidationError

    from pqlml.events.simulate.world import Dirt, Effects, World

    effects, dirt = Effects.model_fields, Dirt.model_fields
    unknown = [name for name in off if name not in effects and name not in dirt]
    if unknown:
        hint = nearest(unknown[0], [*effects, *dirt])
        raise typer.BadParameter(f"nothing that is planted is called {unknown[0]!r}; {hint}", param_hint="--off")
    parts = {"effects": {name: 0 for name in off if name in effects}, "dirt": {name: 0 for name in off if name in dirt}}
    try:
        return World.model_validate(parts)
    except ValidationError as error:
        names = ", ".join(str(item["loc"][-1]) for item in error.errors())
        raise typer.BadParameter(f"{names} cannot be switched off.", param_hint="--off") from error

"""The command line: parse, call :mod:`pqlml.pipeline`, show. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

import pqlml
from pqlml.cli import (
    aha,
    audit,
    check,
    definition,
    demo,
    evaluate,
    explain,
    features,
    models,
    points,
    propose,
    replay,
    report,
    review,
    score,
    serve,
    simulate,
    state,
    train,
    tune,
)
from pqlml.cli.failures import handled

__all__ = ["app", "main"]

app = typer.Typer(
    name="pqlml",
    help="Product-qualified leads from product usage: ranked, explained, and judged on leads the model had not seen.",
    epilog="To see all of it on a simulated company: pqlml demo saas",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _step in (
    check.check,
    audit.audit,
    train.train,
    tune.tune,
    evaluate.evaluate,
    score.score,
    explain.explain,
    report.report,
    aha.aha,
    review.review,
    propose.propose,
    replay.replay,
    serve.serve,
    simulate.simulate,
    demo.demo,
):
    app.command()(handled(_step))
app.add_typer(definition.app, name="definition")
app.add_typer(features.app, name="features")
app.add_typer(models.app, name="models")
app.add_typer(points.app, name="points")
app.add_typer(state.app, name="state")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pqlml {pqlml.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Make the group a group, with options of its own."""


def main() -> None:
    """Run the command line."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries warn developers; what users should know is a finding or an error
    app(prog_name="pqlml")

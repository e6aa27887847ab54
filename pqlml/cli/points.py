"""``pqlml points``: the hand-set points, learned."""

from __future__ import annotations

from typing import Annotated

import typer

from pqlml.cli.arguments import DATA, ENGINE, Data, Engine, Given, Seed, To, definition_text, find_definition
from pqlml.cli.failures import handled
from pqlml.cli.output import Format, Output, show
from pqlml.cli.progress import spinner

_MOST = 15


def learn(
    given: Given,
    data: Data = DATA,
    *,
    rules: Annotated[int, typer.Option("--rules", min=1, help="Most rules of the card.")] = _MOST,
    step: Annotated[int, typer.Option("--step", min=1, help="Points are multiples of this, for example 5.")] = 1,
    to: To = None,
    seed: Seed = 0,
    engine: Engine = ENGINE,
    output: Output = Format.text,
) -> None:
    """Learn whole points from the model, for the definition's own criteria and for new ones.

    The model is distilled into a points card on the training part; the card is judged on rows that neither had seen,
    beside the model and the points that there are. Each rule has an interval. --to writes the card into the next
    version of the definition.

    Example: pqlml points learn saas --data data/sample --step 5 --to learned.yaml
    """
    from pqlml import pipeline
    from pqlml.cli import learning
    from pqlml.definition.rewrite import rewrite
    from pqlml.model.card import CardPlan

    definition = find_definition(given)
    plan = CardPlan(rules, step, seed=seed)
    with spinner(output) as progress:
        result = pipeline.learn_points(definition, data, plan, engine=engine, progress=progress)
    if to is not None:
        to.write_text(rewrite(definition_text(given), result.definition, notes=result.notes), encoding="utf-8")
    show(output, learning.as_shape(result, to), lambda console: learning.as_text(console, result, to))


app = typer.Typer(help="Points learned from the model.", no_args_is_help=True, rich_markup_mode=None)
app.command("learn")(handled(learn))

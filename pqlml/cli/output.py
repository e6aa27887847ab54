"""Text for people, or one JSON object for machines, on stdout."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console


class Format(enum.StrEnum):
    """What a command writes to stdout."""

    text = "text"
    json = "json"


Output = Annotated[Format, typer.Option("--output", help="Text for people, or one JSON object for machines.")]


def show(output: Format, shape: Mapping[str, Any], text: Callable[[Console], None]) -> None:
    """Write a result: its shape as JSON, or what ``text`` prints to the console."""
    if output == Format.json:
        write_json(shape)
    else:
        from pqlml.cli.console import console

        text(console())


def write_json(shape: Mapping[str, Any]) -> None:
    """Write one JSON object; a number that is not finite becomes null, since JSON has no word for it."""
    typer.echo(json.dumps(_finite(shape), ensure_ascii=False, allow_nan=False, indent=2))


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

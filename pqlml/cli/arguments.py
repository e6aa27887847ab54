"""Arguments and options that commands share, spelled the same everywhere, and what they mean."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pqlml.errors import DefinitionError, PqlmlError, nearest
from pqlml.times import parse_instant

if TYPE_CHECKING:
    from pqlml.definition import Definition


def instant(text: str) -> dt.datetime:
    """Read an instant for an option; zone-less UTC."""
    try:
        return parse_instant(text)
    except PqlmlError as error:
        raise typer.BadParameter(str(error)) from error


Given = Annotated[
    str,
    typer.Argument(metavar="DEFINITION", help="A YAML file, or the name of a shipped definition.", show_default=False),
]
Data = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Folder that the paths of the definition start from.")
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="ADDRESS",
        envvar="PQLML_ENGINE",
        help="Where tables are read and features computed: duckdb, ibis, spark[://...] or postgresql://user@host/database.",
    ),
]
Workspace = Annotated[
    Path,
    typer.Option(
        "--workspace",
        metavar="DIR",
        envvar="PQLML_WORKSPACE",
        file_okay=False,
        help="Folder of models, reports and scores.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed and data, same result.")]
AsOf = Annotated[
    dt.datetime | None,
    typer.Option(
        "--as-of",
        metavar="INSTANT",
        parser=instant,
        help="Use only what was known before this instant (ISO 8601, UTC). Default: the end of the data.",
        show_default=False,
    ),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="FILE",
        dir_okay=False,
        help="Write the next version of the definition there, comments kept.",
        show_default=False,
    ),
]
DATA = Path()
WORKSPACE = Path("pqlml_workspace")
ENGINE = "duckdb"


def find_definition(given: str) -> Definition:
    """Read the definition file of that path, else the shipped definition of that name.

    Raises
    ------
    DefinitionError
        If there is neither, or the file is no valid definition.
    """
    from pqlml.definition import load_definition

    return load_definition(definition_file(given))


def definition_file(given: str) -> Path:
    """Return the path that is given, else the file of the shipped definition of that name.

    Raises
    ------
    DefinitionError
        If it is no path, and no shipped definition has the name.
    """
    from pqlml.definition.shipped import shipped_definitions

    if _is_file(given):
        return Path(given)
    shipped = shipped_definitions()
    if given not in shipped:
        msg = f"there is neither a file nor a shipped definition {given!r}; {nearest(given, shipped)}"
        raise DefinitionError(msg)
    return shipped[given]


def definition_text(given: str) -> str:
    """Return the YAML of the definition that :func:`find_definition` finds, comments included."""
    from pqlml.definition.shipped import shipped_definitions

    path = Path(given) if _is_file(given) else shipped_definitions()[given]
    return path.read_text(encoding="utf-8")


def find_definition_or_name(given: str) -> Definition | str:
    """Read the definition of that file or shipped name; what is neither is the name of models, as `saas-trial`."""
    from pqlml.definition.shipped import shipped_definitions

    return find_definition(given) if _is_file(given) or given in shipped_definitions() else given


def _is_file(given: str) -> bool:
    return given.endswith((".yaml", ".yml")) or Path(given).is_file() or (given in (".", "..") or "/" in given)

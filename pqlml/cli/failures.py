"""How failures leave the command line: one message, an exit code that means something, no traceback."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from pqlml.cli.output import Format, write_json
from pqlml.errors import PqlmlError

UNEXPECTED: Final = 1
INTERRUPTED: Final = 130

_Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program a failure came from.")]


def handled(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command fail in an orderly way, and give it the option ``--debug``.

    An expected failure (:class:`pqlml.errors.PqlmlError`) ends with the exit code of its class, a file that cannot be
    read or written with 3, anything else with 1, an interruption with 130. The message goes to stderr; with
    ``--output json`` an object ``error`` goes to stdout.
    """
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def run(*, debug: bool = False, **options: Any) -> None:  # noqa: ANN401 - whatever the command takes
        output = options.get("output", Format.text)
        try:
            command(**options)
        except PqlmlError as error:
            _fail(output, type(error).__name__, str(error), error.exit_code, debug=debug)
        except KeyboardInterrupt:
            _fail(output, "Interrupted", "interrupted.", INTERRUPTED, debug=debug)
        except (typer.Exit, typer.TyperException, BrokenPipeError):
            raise
        except OSError as error:
            place = f" {error.filename}" if error.filename else ""
            told = f"cannot read or write{place}: {error.strerror or error}. Check the paths that were given."
            _fail(output, type(error).__name__, told, PqlmlError.exit_code, debug=debug)
        except Exception as error:  # noqa: BLE001 - the last place where a failure can be told without a traceback
            told = f"unexpected {type(error).__name__}: {error}"
            hint = "" if debug else "\nThis is a bug; run the same command with --debug to see where, and report it."
            _fail(output, type(error).__name__, f"{told}{hint}", UNEXPECTED, debug=debug)

    option = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_Debug)
    run.__signature__ = signature.replace(parameters=[*signature.parameters.values(), option])  # type: ignore[attr-defined]  # a function has one if it is set
    return run


def _fail(output: Format, kind: str, message: str, exit_code: int, *, debug: bool) -> None:
    if debug:
        typer.echo(traceback.format_exc(), err=True)
    if output == Format.json:
        write_json({"error": {"kind": kind, "message": message, "exit_code": exit_code}})
    else:
        typer.echo(f"error: {message}", err=True)
    raise typer.Exit(exit_code)

"""``pqlml serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from pqlml.cli.arguments import WORKSPACE, Workspace
from pqlml.cli.output import Format, Output, show


def serve(
    workspace: Workspace = WORKSPACE,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default is seen by this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8765,
    output: Output = Format.text,
) -> None:
    """Show the published list to sales in a browser, until interrupted. There is no login.

    Example: pqlml serve --port 8765
    """
    from pqlml.web.serve import serve as run

    url = f"http://{host}:{port}"
    told = {"format": 1, "command": "serve", "url": url, "workspace": str(workspace)}
    show(output, told, lambda console: console.print(f"Sales page: {url} (Ctrl+C stops it)"))
    run(workspace, host, port)

"""``pqlml serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from pqlml.cli.arguments import WORKSPACE, Workspace
from pqlml.cli.output import Format, Output, show
from pqlml.web.serve import HOST, PORT
from pqlml.web.serve import serve as run_server


def serve(
    workspace: Workspace = WORKSPACE,
    host: Annotated[str, typer.Option(help="Address to listen on; the default is seen by this machine alone.")] = HOST,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = PORT,
    output: Output = Format.text,
) -> None:
    """Show the published list to sales in a browser.

    Runs until interrupted. There is no login.

    Example: pqlml serve --port 8765
    """
    from pqlml.cli import shapes

    url = f"http://{host}:{port}"
    told = shapes.shape("serve", url=url, workspace=str(workspace))
    show(output, told, lambda console: console.print(f"Sales page: {url} (Ctrl+C stops it)"))
    run_server(workspace, host, port)

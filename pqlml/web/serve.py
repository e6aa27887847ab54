"""Run the sales page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pqlml.errors import MissingExtraError

HOST: Final = "127.0.0.1"
PORT: Final = 8765


def serve(workspace: Path, host: str = HOST, port: int = PORT) -> None:
    """Serve the pages of a workspace until interrupted.

    There is no login: on another host than 127.0.0.1, whoever reaches the port sees the leads.

    Raises
    ------
    MissingExtraError
        If the packages of the extra ``web`` are not installed.
    """
    try:
        import uvicorn

        from pqlml.web.app import create_app
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "fastapi", "web", "The sales page") from error
    app = create_app(workspace)
    if host in {HOST, "localhost"}:
        from starlette.middleware.trustedhost import TrustedHostMiddleware

        # Otherwise a hostile site could point its own name at this machine and read the leads (DNS rebinding).
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, ws="none")

"""The application: pages, JSON twins, and how failures are told."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

import pqlml
from pqlml.errors import DataError, NotFoundError
from pqlml.web import api, pages
from pqlml.web.current import words_of
from pqlml.web.headers import SecurityHeaders

logger = logging.getLogger(__name__)

TITLES: Final = {404: "not_found", 405: "not_possible", 422: "not_understood", 503: "no_scores"}
"""Status -> key of its title among the texts ``page.problem``."""
DAMAGED: Final = (
    "The published scores cannot be read; the server's log says which file. Run `pqlml score` to publish a new run."
)


def utc_now() -> dt.datetime:
    """Return the current instant, zone-less UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def create_app(workspace: Path, *, now: Callable[[], dt.datetime] = utc_now) -> FastAPI:
    """Return the sales page of a workspace.

    Every request reads the run that is published then; nothing is written. There is no login: bind it to
    127.0.0.1, or put it behind something that knows who may see leads.

    Parameters
    ----------
    workspace
        Folder whose ``published/`` is read; nothing needs to be published yet.
    now
        The clock that says whether scores are stale; returns zone-less UTC.
    """
    # The interactive documentation of FastAPI loads scripts from elsewhere.
    app = FastAPI(
        title="pqlml leads", version=pqlml.__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.state.workspace = workspace
    app.state.now = now
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(NotFoundError, _not_found)
    app.add_exception_handler(DataError, _damaged)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(packages=[("pqlml.web", "static")]), name="static")
    return app


def _problem(request: Request, status: int, text: str) -> Response:
    if request.url.path.startswith(("/api/", "/healthz")):
        return JSONResponse({"error": text}, status)
    words = words_of(request.app.state.workspace)
    title = words.say(f"problem.{TITLES.get(status, 'wrong')}")
    return HTMLResponse(pages.render("problem.html", words, title=title, text=text, status=status), status)


def _http_problem(request: Request, error: Any) -> Response:  # noqa: ANN401 - Starlette types handlers by Exception
    return _problem(request, error.status_code, error.detail)


def _invalid(request: Request, error: Any) -> Response:  # noqa: ANN401 - as above
    found = "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors())
    return _problem(request, 422, f"{found}.")


def _not_found(request: Request, error: Exception) -> Response:
    return _problem(request, 404, str(error))


def _damaged(request: Request, error: Exception) -> Response:
    logger.error("%s", error)
    return _problem(request, 500, DAMAGED)

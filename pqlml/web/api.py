"""JSON twins of the pages; ``/api/openapi.json`` describes every field."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from pqlml.schema import Tier
from pqlml.scoring.published_records import Lead, LeadDetail, Record, Run
from pqlml.web.current import CurrentRun
from pqlml.web.next_steps import NextStep, next_step

LARGEST_PAGE = 500
LARGEST_OFFSET = 2**31 - 1


class Health(Record):
    """Answer of ``/healthz``: the server can read the current run."""

    status: Literal["ok"] = "ok"
    run_id: str
    as_of: str
    stale: bool
    """Whether the scores are more than 36 hours old."""


class Problem(Record):
    """Answer of every failed request."""

    error: str


class Leads(Record):
    """Answer of ``/api/leads``."""

    run: Run
    stale: bool
    total: int
    """Leads that match, on all pages."""
    limit: int
    offset: int
    leads: tuple[Lead, ...]
    """Best first."""


class LeadAnswer(Record):
    """Answer of ``/api/leads/{entity_id}``."""

    run: Run
    stale: bool
    lead: LeadDetail
    next_step: NextStep


TierAsked = Annotated[Tier | None, Query(description="Only leads of this tier.")]
SearchAsked = Annotated[str, Query(max_length=200, description="Only leads whose id or name contains this text.")]

router = APIRouter(responses={503: {"model": Problem, "description": "No run has been published yet."}})


@router.get("/healthz")
def health(current: CurrentRun) -> Health:
    """Say whether the current run can be read, and which one it is."""
    run = current.published.run
    return Health(run_id=run.run_id, as_of=run.model_dump()["as_of"], stale=current.stale)


@router.get("/api/leads")
def leads(
    current: CurrentRun,
    tier: TierAsked = None,
    search: SearchAsked = "",
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
    offset: Annotated[int, Query(ge=0, le=LARGEST_OFFSET)] = 0,
) -> Leads:
    """Return the ranked leads of the current run, best first."""
    published = current.published
    page = published.leads(tier, search, limit, offset)
    return Leads(run=published.run, stale=current.stale, total=page.total, limit=limit, offset=offset, leads=page.leads)


@router.get("/api/leads/{entity_id:path}", responses={404: {"model": Problem, "description": "No such lead."}})
def lead(current: CurrentRun, entity_id: str) -> LeadAnswer:
    """Return one lead with its reasons, contributions and profile."""
    found = current.published.lead(entity_id)
    suggested = next_step(found.tier, current.words)
    return LeadAnswer(run=current.published.run, stale=current.stale, lead=found, next_step=suggested)


@router.get("/api/lead", responses={404: {"model": Problem, "description": "No such lead."}})
def lead_by_query(current: CurrentRun, entity_id: str) -> LeadAnswer:
    """Return the same for an id that a path cannot carry, such as ``..``."""
    return lead(current, entity_id)

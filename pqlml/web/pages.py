"""The pages: the ranked list, and one page per lead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import jinja2
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from pqlml.schema import TIERS, Tier
from pqlml.scoring.published_records import Lead, LeadDetail, Reason
from pqlml.web.api import LARGEST_OFFSET, SearchAsked, TierAsked
from pqlml.web.current import Current, CurrentRun
from pqlml.web.links import lead_address, list_address
from pqlml.web.next_steps import next_step
from pqlml.web.phrases import Words, sentence, whole_shares

PAGE_SIZE: Final = 25
REASONS_IN_LIST: Final = 2

TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("pqlml.web"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(lead_address=lead_address, list_address=list_address)
TEMPLATES.filters["sentence"] = sentence

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True)
class Bar:
    """A number drawn as a bar from zero; ``start`` and ``length`` are in percent of the width.

    Attributes
    ----------
    label, shown
        What is measured, and the number as text.
    negative
        Whether the bar runs left of zero.
    """

    label: str
    shown: str
    start: float
    length: float
    negative: bool


def render(template: str, words: Words, **values: object) -> str:
    """Return the HTML of a page in a language; every value is escaped."""
    return TEMPLATES.get_template(template).render(values, w=words)


@router.get("/")
def ranked_list(
    current: CurrentRun,
    tier: TierAsked = None,
    search: SearchAsked = "",
    page: Annotated[int, Query(ge=1, le=LARGEST_OFFSET)] = 1,
) -> str:
    """Show who to call today, best first."""
    found = current.published.leads(tier, search.strip(), PAGE_SIZE, PAGE_SIZE * (page - 1))
    pages = max(1, math.ceil(found.total / PAGE_SIZE))
    if page > pages:
        return ranked_list(current, tier, search, pages)
    return render(
        "list.html",
        current.words,
        **_frame(current),
        leads=found.leads,
        why={lead.entity_id: _why(lead) for lead in found.leads},
        total=found.total,
        first=PAGE_SIZE * (page - 1) + 1,
        page=page,
        pages=pages,
        tier=tier,
        tabs=_tabs(current, search),
        search=search,
    )


@router.get("/leads/{entity_id:path}")
def lead_page(current: CurrentRun, entity_id: str) -> str:
    """Show one lead: score, reasons, what they did, and what to do next."""
    lead = current.published.lead(entity_id)
    return render(
        "lead.html",
        current.words,
        **_frame(current),
        lead=lead,
        step=next_step(lead.tier, current.words),
        reasons={direction: _reason_bars(lead, direction, current.words) for direction in ("for", "against")},
        dimensions=_dimension_bars(lead, current.words),
        sections=_sections(lead, current.words),
        company=[row for row in lead.profile if row.section == "company" and row.value != lead.name],
        opener=_opener(lead),
        changes=lead.told_changes,
        changed=math.fsum(part.points for part in lead.changes),
        marks=_marks(lead, current.words),
        similar=next((reason.similar for reason in lead.reasons if reason.similar is not None), None),
    )


@router.get("/lead")
def lead_page_by_query(current: CurrentRun, entity_id: str) -> str:
    """Show the same for an id that a path cannot carry, such as ``..``."""
    return lead_page(current, entity_id)


def _frame(current: Current) -> dict[str, object]:
    return {"run": current.published.run, "stale": current.stale, "run_age": current.age}


def _tabs(current: Current, search: str) -> list[tuple[Tier | None, int, str]]:
    counts = current.published.run.counts
    tabs: list[tuple[Tier | None, int, str]] = [(None, counts.scored, list_address(search=search))]
    return tabs + [(tier, counts.by_tier.get(tier, 0), list_address(tier, search)) for tier in TIERS]


def _why(lead: Lead) -> Sequence[Reason]:
    """Return the weightiest reasons for the lead; where nothing speaks for it, those against it."""
    speaking_for = [reason for reason in lead.reasons if reason.direction == "for"]
    return (speaking_for or lead.reasons)[:REASONS_IN_LIST]


def _marks(lead: Lead, words: Words) -> str:
    """Return, in quotes, the words by which sentences of this lead say which way they count; empty where none does."""
    both = (words.told_in.text(f"counts.{key}") for key in ("more", "less"))
    used = [each for each in both if any(reason.sentence.endswith(f"; {each}") for reason in lead.reasons)]
    return ", ".join(words.say("quoted", text=each) for each in used)


def _opener(lead: Lead) -> str | None:
    """Return the weightiest thing they did themselves, which a first message can start from."""
    did = (
        reason
        for reason in lead.reasons
        if reason.direction == "for" and reason.dimension != "fit" and reason.fact and reason.group != "age"
    )
    return next((sentence(reason.told_to_lead) for reason in did), None)


def _reason_bars(lead: Lead, direction: str, words: Words) -> list[Bar]:
    largest = max((abs(reason.contribution) for reason in lead.reasons), default=0.0) or 1.0
    return [
        Bar(
            label=sentence(reason.sentence),
            shown=words.signed_points(reason.points),
            start=0.0,
            length=round(100 * abs(reason.contribution) / largest, 1),
            negative=direction == "against",
        )
        for reason in lead.reasons
        if reason.direction == direction
    ]


def _dimension_bars(lead: Lead, words: Words) -> list[Bar]:
    whole = whole_shares(lead.points_by_dimension)
    low = min(0.0, *lead.points_by_dimension.values())
    width = (max(0.0, *lead.points_by_dimension.values()) - low) or 1.0
    return [
        Bar(
            label=dimension,
            shown=words.points(whole[dimension]),
            start=round(100 * (min(share, 0.0) - low) / width, 1),
            length=round(100 * abs(share) / width, 1),
            negative=share < 0,
        )
        for dimension, share in lead.points_by_dimension.items()
    ]


def _sections(lead: LeadDetail, words: Words) -> list[tuple[str, list[tuple[str, str]]]]:
    sections = (
        (words.say(f"section.{section}"), [(row.label, row.value) for row in lead.profile if row.section == section])
        for section in ("use", "outcomes", "team", "upgrade")
    )
    return [(title, rows) for title, rows in sections if rows]

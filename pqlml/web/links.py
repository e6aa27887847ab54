"""Addresses of pages and of their JSON twins, for any entity id."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from pqlml.schema import Tier


def lead_address(entity_id: str, prefix: str = "") -> str:
    """Return the address of a lead's page; with the prefix ``/api``, of its JSON.

    What a path cannot carry (nothing, dots that browsers resolve, control characters) goes into the query.

    Examples
    --------
    >>> lead_address("acme/eu 50%"), lead_address("..", prefix="/api")
    ('/leads/acme%2Feu%2050%25', '/api/lead?entity_id=..')
    """
    if entity_id in {"", ".", ".."} or not entity_id.isprintable():
        return f"{prefix}/lead?{urlencode({'entity_id': entity_id})}"
    return f"{prefix}/leads/{quote(entity_id, safe='')}"


def list_address(tier: Tier | None = None, search: str = "", page: int = 1) -> str:
    """Return the address of the list, leaving out what is not asked for.

    Examples
    --------
    >>> list_address(), list_address("hot", "a&b", 2)
    ('/', '/?tier=hot&search=a%26b&page=2')
    """
    asked = {"tier": tier, "search": search, "page": page if page > 1 else None}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/?{query}" if query else "/"

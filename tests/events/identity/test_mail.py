from __future__ import annotations

import pytest

from pqlml.events.identity.mail import classify, disposable_domains, free_mail_domains


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        ("acme.com", "acme.com"),
        ("MAIL.Acme.Com.", "acme.com"),
        ("a.b.acme.co.uk", "acme.co.uk"),
        ("acme.uk.com", "acme.uk.com"),  # a private firm lets others register under uk.com
        ("bücher.de", "xn--bcher-kva.de"),
        ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("mail.acme.internal", "acme.internal"),  # a suffix on no list
        ("my_host.acme.com", "acme.com"),
    ],
)
def test_a_company_is_what_it_registered(domain: str, company: str) -> None:
    assert (classify(domain).kind, classify(domain).company) == ("company", company)


@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("gmail.com", "free"),
        ("Yahoo.co.uk", "free"),
        ("x.gmail.com", "free"),
        ("mailinator.com", "disposable"),
        ("mx.mailinator.com", "disposable"),
        ("", "malformed"),
        ("localhost", "malformed"),
        ("co.uk", "malformed"),
        ("uk.com", "malformed"),
        ("192.168.0.1", "malformed"),
        ("acme..com", "malformed"),
        ("-acme-.com", "malformed"),
        ("ac me.com", "malformed"),
        ("acme.com>", "malformed"),
        ("ö" * 64 + ".de", "malformed"),
        (".".join(["a" * 60] * 5) + ".com", "malformed"),
    ],
)
def test_what_is_no_company(domain: str, kind: str) -> None:
    assert (classify(domain).kind, classify(domain).company) == (kind, None)


def test_the_definition_overrules_the_lists() -> None:
    assert classify("mail.partner.com", personal={"partner.com"}).kind == "free"
    assert classify("mail.gmail.com", companies={"gmail.com"}).company == "gmail.com"


def test_the_lists_are_well_filled() -> None:
    assert len(free_mail_domains()) > 1000
    assert len(disposable_domains()) > 1000

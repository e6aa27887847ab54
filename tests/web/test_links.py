"""Any id survives the way into an address and back."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from pqlml.web.links import lead_address, list_address


@given(st.text())
def test_any_id_is_carried_by_its_address(entity_id: str) -> None:
    address = urlsplit(lead_address(entity_id))

    if address.path == "/lead":
        assert parse_qs(address.query, keep_blank_values=True) == {"entity_id": [entity_id]}
    else:
        segment = address.path.removeprefix("/leads/")
        assert "/" not in segment
        assert unquote(segment) == entity_id
        assert unquote(segment) not in {"", ".", ".."}


@given(st.text(min_size=1), st.integers(1, 1000))
def test_a_list_address_keeps_what_was_asked(search: str, page: int) -> None:
    asked = parse_qs(urlsplit(list_address("hot", search, page)).query)

    assert asked == {"tier": ["hot"], "search": [search]} | ({"page": [str(page)]} if page > 1 else {})

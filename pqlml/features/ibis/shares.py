"""Which share of the events comes from the most active user."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.features.ibis.demand import mask_of
from pqlml.features.ibis.parts import ZERO, Columns, Given, Named, Part, chosen, in_window, one_of, plain


def share_parts(given: Given, named: Named) -> Iterator[Part]:
    """Yield one part for all features."""
    mine = chosen(named, "top_share")
    if mine:
        yield _top_shares(given, mine)


def _top_shares(given: Given, named: Named) -> Part:
    known = given.records.filter(given.records.user_id.notnull())
    by_user = known.group_by("line", "user_id", "event", "bit").agg(n=known.count().cast("float64"))
    joined = by_user.join(given.asked, "line")
    counts: Columns = {}
    for name, feature in named.items():
        inside = in_window(joined.bit, joined[mask_of(feature.window_days)])
        one = one_of(joined.event, feature.events)
        counts[name] = (inside if one is None else inside & one).ifelse(joined.n, ZERO).sum()
    users = joined.group_by("row_id", "user_id").agg(**counts)
    shares = {name: users[name].max() / users[name].sum().nullif(0.0) for name in named}
    return Part(users.group_by("row_id").agg(**shares), {name: plain(name) for name in named})

"""What changed between two scores of a lead: parts that add up to the difference, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pqlml.events.tables import Tables
from pqlml.explain.contributions import contributions
from pqlml.explain.reasons import as_value
from pqlml.explain.sentences import with_comparison
from pqlml.explain.statements import Value, clipped, shown, statement
from pqlml.explain.telling import Telling
from pqlml.features import build_features
from pqlml.features.earlier import without_new_events, without_new_versions
from pqlml.features.spec import PERSONAL, Feature
from pqlml.model.bundle import PropensityModel

_Part = Literal["corrections", "silence", "behaviour", "attributes", "model"]
PARTS: Final[tuple[_Part, ...]] = get_args(_Part)
"""In the order in which they are taken."""

SMALLEST: Final = 0.05
"""A part that moves a score by less than this many log-odds is not told in words."""


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes
    ----------
    tables
        As the model's definition reads them; all of the data, whatever the run saw of it.
    pairs
        Who was scored: ``entity_id`` (unique), ``cutoff`` and ``signup_at`` as the run knew it.
    log_odds
        What was published, by row of ``pairs``.
    """

    model: PropensityModel
    tables: Tables
    pairs: pa.Table
    log_odds: np.ndarray


@dataclass(frozen=True)
class Path:
    """Feature tables of the same leads on the way from the old score to the new one, all for the old model.

    Attributes
    ----------
    then
        At the old cutoff.
    silence
        At the new cutoff, with the events and attributes of then: time has passed, nothing else.
    behaviour
        With the events of now besides.
    now
        With the attributes, the sign-up and the leading people of now besides.
    """

    then: pd.DataFrame
    silence: pd.DataFrame
    behaviour: pd.DataFrame
    now: pd.DataFrame

    @property
    def steps(self) -> Iterator[tuple[_Part, pd.DataFrame, pd.DataFrame]]:
        """Each step with its feature tables before and after."""
        yield "silence", self.then, self.silence
        yield "behaviour", self.silence, self.behaviour
        yield "attributes", self.behaviour, self.now


def changes(before: Side, now: Side, telling: Telling) -> pd.DataFrame:
    """Split the change of every lead that both runs scored into parts.

    The parts are taken one after the other, always in the same order: what is now known otherwise about the time before
    (``corrections``: repaired data, late sign-ups), time that passed without anything new (``silence``), new events
    (``behaviour``), new attributes, and another model or definition (``model``). Each is a difference of two scores, so
    that together they are the whole change.

    Returns
    -------
    One row per lead and part: ``entity_id``, ``position`` (1 for the first part), ``part``, ``label`` (in words),
    ``change`` (log-odds), and ``sentence`` (the fact that moved most, null where little did). The lead on the way was
    never real, so a sentence states what was so then or is so now, and nothing of the steps between.
    """
    old, new = _both(before, now)
    path = _path(before.model, before.tables, old.pairs, new.pairs)
    scores = [before.model.log_odds(table) for table in (path.then, path.silence, path.behaviour, path.now)]
    ends = np.vstack([old.log_odds, *scores, new.log_odds])
    steps = dict(zip(PARTS, np.diff(ends, axis=0), strict=True))
    words = {part: _words(before.model, path, part, telling) for part, _, _ in path.steps}
    entity = old.pairs["entity_id"].to_numpy(zero_copy_only=False)
    nothing = np.full(len(entity), None, dtype=object)
    told = [
        pd.DataFrame(
            {
                "entity_id": entity,
                "position": position,
                "part": part,
                "label": telling.language.text(f"changed.{part}"),
                "change": steps[part],
                "sentence": pd.Series(words.get(part, nothing), dtype=object).where(
                    np.abs(steps[part]) >= SMALLEST, None
                ),
            }
        )
        for position, part in enumerate(PARTS, start=1)
    ]
    return pd.concat(told, ignore_index=True)


def _both(before: Side, now: Side) -> tuple[Side, Side]:
    """Return both sides with the leads that both of them scored, in the same order."""
    shared = sorted(set(before.pairs["entity_id"].to_pylist()) & set(now.pairs["entity_id"].to_pylist()))
    return _of(before, shared), _of(now, shared)


def _of(side: Side, entities: Sequence[str]) -> Side:
    at = pc.index_in(pa.array(entities, pa.string()), side.pairs["entity_id"].combine_chunks().cast(pa.string()))
    pairs = side.pairs.select(["entity_id", "cutoff", "signup_at"]).take(at)
    return Side(side.model, side.tables, pairs, side.log_odds[at.to_numpy(zero_copy_only=False).astype(int)])


def _path(model: PropensityModel, tables: Tables, old: pa.Table, new: pa.Table) -> Path:
    """Build the feature tables of the way, each from what was known of it."""
    number = pa.array(range(len(old)), pa.int64())
    keep = tables.warehouse.save_arrow
    earlier = keep("earlier_pairs", old.append_column("row_id", number))
    aged = new.set_column(new.schema.get_field_index("signup_at"), "signup_at", old["signup_at"])
    later = keep("aged_pairs", aged.append_column("row_id", number))
    last = keep("later_pairs", new.append_column("row_id", number))
    still = without_new_versions(tables, earlier)
    then = build_features(tables, earlier, model.features)
    # Who leads in an account is a fact about it: whether somebody came, rose or became more active is one step.
    people = then[[feature.name for feature in model.features if feature.aggregate in PERSONAL]]
    return Path(
        then=then,
        silence=build_features(without_new_events(still, earlier), later, model.features).assign(**people),
        behaviour=build_features(still, later, model.features).assign(**people),
        now=build_features(tables, last, model.features),
    )


def _words(model: PropensityModel, path: Path, part: _Part, telling: Telling) -> np.ndarray:
    """Tell for each lead the feature whose new value moved its score most in the direction of the step."""
    first, last = next((one, other) for name, one, other in path.steps if name == part)
    shift = contributions(model, last).values - contributions(model, first).values
    direction = np.sign(shift.sum(axis=1))
    spokesman = (direction[:, None] * shift).argmax(axis=1)
    told = np.empty(len(shift), dtype=object)
    phrases = {feature.name: feature for feature in telling.features}
    for at, rows in pd.Series(range(len(shift))).groupby(spokesman).indices.items():
        feature = model.features[int(at)]  # type: ignore[call-overload]  # a position
        feature = phrases.get(feature.name, feature)
        then, quiet, now = (table[feature.name].to_numpy() for table in (path.then, path.silence, path.now))
        for row in rows:
            was, still, became = as_value(then[row]), as_value(quiet[row]), as_value(now[row])
            past = part == "silence" and still != became
            told[row] = _as_of_then(feature, was, telling) if past else _against_then(feature, was, became, telling)
    return told


def _as_of_then(feature: Feature, then: Value, telling: Telling) -> str | None:
    """Tell what was so then: with what happened since, time alone made nothing of it that is so now."""
    mark = telling.language.text("changed.then")
    for shorter in ((feature, then), clipped(feature, then)):
        told = with_comparison(alone := statement(*shorter, telling.language), mark)
        if told != alone:
            return told
    return None  # without the mark it would be taken for what is so now


def _against_then(feature: Feature, then: Value, now: Value, telling: Telling) -> str:
    """Tell what is so now, beside what was so then."""
    alone = statement(feature, now, telling.language)
    if then is None or now is None:
        return alone
    if _shown(feature, then, telling) == _shown(feature, now, telling):
        return with_comparison(alone, telling.language.text("changed.same"))
    if not isinstance(then, str) and (isinstance(now, str) or feature.aggregate in _NOT_BARE):
        return alone
    return with_comparison(alone, telling.language.text("changed.before", before=_shown(feature, then, telling)))


def _shown(feature: Feature, value: float | str, telling: Telling) -> str:
    return value if isinstance(value, str) else shown(feature, value, telling.language)


_NOT_BARE: Final = frozenset({"ratio", "top_share", "share_used", "in_ideal", "in_negative", "days_left", "since"})
"""Aggregates whose bare number would not be understood."""

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
from pqlml.explain.statements import Value, shown, statement
from pqlml.explain.telling import Telling
from pqlml.features import build_features
from pqlml.features.earlier import without_new_events, without_new_versions
from pqlml.features.spec import Feature
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
        With the attributes and the sign-up of now besides.
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
    ``change`` (log-odds), and ``sentence`` (the fact that moved most, null where little did).
    """
    old, new = _both(before, now)
    path = _path(before.model, before.tables, old.pairs, new.pairs)
    scores = [before.model.log_odds(table) for table in (path.then, path.silence, path.behaviour, path.now)]
    ends = np.vstack([old.log_odds, *scores, new.log_odds])
    steps = dict(zip(PARTS, np.diff(ends, axis=0), strict=True))
    words = {part: _words(before.model, first, last, telling) for part, first, last in path.steps}
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


def _where_it_matters(words: np.ndarray, change: np.ndarray) -> np.ndarray:
    told = words.copy()
    told[np.abs(change) < SMALLEST] = None
    return told


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
    return Path(
        then=build_features(tables, earlier, model.features),
        silence=build_features(without_new_events(still, earlier), later, model.features),
        behaviour=build_features(still, later, model.features),
        now=build_features(tables, last, model.features),
    )


def _words(model: PropensityModel, first: pd.DataFrame, last: pd.DataFrame, telling: Telling) -> np.ndarray:
    """Tell for each lead the feature whose new value moved its score most in the direction of the step."""
    shift = contributions(model, last).values - contributions(model, first).values
    direction = np.sign(shift.sum(axis=1))
    spokesman = (direction[:, None] * shift).argmax(axis=1)
    told = np.empty(len(shift), dtype=object)
    phrases = {feature.name: feature for feature in telling.features}
    for at, rows in pd.Series(range(len(shift))).groupby(spokesman).indices.items():
        feature = model.features[int(at)]  # type: ignore[call-overload]  # a position
        feature = phrases.get(feature.name, feature)
        then, now = first[feature.name].to_numpy(), last[feature.name].to_numpy()
        for row in rows:
            told[row] = _sentence(feature, as_value(then[row]), as_value(now[row]), telling)
    return told


def _sentence(feature: Feature, then: Value, now: Value, telling: Telling) -> str:
    alone = statement(feature, now, telling.language)
    if isinstance(then, str):
        return with_comparison(alone, telling.language.text("changed.before", before=then))
    if then is None or now is None or isinstance(now, str) or feature.aggregate in _NOT_BARE:
        return alone
    was = shown(feature, then, telling.language)
    if was == shown(feature, now, telling.language):
        return alone
    return with_comparison(alone, telling.language.text("changed.before", before=was))


_NOT_BARE: Final = frozenset({"ratio", "top_share", "share_used", "in_ideal", "in_negative", "days_left", "since"})
"""Aggregates whose bare number would not be understood."""

"""Features of the plan: how near its limits, and how far into the trial."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.definition.relations import Limit, Trial
from pqlml.definition.signals import EVERYTHING
from pqlml.features.age import AGE
from pqlml.features.fit import attribute
from pqlml.features.measures import newest, windowed_sum
from pqlml.features.phrases import named, noun_for
from pqlml.features.signals import everything, named_signals
from pqlml.features.spec import Feature


def limit_features(definition: Definition) -> Iterator[Feature]:
    """Yield ``limit.<name>.share`` for each limit: the share of it that is used."""
    for name, limit in definition.signals.limits.items():
        told = named(definition, "limit" if limit.days is not None else "limit_now", limit.noun or name)
        caps = (attribute(definition, limit.limit, "number"),) if isinstance(limit.limit, str) else ()
        yield Feature(
            name=f"limit.{name}.share",
            dimension="upgrade",
            group=f"limit.{name}",
            aggregate="ratio",
            window_days=limit.days,
            inputs=(_used(definition, limit), *caps),
            constant=None if isinstance(limit.limit, str) else limit.limit,
            unit="share of the limit, 1 is all",
            null="limit or use not known at the cutoff",
            did=told.did,
            noun=noun_for(definition, f"limit.{name}", told.noun),
        )


def trial_features(definition: Definition) -> Iterator[Feature]:
    """Yield the trial's clock: ``trial.days_left`` and ``trial.share_used``."""
    trial = definition.signals.trial
    if trial is None:
        return
    parts, noun = _clock(definition, trial), noun_for(definition, "trial")
    yield Feature(
        name="trial.days_left",
        dimension="upgrade",
        group="trial",
        aggregate="days_left",
        inputs=parts,
        constant=trial.days,
        unit="days, negative after the trial",
        null="no trial known at the cutoff",
        noun=noun,
    )
    yield Feature(
        name="trial.share_used",
        dimension="upgrade",
        group="trial",
        aggregate="share_used",
        inputs=parts,
        constant=trial.days,
        unit="share of the trial, from 0 to 1",
        null="no trial known at the cutoff",
        noun=noun,
    )


def _used(definition: Definition, limit: Limit) -> Feature:
    """Return what counts towards the limit."""
    if limit.attribute is not None:
        return attribute(definition, limit.attribute, "number")
    source = definition.sources.events
    if limit.property is not None and source is not None:
        measure = source.properties[limit.property]
        return (
            newest(definition, limit.property, measure)
            if limit.days is None
            else windowed_sum(definition, limit.property, measure, limit.days)
        )
    signals = {**named_signals(definition), EVERYTHING: everything(definition)}
    return signals[str(limit.signal)].windowed("count", "all" if limit.days is None else limit.days)


def _clock(definition: Definition, trial: Trial) -> tuple[Feature, ...]:
    """Return the days since the trial began, and where an attribute says when it ends, those since its end."""
    began = (
        AGE
        if trial.started_at is None
        else _since("trial.since_start", trial.started_at, noun_for(definition, "trial_began"))
    )
    return (
        (began,)
        if trial.ends_at is None
        else (
            began,
            _since("trial.since_end", trial.ends_at, noun_for(definition, "trial_end")),
        )
    )


def _since(name: str, column: str, noun: str) -> Feature:
    return Feature(
        name=name,
        dimension="upgrade",
        group="trial",
        aggregate="since",
        source=column,
        unit="days, negative ahead of it",
        null="not known at the cutoff",
        noun=noun,
    )

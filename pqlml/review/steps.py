"""The steps of the definition loop, from tables to what they found; the command line and notebooks call the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pqlml.dataset import build_rows
from pqlml.dataset.rows import Rows
from pqlml.dataset.split import first_test_cutoff
from pqlml.definition import Definition
from pqlml.errors import DefinitionError, NotEnoughDataError
from pqlml.events import Tables, load_tables, require_sound
from pqlml.features import Vocabulary, check_points, learn_vocabulary
from pqlml.features.names_fit import require_names_fit
from pqlml.labels import cutoffs, label_pairs
from pqlml.model import registry
from pqlml.report.page import write_page
from pqlml.review.aha import DAYS, find_moments
from pqlml.review.candidates import from_errors, from_moments, from_unused, moment_features
from pqlml.review.dispositions import read_dispositions
from pqlml.review.drift import TrainedOn
from pqlml.review.first_days import first_days, until
from pqlml.review.flags import By, Flags, flags_by_model, flags_by_points, require_points, usual_by
from pqlml.review.moments import FoundMoments
from pqlml.review.pages import render_moments, render_replay, render_review
from pqlml.review.period import Period, choose_period
from pqlml.review.proposal import Proposal
from pqlml.review.propose import propose_rows, require_points_with_tiers
from pqlml.review.replay import Replayed, replay_rows, require_comparable
from pqlml.review.review import review_rows
from pqlml.review.reviewed import Reviewed
from pqlml.schema import Tier
from pqlml.warehouse import Warehouse, open_warehouse


@dataclass(frozen=True)
class Asked:
    """What is asked of a review.

    Attributes
    ----------
    start, end
        The period's cutoffs, ``end`` exclusive; by default the latest that have matured.
    by
        Whether the hand-set points flag leads, or a model that is fitted on what was over before the period; by default
        the points, where the tiers are thresholds on them.
    from_tier
        Leads of this tier or a better one are flagged.
    dispositions
        Parquet or CSV file of what sales said: ``entity_id``, ``disposition`` and, if there are several, ``at``.
    workspace
        Where models are kept: a review tells drift since the champion's training.
    """

    start: dt.datetime | None = None
    end: dt.datetime | None = None
    by: By | None = None
    from_tier: Tier = "hot"
    dispositions: Path | None = None
    seed: int = 0
    workspace: Path | None = None


Progress = Callable[[str], None]


def _quiet(_: str) -> None:
    """Report no progress."""


def aha(
    definition: Definition,
    data: Path,
    *,
    days: Sequence[int] | None = None,
    page: Path | None = None,
    seed: int = 0,
    progress: Progress = _quiet,
) -> FoundMoments:
    """Search the first days after sign-up for actions that go together with later conversion; see docs/review.md.

    Parameters
    ----------
    days
        Lengths of the first days that are tried.
    page
        Where to write a page about it, too.

    Raises
    ------
    DataError
        If there are no events, no action, or no date of sign-up.
    NotEnoughDataError
        If too few entities converted after their first days.
    """
    with open_warehouse() as warehouse:
        tables = _tables(definition, data, warehouse, progress)
        progress("counting the first days")
        actions, windows = first_days(definition, tables, learn_vocabulary(definition, tables), days or DAYS)
    progress("searching")
    window_days = definition.conversion.gap_days + definition.conversion.horizon_days
    found = find_moments(actions, windows, window_days, seed=seed)
    if page is not None:
        write_page(render_moments(definition, found), page)
    return found


def review(
    definition: Definition,
    data: Path,
    asked: Asked | None = None,
    *,
    page: Path | None = None,
    progress: Progress = _quiet,
) -> Reviewed:
    """Review one past period: whom the definition flagged, who converted, and where it errs; see docs/review.md.

    Parameters
    ----------
    page
        Where to write a page about it, too.

    Raises
    ------
    NotEnoughDataError
        If no row of the period has a label, or a model has too little before it.
    """
    asked = asked or Asked()
    with open_warehouse() as warehouse:
        tables = _tables(definition, data, warehouse, progress)
        said = None if asked.dispositions is None else read_dispositions(warehouse, asked.dispositions)
        progress("labelling and building features")
        vocabulary = learn_vocabulary(definition, tables, until=asked.start)
        rows = build_rows(definition, tables, data, None if asked.start is None else vocabulary)
    require_names_fit(definition, rows.features)
    period = choose_period(definition, rows, asked.start, asked.end, data_end=tables.observed_until)
    if (asked.by or usual_by(definition)) == "points":
        flags = flags_by_points(definition, rows, asked.from_tier)
    else:
        progress("fitting a model on what was over before")
        flags = flags_by_model(definition, vocabulary, rows, period.before, asked.from_tier, asked.seed)
    progress("looking for slices")
    trained = None if asked.workspace is None else _trained(asked.workspace, definition)
    reviewed = review_rows(rows, flags, period, said=said, trained=trained, seed=asked.seed)
    if page is not None:
        write_page(render_review(definition, reviewed), page)
    return reviewed


def propose(
    definition: Definition,
    data: Path,
    asked: Asked | None = None,
    *,
    moments: bool = True,
    progress: Progress = _quiet,
) -> Proposal:
    """Propose changes of the points, found before a period and judged on it; see docs/review.md.

    Parameters
    ----------
    asked
        The period on which changes are judged, and the tier from which on leads are flagged; always by points.
    moments
        Whether moments of the first days are candidates for new criteria.

    Raises
    ------
    DefinitionError
        If there are no points with tiers on them.
    NotEnoughDataError
        If too few conversions lie before the period.
    """
    asked = asked or Asked()
    require_points_with_tiers(definition)
    with open_warehouse() as warehouse:
        tables = _tables(definition, data, warehouse, progress)
        progress("labelling")
        start = asked.start or _latest_part(definition, tables, data)
        found = _moments_before(definition, tables, start, asked.seed, progress) if moments else None
        progress("building features")
        names = [] if found is None else [name for name, _ in moment_features(found)]
        wider = definition.model_copy(update={"features": tuple(dict.fromkeys([*definition.features, *names]))})
        vocabulary = learn_vocabulary(definition, tables, until=start)
        rows = build_rows(wider, tables, data, vocabulary)
    require_names_fit(definition, rows.features)
    period = choose_period(definition, rows, start, asked.end, data_end=tables.observed_until)
    if not rows.label[period.before].any():
        msg = (
            f"before the period there are {int(period.before.sum())} rows whose window was over, and none of them "
            f"converted: nothing can be learned from them. Choose a later period (--from)."
        )
        raise NotEnoughDataError(msg)
    progress("looking for changes")
    flags = flags_by_points(definition, rows, asked.from_tier)
    candidates = [*from_unused(rows, flags), *from_errors(rows, flags, period.before, seed=asked.seed)]
    if found is not None:
        candidates += from_moments(found, {feature.name: feature for feature in rows.features})
    return propose_rows(definition, rows, period, candidates, from_tier=asked.from_tier, seed=asked.seed)


def replay(
    old: Definition,
    new: Definition,
    data: Path,
    asked: Asked | None = None,
    *,
    found_before: dt.datetime | None = None,
    page: Path | None = None,
    progress: Progress = _quiet,
) -> Replayed:
    """Run two definitions over the same history, week by week.

    By points the whole time that has matured is replayed by default. By the model each definition fits one on what was
    over before the period, by default the latest cutoffs, and flags by it.

    Parameters
    ----------
    found_before
        Before which instant the new definition was found, as a proposal says: then the weeks from there on count, and
        those before are told apart.

    Raises
    ------
    DefinitionError
        If they do not look at the same leads, or one has no points that tell whom it flags.
    NotEnoughDataError
        If a model has too little before the period.
    """
    asked = asked or Asked()
    require_comparable(old, new)
    both = (old, new)
    by = asked.by or ("points" if all(usual_by(one) == "points" for one in both) else "model")
    if by == "points":
        for definition in both:
            require_points(definition)
    found: list[tuple[Vocabulary, Rows]] = []
    data_end = None
    with open_warehouse() as warehouse:
        for definition in both:
            tables = _tables(definition, data, warehouse, progress)
            data_end = tables.observed_until
            progress(f"building features of version {definition.version}")
            vocabulary = learn_vocabulary(definition, tables, until=asked.start)
            found.append((vocabulary, build_rows(definition, tables, data, vocabulary)))
    rows = found[0][1]
    first = rows.keys["cutoff"].min().to_pydatetime() if by == "points" and not old.timeless else None
    period = choose_period(old, rows, asked.start or first, asked.end, data_end=data_end)
    before, after = (
        _flags(definition, its, mine, period, by, asked).flagged
        for definition, (its, mine) in zip(both, found, strict=True)
    )
    replayed = replay_rows(
        rows, before, after, period, by=by, from_tier=asked.from_tier, seed=asked.seed, found_before=found_before
    )
    if page is not None:
        write_page(render_replay(old, new, replayed), page)
    return replayed


def _trained(workspace: Path, definition: Definition) -> TrainedOn | None:
    """Return on which cutoffs the champion of that name was trained; null where there is none."""
    if not registry.exists(workspace):
        return None
    released = registry.champion(workspace, definition.name)
    if released is None:
        return None
    training = registry.fetch(workspace, released).training
    if training.first_cutoff is None or training.last_cutoff is None:
        return None
    return TrainedOn(f"{released.name} version {released.version}", training.first_cutoff, training.last_cutoff)


def _flags(definition: Definition, vocabulary: Vocabulary, rows: Rows, period: Period, by: By, asked: Asked) -> Flags:
    if by == "points":
        return flags_by_points(definition, rows, asked.from_tier)
    return flags_by_model(definition, vocabulary, rows, period.before, asked.from_tier, asked.seed)


def _tables(definition: Definition, data: Path, warehouse: Warehouse, progress: Progress) -> Tables:
    problems = check_points(definition)
    if problems:
        raise DefinitionError("\n".join(problems))
    progress("reading tables")
    return require_sound(definition, load_tables(warehouse, definition, data))


def _latest_part(definition: Definition, tables: Tables, data: Path) -> dt.datetime | None:
    """Return when the definition's test part begins; null where it has none."""
    if definition.timeless:
        return None
    pairs = label_pairs(definition, tables, cutoffs(definition, tables, data)).pairs
    found = first_test_cutoff(definition, tables.warehouse.fetch(pairs.select("cutoff")).to_pandas()["cutoff"])
    return None if found is None else found.to_pydatetime()


def _moments_before(
    definition: Definition, tables: Tables, start: dt.datetime | None, seed: int, progress: Progress
) -> FoundMoments | None:
    """Search for moments among sign-ups whose outcomes were known when the period began; null if they are too few."""
    if tables.events is None or not definition.dated or start is None:
        return None
    progress("searching for moments")
    window_days = definition.conversion.gap_days + definition.conversion.horizon_days
    vocabulary = learn_vocabulary(definition, tables, until=start)
    actions, windows = first_days(definition, tables, vocabulary, DAYS)
    known = [until(window, start, window_days) for window in windows]
    try:
        return find_moments(actions, [window for window in known if len(window.entity)], window_days, seed=seed)
    except NotEnoughDataError:
        return None

"""The whole path, in the order in which a user walks it: check, evaluate, train, score, explain, report.

Every function takes a definition and a data folder, returns data, and prints nothing; the command line and notebooks
call the same ones. What reads tables takes the address of the ``engine`` that does (docs/engines.md); the tables stay
there, and only rows and features are brought here.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pqlml.audit import Audited, audit_definition, audit_rows
from pqlml.comparing import changes_since, earlier_run, require_earlier, require_no_newer, side_of
from pqlml.dataset import Rows, build_rows, split_rows
from pqlml.dataset.checks import pair_findings, row_findings
from pqlml.dataset.split import first_test_cutoff
from pqlml.definition import Definition
from pqlml.errors import DataError, DefinitionError
from pqlml.events import Finding, TableRead, Tables, in_order, load_tables, require_sound
from pqlml.explain.memory import memory_of
from pqlml.explain.tables import explained_scores
from pqlml.explain.telling import Telling
from pqlml.features import (
    Feature,
    Vocabulary,
    build_features,
    catalogue,
    check_points,
    feature_by_name,
    learn_vocabulary,
    vocabulary_without_data,
)
from pqlml.features.names_fit import require_names_fit
from pqlml.features.people import leading_people
from pqlml.labels import Labels, PairAccount, candidates, cutoffs, judge_pairs
from pqlml.model import registry
from pqlml.model.bundle import PropensityModel
from pqlml.model.card import CardPlan, LearnedCard, learn_card
from pqlml.model.evaluation import Evaluation, evaluate_candidates
from pqlml.model.fit import fit_model
from pqlml.model.headline import headline, verdict
from pqlml.model.learning_curve import Learned, learning_curve
from pqlml.model.optimism import Optimism, optimism
from pqlml.model.registry import Released
from pqlml.model.slices import Slice, by_segment, by_tier, over_time
from pqlml.model.tune import Budget, SearchPlan, Tuned, tune_definition
from pqlml.model.tune.worth import Worth, worth_beside
from pqlml.release import Candidate, ComparedLater, Contest, compare_later, decide, keep_card, record_of
from pqlml.report import ReportContent, draw_pictures, write_report
from pqlml.report.assemble import fold_counts, report_content, rows_by_split
from pqlml.review.adopt import adopt, found_before, proposed_text
from pqlml.review.steps import Asked, aha, propose, replay, review
from pqlml.schema import TIERS
from pqlml.scoring.asked import require_attributes, require_same_definition, scoring_instant
from pqlml.scoring.published import PublishedRun, open_current, write_published
from pqlml.scoring.published_records import LeadDetail
from pqlml.scoring.published_tables import SCHEMAS
from pqlml.times import iso, utc_now
from pqlml.warehouse import DUCKDB, Warehouse, open_warehouse

if TYPE_CHECKING:
    from pqlml.features.store import Change, FeatureStore

__all__ = ["Asked", "adopt", "aha", "found_before", "propose", "proposed_text", "replay", "review"]
"""Steps of the definition loop, which have a module of their own; the other steps follow here."""

Progress = Callable[[str], None]

ORIGINS = 4
"""At so many instants of the test part `evaluate` fits the model anew, unless the definition says."""


def quiet(_: str) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class Checked:
    """What `check` found: the account of every table, the account of every pair, findings, and leaks.

    Attributes
    ----------
    audited
        The brief audit of the columns in use; null where there are no rows to look at, or no conversions among them.
    """

    reads: tuple[TableRead, ...]
    findings: tuple[Finding, ...]
    account: PairAccount
    observed_until: dt.datetime
    audited: Audited | None = None

    @property
    def pairs(self) -> int:
        """Pairs of entity and cutoff that the definition asks for: labelled + dropped."""
        return self.account.total

    @property
    def labelled(self) -> int:
        """Pairs with a label."""
        return self.account.labelled

    @property
    def conversions(self) -> int:
        """Pairs with label 1."""
        return self.account.conversions

    @property
    def dropped(self) -> Mapping[str, int]:
        """Reason -> pairs without a label."""
        return self.account.dropped

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way of training."""
        return all(finding.severity != "error" for finding in self.findings)


@dataclass(frozen=True)
class Evaluated:
    """What `evaluate` measured, with the rows on which it did."""

    definition: Definition
    evaluation: Evaluation
    rows: Rows
    reads: tuple[TableRead, ...]
    findings: tuple[Finding, ...]
    headline: str
    optimism: tuple[Optimism, ...] = ()
    learning: tuple[Learned, ...] = ()
    worth: Worth | None = None
    audited: Audited | None = None

    @cached_property
    def over_time(self) -> tuple[Slice, ...]:
        """The judged rows by cutoff or month."""
        return over_time(self.evaluation, self.rows)

    @cached_property
    def segments(self) -> tuple[Slice, ...]:
        """The judged rows by tier, and by the attributes of fit."""
        return (*by_tier(self.evaluation), *by_segment(self.evaluation, self.rows))

    @property
    def rows_by_split(self) -> dict[str, int]:
        """Labelled rows by part."""
        return rows_by_split(self.evaluation, self.rows)[0]

    @property
    def conversions_by_split(self) -> dict[str, int]:
        """Conversions by part."""
        return rows_by_split(self.evaluation, self.rows)[1]

    @property
    def folds(self) -> list[dict[str, Any]]:
        """What each fold was fitted and judged on; see :func:`pqlml.report.assemble.fold_counts`."""
        return fold_counts(self.evaluation, self.rows)

    @cached_property
    def content(self) -> ReportContent:
        """What the report shows."""
        content = report_content(self.evaluation, self.rows, self.findings, verdict(self.evaluation), {})
        return replace(
            content,
            over_time=self.over_time,
            segments=self.segments,
            optimism=self.optimism,
            learning=self.learning,
            worth=self.worth,
            audited=self.audited,
        )

    @property
    def groups(self) -> pd.DataFrame:
        """What moves the model, strongest first; see :func:`pqlml.report.assemble.group_strength`."""
        return self.content.groups


@dataclass(frozen=True)
class Trained:
    """What `train` released."""

    evaluated: Evaluated
    model: PropensityModel
    released: Released
    report: Path
    contest: Contest

    @property
    def champion(self) -> Released | None:
        """Who scores from now on; null where nobody may."""
        return self.released if self.contest.verdict.promote else self.contest.champion


@dataclass(frozen=True)
class Scored:
    """What `score` published, with the account of every table that was read, and findings."""

    run_id: str
    as_of: dt.datetime
    folder: Path
    released: Released
    by_tier: Mapping[str, int]
    dropped: Mapping[str, int]
    reads: tuple[TableRead, ...]
    findings: tuple[Finding, ...]


def check(definition: Definition, data: Path, *, engine: str = DUCKDB, progress: Progress = quiet) -> Checked:
    """Check the definition against the data: contracts, plausibility, who would be a row, and what leaks.

    Raises
    ------
    DataError, DefinitionError
        If a table cannot be used at all; what can be used is counted and listed instead.
    """
    _require_features(definition)
    with open_warehouse(engine) as warehouse:
        progress("reading tables")
        tables = load_tables(warehouse, definition, data)
        progress("labelling")
        rows = build_rows(definition, tables, data) if definition.timeless else None
        if rows is not None:
            none = f"no row of {definition.conversion.label!r} has a value."
            found, account = row_findings(definition, rows.account, rows.keys, rows.label, none), rows.account
        else:
            judged = judge_pairs(definition, tables, cutoffs(definition, tables, data))
            found, account = pair_findings(definition, tables, judged), judged.account
        require_names_fit(definition, catalogue(definition, learn_vocabulary(definition, tables)))
        checked = Checked(tables.reads, in_order([*tables.findings, *found]), account, tables.observed_until)
        if not checked.passed or not checked.conversions:
            return checked
        progress("looking for leaks")
        rows = rows if rows is not None else build_rows(definition, tables, data)
        return replace(checked, audited=audit_rows(definition, tables, rows))


def audit(
    definition: Definition,
    data: Path,
    *,
    earlier: Path | None = None,
    seed: int = 0,
    engine: str = DUCKDB,
    progress: Progress = quiet,
) -> Audited:
    """Look for columns of the definition's rows that know what they cannot know; ignored columns are examined too.

    Parameters
    ----------
    earlier
        Folder of an earlier extract of the same tables; what it says about the same past instants must not differ.

    Raises
    ------
    DataError, NotEnoughDataError
        If the tables cannot be used, or no row has a label.
    """
    _require_features(definition)
    with ExitStack() as stack:
        warehouse = stack.enter_context(open_warehouse(engine))
        before = None if earlier is None else (earlier, stack.enter_context(warehouse.another()))
        return audit_definition(definition, data, warehouse, earlier=before, seed=seed, progress=progress)


def labels(definition: Definition, data: Path, *, engine: str = DUCKDB, progress: Progress = quiet) -> pd.DataFrame:
    """Return every pair of entity and cutoff with its label, or with the reason why it has none.

    Returns
    -------
    One row per pair that the definition asks for, by entity and cutoff: ``entity_id``, ``cutoff``, ``signup_at`` (as
    known at the cutoff), ``label`` (0, 1 or null) and ``reason`` (null where there is a label).

    Raises
    ------
    DataError
        If the definition has no times, and so no cutoffs.
    """
    with open_warehouse(engine) as warehouse:
        tables = load(definition, data, warehouse, progress)
        progress("labelling")
        judged = judge_pairs(definition, tables, cutoffs(definition, tables, data)).judged
        found: pd.DataFrame = warehouse.fetch(judged.order_by("entity_id", "cutoff")).to_pandas()
    return found.astype({"label": "Int8"})


def evaluate(
    definition: Definition,
    data: Path,
    *,
    seed: int = 0,
    learning: bool = False,
    engine: str = DUCKDB,
    progress: Progress = quiet,
) -> Evaluated:
    """Measure what the definition's model is worth on unseen rows, beside simpler rivals; release nothing.

    Forward in time, the model is fitted anew at several instants of the test part, as it would be in use, and once on
    rows split at random, which tells how much such a split would flatter it.

    Parameters
    ----------
    learning
        Whether to fit on ever more months of history, too: what waiting for more data would bring.
    """
    _require_features(definition)
    with open_warehouse(engine) as warehouse:
        tables = load(definition, data, warehouse, progress)
        evaluated = _evaluate(definition, tables, data, seed, progress, origins=ORIGINS)
    vocabulary, rows = evaluated.evaluation.model.vocabulary, evaluated.rows
    progress("judging on a random split, to compare")
    hopeful = optimism(definition, vocabulary, rows, evaluated.evaluation, seed)
    curve = learning_curve(definition, vocabulary, rows, seed, progress) if learning else ()
    return replace(evaluated, optimism=hopeful, learning=curve)


def learn_points(
    definition: Definition,
    data: Path,
    plan: CardPlan | None = None,
    *,
    engine: str = DUCKDB,
    progress: Progress = quiet,
) -> LearnedCard:
    """Distil the model into a points card of the definition's own words; nothing is released.

    The card is learned on the training part and judged on the test part; it is the next version of the definition.
    """
    _require_features(definition)
    with open_warehouse(engine) as warehouse:
        rows, vocabulary = _rows_and_vocabulary(definition, load(definition, data, warehouse, progress), data, progress)
    return learn_card(definition, vocabulary, rows, plan, progress=progress)


def tune(
    definition: Definition,
    data: Path,
    budget: Budget,
    plan: SearchPlan,
    *,
    engine: str = DUCKDB,
    progress: Progress = quiet,
    searching: Callable[[int, int], None] = lambda _done, _total: None,
) -> Tuned:
    """Search for better settings on the training part, and judge them once against the defaults on the test part.

    Nothing is released: where the settings are better, ``chosen`` is the next version of the definition, to be trained.

    Parameters
    ----------
    plan
        What is searched, and where the study is kept. The usual space gives way to that of the definition.
    searching
        Is told how much of the budget is used.

    Raises
    ------
    MissingExtraError
        If Optuna is not installed.
    NotEnoughDataError
        If the training part is too small to compare settings.
    """
    _require_features(definition)
    with open_warehouse(engine) as warehouse:
        rows, vocabulary = _rows_and_vocabulary(definition, load(definition, data, warehouse, progress), data, progress)
    progress("searching")
    return tune_definition(definition, vocabulary, rows, budget, plan, progress=progress, searching=searching)


def train(
    definition: Definition,
    data: Path,
    workspace: Path,
    *,
    candidate: Candidate = "auto",
    seed: int = 0,
    engine: str = DUCKDB,
    progress: Progress = quiet,
) -> Trained:
    """Evaluate, judge whether the model may score, fit on all matured rows, and release it to MLflow.

    The figures belong to the procedure, judged on rows that it had not seen; the released model is the same
    procedure fitted on all rows, so that it knows the newest months too. It gets the alias ``challenger``, and becomes
    the ``champion`` if it beats what is simpler and what scores today (:mod:`pqlml.model.verdict`).

    Parameters
    ----------
    candidate
        ``trees``, ``linear``, or ``auto``: boosted trees, unless the linear model cannot be told from them.
    """
    _require_features(definition)
    with open_warehouse(engine) as warehouse:
        tables = load(definition, data, warehouse, progress)
        judged = _evaluate(definition, tables, data, seed, progress)
        rows = judged.rows
        progress("judging whether it may score")
        leaks = () if judged.audited is None else judged.audited.certain
        contest = decide(judged.evaluation, rows, tables, data, workspace, candidate=candidate, leaks=leaks, seed=seed)
        progress("fitting on all rows")
        until = None if definition.timeless else first_test_cutoff(definition, rows.keys["cutoff"])
        vocabulary = learn_vocabulary(definition, tables, until=until)
        every_row = pd.RangeIndex(len(rows.label)).to_numpy()
        fitted = fit_model(definition, vocabulary, rows, every_row, seed, kind=contest.kind)
    evaluated = replace(judged, evaluation=contest.evaluation, headline=headline(contest.evaluation))
    model = replace(fitted, headline=evaluated.headline)
    progress("writing the report")
    run_name = f"{definition.name}-{uuid.uuid4().hex[:8]}"
    target = workspace / "reports" / f"{run_name}.html"
    content = replace(evaluated.content, run_ids={"training": run_name})
    pictures = draw_pictures(content)
    write_report(content, target, pictures)
    progress("releasing to MLflow")
    with tempfile.TemporaryDirectory() as folder:
        plots = {Path(folder) / f"{name}.svg": picture.svg for name, picture in pictures.items()}
        for path, svg in plots.items():
            path.write_text(svg, encoding="utf-8")
        files = {target: None, **dict.fromkeys(plots, "plots")}
        record = record_of(contest, model, rows, evaluated.reads, seed, files)
        released = registry.release(workspace, model, record, rows.values.head(5))
    keep_card(workspace, released, model, contest, content, pictures["calibration"])
    registry.challenge(workspace, released)
    if contest.verdict.promote:
        registry.promote(workspace, released.name, released.version)
    return Trained(evaluated, model, released, target, contest)


def compare(  # noqa: PLR0913 - as many options as the command has
    definition: Definition,
    data: Path,
    workspace: Path,
    name: str,
    versions: tuple[str, str],
    *,
    seed: int = 0,
    engine: str = DUCKDB,
    progress: Progress = quiet,
) -> ComparedLater:
    """Judge two released versions as they are, on leads of which neither has learned anything.

    See :mod:`pqlml.release.compare`.
    """
    with open_warehouse(engine) as warehouse:
        tables = load(definition, data, warehouse, progress)
        progress("labelling what came later, and building the features of both")
        return compare_later(workspace, name, versions, definition, tables, data, seed)


def score(  # noqa: PLR0913 - as many options as the command has
    given: Definition | str,
    data: Path,
    workspace: Path,
    *,
    version: str | None = None,
    as_of: dt.datetime | None = None,
    state: Path | None = None,
    language: str | None = None,
    since: str | None = None,
    over_newer: bool = False,
    engine: str = DUCKDB,
    progress: Progress = quiet,
) -> Scored:
    """Score every candidate as of an instant with a released model, and publish the run.

    Parameters
    ----------
    given
        The definition whose model is used, or its name. Scoring uses the definition inside the model; one that is given
        has to be equal to it.
    version
        Version or alias of the model (``newest`` is one); the champion by default.
    as_of
        Cutoff (zone-less UTC); the end of the data by default.
    state
        Folder of a state that holds the events (see :func:`update_state`): their source is not read then. It is read
        by DuckDB with the kernel, and no other engine.
    language
        Of the reasons; that of the definition by default.
    since
        An earlier run that is kept, or ``last`` for the one that is published now: each lead's change is told in parts.
    over_newer
        Publish even where the list that sales see is of the same definition and as of a later instant.

    Raises
    ------
    DefinitionError
        If the definition given is not the one that the model was made with, or there is no such language.
    DataError
        If the data does not fit, ``as_of`` lies in the future or before all data, a newer list is published, or a state
        is asked of an engine that cannot read it.
    NotFoundError
        If there is no such model.
    NotPromotedError
        If no version is asked for, and none is the champion.
    """
    if state is not None and engine != DUCKDB:
        msg = (
            f"the engine {engine!r} cannot read a state: it is kept for DuckDB and its kernel. Leave --state out, and "
            f"the events are read where they are; or leave --engine out."
        )
        raise DataError(msg)
    progress("loading the model")
    name = given if isinstance(given, str) else given.name
    released = registry.find(workspace, name, version)
    model = registry.fetch(workspace, released)
    definition = model.definition
    if isinstance(given, Definition):
        require_same_definition(given, definition, released.uri)
    if definition.timeless:
        msg = (
            f"the definition {name!r} has no times: its leads are judged by folds, but nobody can be scored as of an "
            f"instant. Give it events and snapshots to score."
        )
        raise DataError(msg)
    telling = Telling.of(model, language)
    earlier = None if since is None else earlier_run(workspace, since, definition, state)
    with open_warehouse(engine) as warehouse:
        store = None if state is None else _open_state(state, definition, model.features)
        tables = load(definition, data, warehouse, progress, store)
        require_attributes(model.vocabulary.attributes, tables, released.uri)
        instant, findings = scoring_instant(definition, tables, as_of, utc_now())
        if earlier is not None:
            require_earlier(earlier, instant)
        if not over_newer:
            require_no_newer(workspace, definition.name, instant)
        progress("building features")
        found = candidates(definition, tables, instant)
        table = build_features(tables, found.pairs, model.features, None if store is None else store.answers())
        dropped = warehouse.fetch(found.dropped_pairs)
        people = _people(definition, tables, found)
        changed = SCHEMAS["changes"].empty_table().drop_columns("run_id")
        if earlier is not None:
            progress("comparing with the earlier run")
            now = side_of(model, tables, found.pairs, table["entity_id"].to_numpy(), model.log_odds(table))
            changed = changes_since(earlier, now, workspace, data, telling)
    progress("scoring and explaining")
    run_id = f"{instant:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    published = explained_scores(
        model,
        released.version,
        run_id,
        instant,
        table["entity_id"].to_numpy(),
        table,
        memory=memory_of(workspace / "explained", released.model_id),
        telling=telling,
    )
    by_tier = _by_tier(published["scores"])
    progress("publishing")
    for name, more in (("people", people), ("changes", changed)):
        published[name] = more.append_column("run_id", pa.array([run_id] * len(more), pa.string()))
    told = _run(model, released, run_id, instant, by_tier, found)
    told["language"] = telling.language.code
    if earlier is not None:
        told["since"] = {"run_id": earlier.run.run_id, "as_of": iso(earlier.run.as_of)}
    folder = write_published(workspace, told, published, dropped)
    findings_told = in_order([*tables.findings, *findings])
    return Scored(run_id, instant, folder, released, by_tier, found.dropped, tables.reads, findings_told)


def update_state(
    definition: Definition,
    data: Path,
    state: Path,
    *,
    new: Path | None = None,
    full: bool = False,
    progress: Progress = quiet,
) -> Change:
    """Take new events into a state, so that scoring with it need not read all of them; see docs/incremental.md.

    Parameters
    ----------
    state
        Folder of the state; it is made where there is none.
    new
        File or folder with the new events; by default they are those of the source that became known since the last
        time.
    full
        Compare the whole source with the state instead, and repair the days that differ.
    """
    store = _open_state(state, definition)
    progress("updating the state")
    if full:
        return store.reconcile(data)
    return store.update(data) if new is None else store.add_file(new)


def forget(
    definition: Definition,
    state: Path,
    *,
    event_ids: Sequence[str] = (),
    entity_ids: Sequence[str] = (),
    user_ids: Sequence[str] = (),
    progress: Progress = quiet,
) -> Change:
    """Delete events from a state: some of them, or all of some entities or users."""
    store = _open_state(state, definition)
    progress("deleting from the state")
    return store.delete(event_ids=event_ids, entity_ids=entity_ids, user_ids=user_ids)


def explain(workspace: Path, entity_id: str) -> LeadDetail:
    """Return the reasons of one lead of the published run.

    Raises
    ------
    NotFoundError
        If nothing is published, or the run has no such lead.
    """
    return published(workspace).lead(entity_id)


def published(workspace: Path) -> PublishedRun:
    """Open the newest published run."""
    return open_current(workspace)


def report(evaluated: Evaluated, path: Path, *, run_ids: Mapping[str, str] | None = None) -> Path:
    """Write the report of an evaluation as one self-contained page."""
    content = replace(evaluated.content, run_ids=run_ids if run_ids is not None else {})
    return write_report(content, path)


def features(definition: Definition, data: Path | None = None, *, progress: Progress = quiet) -> tuple[Feature, ...]:
    """Return the features of a definition; without data as far as the definition alone tells."""
    return catalogue(definition, _vocabulary(definition, data, progress))


def feature(
    definition: Definition, name: str, data: Path | None = None, *, progress: Progress = quiet
) -> tuple[Feature, bool]:
    """Return the feature of that name, and whether the definition builds it.

    Raises
    ------
    DefinitionError
        If no feature can have that name; says the nearest that can.
    """
    vocabulary = _vocabulary(definition, data, progress)
    built = {each.name for each in catalogue(definition, vocabulary)}
    return feature_by_name(definition, vocabulary, name), name in built


def _vocabulary(definition: Definition, data: Path | None, progress: Progress) -> Vocabulary:
    if data is None:
        return vocabulary_without_data(definition)
    with open_warehouse() as warehouse:
        return learn_vocabulary(definition, load(definition, data, warehouse, progress))


def load(
    definition: Definition,
    data: Path,
    warehouse: Warehouse,
    progress: Progress = quiet,
    store: FeatureStore | None = None,
) -> Tables:
    """Load the tables, and refuse data that stands in the way of training or scoring.

    Parameters
    ----------
    store
        State that holds the events.

    Raises
    ------
    DataError
        Lists the findings that are errors.
    """
    progress("reading tables")
    tables = load_tables(warehouse, definition, data) if store is None else store.tables(warehouse, data)
    return require_sound(definition, tables)


def _open_state(state: Path, definition: Definition, features: Sequence[Feature] | None = None) -> FeatureStore:
    """Open a state; the package is loaded where it is asked for, since it takes a while."""
    from pqlml.features.store import FeatureStore

    return FeatureStore.open(state, definition, features)


def _rows_and_vocabulary(
    definition: Definition, tables: Tables, data: Path, progress: Progress
) -> tuple[Rows, Vocabulary]:
    progress("labelling and building features")
    rows = build_rows(definition, tables, data)
    require_names_fit(definition, rows.features)
    until = None if definition.timeless else first_test_cutoff(definition, rows.keys["cutoff"])
    return rows, learn_vocabulary(definition, tables, until=until)


def _evaluate(
    definition: Definition, tables: Tables, data: Path, seed: int, progress: Progress, *, origins: int = 1
) -> Evaluated:
    progress("labelling and building features")
    rows = build_rows(definition, tables, data)
    require_names_fit(definition, rows.features)
    split = split_rows(definition, rows.keys, rows.label, seed, origins=origins)
    vocabulary = learn_vocabulary(definition, tables, until=split.test_from)
    evaluation = evaluate_candidates(definition, vocabulary, rows, split, seed=seed, progress=progress)
    progress("looking for leaks")
    audited = audit_rows(definition, tables, rows, split=split, seed=seed)
    told = headline(evaluation)
    found = Evaluated(definition, evaluation, rows, tables.reads, tables.findings, told, audited=audited)
    if not definition.model.given:
        return found
    progress("judging the settings beside the defaults")
    return replace(found, worth=worth_beside(evaluation, definition, vocabulary, rows, seed))


def _people(definition: Definition, tables: Tables, labels: Labels) -> pa.Table:
    """Return who leads in the accounts, in the shape that is published; nobody where the leads are the users."""
    if definition.entity == "user" or (tables.events is None and tables.identity is None):
        return SCHEMAS["people"].empty_table().drop_columns("run_id")
    return tables.warehouse.fetch(leading_people(tables, labels.pairs, definition.people).drop("row_id"))


def _by_tier(scores: pa.Table) -> dict[str, int]:
    counts = {item["values"]: item["counts"] for item in pc.value_counts(scores["tier"]).to_pylist()}
    return {tier: counts.get(tier, 0) for tier in TIERS}


def _run(
    model: PropensityModel,
    released: Released,
    run_id: str,
    as_of: dt.datetime,
    by_tier: Mapping[str, int],
    found: Labels,
) -> dict[str, object]:
    definition = model.definition
    return {
        "run_id": run_id,
        "as_of": iso(as_of),
        "created_at": iso(utc_now()),
        "definition": {"name": definition.name, "version": definition.version, "hash": definition.hash},
        "entity": definition.entity,
        "model": {"id": released.model_id, "version": released.version, "mlflow_run_id": released.run_id},
        "counts": {
            "total": found.total,
            "scored": found.labelled,
            "by_tier": dict(by_tier),
            "dropped": dict(found.dropped),
        },
        "tiers": {tier: getattr(definition.tiers, tier) for tier in TIERS if tier != "cold"},
        "horizon_days": definition.conversion.horizon_days,
        "base_rate": model.training.base_rate,
        "headline": model.headline,
    }


def _require_features(definition: Definition) -> None:
    problems = check_points(definition)
    if problems:
        raise DefinitionError("\n".join(problems))

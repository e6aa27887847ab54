"""The audit: every check on one table of rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pandas as pd

from pqlml.audit.case import Case, Instants
from pqlml.audit.checks import CHECKS
from pqlml.audit.columns import instants
from pqlml.audit.frames import tables_from_frames
from pqlml.audit.lift import Faked
from pqlml.audit.read import Keys, as_frame, entity_texts, labels, match_earlier, read_columns
from pqlml.audit.records import Audited, Check, Leak, Lift, NotApplicable, Result, Suspicion
from pqlml.audit.replay import KeyedRows, replay_rows
from pqlml.audit.splits import SplitLike, split_parts
from pqlml.dataset import Rows, Split
from pqlml.definition.model import Definition
from pqlml.events.tables import Tables
from pqlml.labels import conversions
from pqlml.warehouse import LocalWarehouse

Progress = Callable[[str], None]


def quiet(_: str) -> None:
    """Report no progress."""


def audit(  # noqa: PLR0913 - one parameter per kind of evidence; all but the rows are optional
    rows: Rows | pd.DataFrame,
    *,
    label: str = "label",
    entity_id: str = "entity_id",
    cutoff: str | None = "cutoff",
    converted_at: str | None = None,
    events: pd.DataFrame | None = None,
    entities: pd.DataFrame | None = None,
    tables: Tables | None = None,
    definition: Definition | None = None,
    claims: Mapping[str, str] | None = None,
    earlier: Rows | pd.DataFrame | None = None,
    split: SplitLike | None = None,
    proven: Collection[str] = (),
    ignored: Collection[str] = (),
    built: Collection[str] = (),
    seed: int = 0,
    progress: Progress = quiet,
) -> Audited:
    """Look for columns that know what they cannot know.

    Rows and label are enough for the checks that look at figures. Each further piece of evidence lets more checks look,
    and lets them prove what figures can only suspect; a check that lacks its evidence says so.

    Parameters
    ----------
    rows
        One row per entity and cutoff (or per lead, without cutoffs), with keys, label (0 or 1) and columns.
    label, entity_id, cutoff, converted_at
        Which columns of a plain table mean what; ``cutoff`` may be missing. ``converted_at`` holds the time of the
        conversion (null = none).
    events
        A plain table of events, to compute columns anew: ``entity_id``, ``event``, ``ts``, and if known ``known_at``.
    entities
        A plain table of attributes: ``entity_id``, and ``valid_from`` where a row is a version.
    tables, definition
        Instead of both: loaded tables, and the definition whose features columns may claim to be by their name.
    claims
        Column -> feature of the definition that it claims to be, where its name is another.
    earlier
        The same rows (by entity and cutoff) as an earlier extract gives them.
    split
        Name of a column of parts, one part per row, pairs of row positions (to fit on, to judge on), or a split.
    proven
        Columns that need not be computed anew: they are known to be the values of the cutoff.
    ignored
        Columns that are not used: findings on them are told, and do not fail the audit.
    built
        Columns that the toolkit itself has just built from these tables: there is no need to compute them anew, nor to
        look at the figures of those that are ``proven``, which is many times as quick.

    Raises
    ------
    DataError
        If a column is missing, or the label is not 0 and 1.
    DefinitionError
        If a claim names a feature that cannot exist.

    Examples
    --------
    >>> leads = pd.DataFrame({"entity_id": range(200), "label": [0, 0, 0, 1] * 50})
    >>> leads["contract"] = [None, None, None, "signed"] * 50
    >>> [(leak.code, leak.column) for leak in audit(leads).leaks]
    [('PQL012', 'contract')]
    """
    cutoff = _present(rows, cutoff)
    keys = Keys(label, entity_id, cutoff, converted_at)
    frame = as_frame(rows, keys).reset_index(drop=True)
    taken = {*keys.named, *([split] if isinstance(split, str) else [])}
    columns = read_columns(frame, [name for name in frame.columns if name not in taken])
    ids, entity = np.unique(entity_texts(frame[entity_id]), return_inverse=True)
    before = as_frame(earlier, keys) if isinstance(earlier, Rows) else earlier
    case = Case(
        columns=columns,
        label=labels(frame, label),
        entity=entity.astype(np.int64),
        ids=ids,
        cutoff=instants(frame[cutoff]) if cutoff is not None else None,
        converted_at=instants(frame[converted_at]) if converted_at is not None else None,
        parts=split_parts(split, frame),
        forward=isinstance(split, Split) and split.forward,
        earlier=None if before is None else match_earlier(frame, before, keys, columns),
        proven=frozenset(proven),
        ignored=frozenset(ignored),
        built=frozenset(built),
        seed=seed,
    )
    with ExitStack() as stack:
        if tables is None and (events is not None or entities is not None):
            warehouse = stack.enter_context(LocalWarehouse())
            tables = tables_from_frames(warehouse, events, entities, keys)
        if tables is not None and case.cutoff is not None:
            progress("computing columns anew as of the cutoff")
            case = held_against(case, case.cutoff, tables, definition, claims if claims is not None else {})
    return run_checks(case, progress)


def _present(rows: Rows | pd.DataFrame, cutoff: str | None) -> str | None:
    """Return the name of the cutoffs, or null where the usual name is not there."""
    if isinstance(rows, Rows):
        return cutoff if "cutoff" in rows.keys else None
    return None if cutoff == "cutoff" and cutoff not in rows.columns else cutoff


def held_against(
    case: Case, cutoff: Instants, tables: Tables, definition: Definition | None, claims: Mapping[str, str]
) -> Case:
    """Compute the columns of a case anew from the tables, and look up when each row converted."""
    window = () if definition is None else (definition.conversion.gap_days + definition.conversion.horizon_days,)
    keyed = KeyedRows(case.ids, case.entity, cutoff, case.label, window, case.seed)
    settled = {*case.proven, *case.built}
    unproven = {name: column for name, column in case.columns.items() if name not in settled}
    replay = replay_rows(tables, definition, keyed, unproven, claims)
    converted = case.converted_at
    if converted is None and definition is not None and not definition.timeless:
        converted = _converted_at(tables, definition, keyed)
    return replace(case, replay=replay, converted_at=converted)


def _converted_at(tables: Tables, definition: Definition, keyed: KeyedRows) -> Instants | None:
    """Return the first conversion of each row's entity; null where entities convert again and again."""
    if definition.conversion.repeatable:
        return None
    found = conversions(definition, tables)
    first = tables.warehouse.fetch(found.group_by("entity_id").agg(ts=found.ts.min())).to_pandas()
    by_entity = first.set_index("entity_id")["ts"].reindex(keyed.ids)
    converted: Instants = by_entity.to_numpy("datetime64[us]")[keyed.entity]
    return converted


def run_checks(case: Case, progress: Progress = quiet) -> Audited:
    """Let every check look, and measure what each suspected column fakes."""
    looks: dict[str, Sequence[Suspicion] | NotApplicable] = {}
    for check in CHECKS:
        progress(f"{check.code} {check.title}")
        looks[check.code] = check.look(case)
    found = {code: look for code, look in looks.items() if not isinstance(look, NotApplicable)}
    suspects = sorted({one.column for look in found.values() for one in look if one.column in case.columns})
    progress("measuring what the suspected columns fake")
    lifts = _lifts(case, suspects)
    results = tuple(_result(case, check, looks[check.code], lifts) for check in CHECKS)
    return Audited(len(case.label), case.conversions, len(case.columns), results)


def _lifts(case: Case, suspects: Sequence[str]) -> dict[str, Lift]:
    if not suspects or case.too_few:
        return {}
    faked = Faked(case, suspects)
    return {name: faked.by(name) for name in suspects if not case.columns[name].constant}


def _result(case: Case, check: Check, look: Sequence[Suspicion] | NotApplicable, lifts: Mapping[str, Lift]) -> Result:
    if isinstance(look, NotApplicable):
        return Result(check, "not applicable", look.reason)
    leaks = tuple(
        Leak(
            check.code,
            check.title,
            one.severity,
            one.column,
            one.evidence,
            one.numbers,
            one.rows,
            lifts.get(one.column),
            one.column in case.ignored,
        )
        for one in look
    )
    looked = f"{len(case.columns)} columns, {len(case.label)} rows"
    return Result(check, "found" if leaks else "passed", looked, leaks)

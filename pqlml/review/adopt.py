"""A proposal as a file, and its adoption by a person."""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
from pathlib import Path
from typing import Final

from pqlml.definition import Definition, load_definition, parse_definition
from pqlml.definition.changelog import Adoption
from pqlml.definition.edit import add_to_changelog, change_points, change_tiers, change_version
from pqlml.definition.files import with_hash
from pqlml.errors import DefinitionError
from pqlml.features import check_points
from pqlml.report.numbers import percentage_points
from pqlml.review.changes import changes_in_words
from pqlml.review.proposal import Proposal

MARK: Final = "# Proposal: "
"""Begins the lines above a proposed definition that say what it is; adoption takes them out."""


_FOUND: Final = re.compile(rf"^{MARK}found and chosen before ([^,\s]+),", re.MULTILINE)
_VERDICTS: Final = {"better": "better", "worse": "worse", "open": "no measurable difference"}


def proposed_text(text: str, proposal: Proposal) -> str:
    """Write the changes into the text of the old definition; comments, order and layout stay.

    Raises
    ------
    DefinitionError
        If there is nothing to propose, or the text cannot be changed in place.
    """
    if not proposal.adoptable:
        raise DefinitionError(proposal.headline)
    weights = {c.place: c.new for c in proposal.changes if c.kind == "weight" and c.place is not None}
    written = change_points(
        text,
        {place: worth for place, worth in weights.items() if worth is not None},
        [change.place for change in proposal.changes if change.kind == "drop" and change.place is not None],
        [(change.rule, change.comment) for change in proposal.changes if change.kind == "add"],
    )
    written = change_tiers(written, {tier: new for tier, (_, new) in proposal.thresholds.items()})
    if parse_definition(written) != proposal.new:
        msg = "the changes cannot be written into this file without rewriting it; write its points one rule per line."
        raise DefinitionError(msg)
    old, expected, same = proposal.old, proposal.precision, proposal.at_same_number
    start, end = f"{proposal.period.start:%Y-%m-%d}", f"{proposal.period.end:%Y-%m-%d}"
    value, low, high = map(percentage_points, (same.value, same.low, same.high))
    told = f"{value} percentage points ({low} to {high})"
    head = [
        f"a change of {old.name} version {old.version} ({old.hash}); adopt it with 'pqlml definition adopt'.",
        f"found and chosen before {start}, judged on cutoffs from then until {end}.",
        f"expects a precision of {expected.value:.1%}, {expected.low:.1%} to {expected.high:.1%}.",
        f"with as many leads flagged: precision {told}, {_VERDICTS[proposal.verdict]}.",
    ]
    return "".join(f"{MARK}{line}\n" for line in head) + with_hash(written, proposal.new)


def found_before(text: str) -> dt.datetime | None:
    """Return before which day a proposed definition was found and chosen; null where its text does not say.

    Raises
    ------
    DefinitionError
        If what it says is no day.
    """
    told = _FOUND.search(text)
    if told is None:
        return None
    try:
        return dt.datetime.fromisoformat(told[1])
    except ValueError as error:
        msg = f"the line {told[0]!r} names no day; expected one such as 2026-03-01, as 'pqlml propose' wrote it."
        raise DefinitionError(msg) from error


def adopt(proposal: Path, into: Path, *, by: str, why: str, today: dt.date) -> Definition:
    """Make a proposed definition the next version of a file, with an entry in its changelog.

    The file is replaced in one step. The changelog of the file is kept; what stands in the proposal's own is not used.

    Raises
    ------
    DefinitionError
        If no name or no reason is given, or the proposal is of another definition or of an older version, changes
        nothing, or is not valid.
    """
    if not by.strip():
        msg = "nobody is named as the one who adopts (--by is empty); give the name that the changelog shall tell."
        raise DefinitionError(msg)
    if not why.strip():
        msg = "no reason is given (--why is empty); say in a sentence why, for whoever reads the changelog."
        raise DefinitionError(msg)
    for given, what in ((proposal, "a proposal"), (into, "the definition that it changes (--into)")):
        if not given.is_file():
            hint = (
                "'pqlml propose' writes one" if given == proposal else "'pqlml definition show NAME > FILE' copies one"
            )
            msg = f"there is no file {given}; expected {what}. {hint}."
            raise DefinitionError(msg)
    old, new = load_definition(into), load_definition(proposal)
    if new.name != old.name:
        msg = f"{proposal} is a definition of {new.name!r}, and {into} one of {old.name!r}; nothing was adopted."
        raise DefinitionError(msg)
    if new.version != old.version:
        msg = (
            f"{proposal} changes version {new.version}, but {into} is version {old.version} by now; propose again from "
            f"it, or set 'version: {old.version}' in the proposal if you have looked at both."
        )
        raise DefinitionError(msg)
    changes = changes_in_words(old, new)
    if not changes:
        msg = f"{proposal} says the same as {into}; there is nothing to adopt."
        raise DefinitionError(msg)
    problems = check_points(new)
    if problems:
        raise DefinitionError("\n".join(problems))
    version = old.version + 1
    entry = Adoption(version=version, date=today, by=by.strip(), why=why.strip(), changes=tuple(changes))
    text = proposal.read_text(encoding="utf-8")
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(MARK))
    text = add_to_changelog(change_version(text, version), entry)
    adopted = parse_definition(text, str(proposal))
    if adopted.changelog[1:] != old.changelog:
        msg = f"the changelog of {proposal} is not that of {into}: copy it from there, and adopt again."
        raise DefinitionError(msg)
    _replace(into, with_hash(text, adopted))
    return adopted


def _replace(path: Path, text: str) -> None:
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(unfinished).chmod(path.stat().st_mode & 0o777)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)

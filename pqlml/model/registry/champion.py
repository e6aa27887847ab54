"""Which version scores: promotion by verdict or by a person, and the way back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pqlml.errors import DataError, NotFoundError
from pqlml.model.registry.store import opened
from pqlml.model.registry.versions import CHALLENGER, CHAMPION, TAG, NotPromotedError, Released, find, versions
from pqlml.times import iso, utc_now

_REIGN = f"{TAG}champion."
"""Begins the tags of a model that tell its champions, one tag for each change: MLflow's tags are short."""
_LONGEST = 2_000


@dataclass(frozen=True)
class Reign:
    """One change of the champion.

    Attributes
    ----------
    version, before
        Who became it, and who was it (null: nobody).
    at
        When, ISO 8601 in UTC.
    why
        The verdict, or the reason that a person gave.
    rolled_back
        Whether it was a way back: to the champion before the one that was there, not to a new one.
    """

    version: str
    before: str | None
    at: str
    why: str
    rolled_back: bool = False


def challenge(workspace: Path, released: Released) -> None:
    """Give a version the alias ``challenger``."""
    client = opened(workspace).MlflowClient()
    client.set_registered_model_alias(released.name, CHALLENGER, released.version)


def promote(workspace: Path, name: str, version: str = CHALLENGER, *, why: str | None = None) -> Reign:
    """Make a version the champion, with which the scheduled job scores from then on.

    Parameters
    ----------
    version
        Number or alias.
    why
        A person's reason. With it a version is promoted whatever its verdict; without, only if its verdict allows.

    Raises
    ------
    NotFoundError
        If there is no such version.
    NotPromotedError
        If the verdict is against it and no reason is given.
    DataError
        If the reason is empty or too long, or the version is the champion already.
    """
    chosen = find(workspace, name, version)
    if CHAMPION in _aliases(workspace, chosen):
        msg = f"version {chosen.version} of {name!r} is the champion already; nothing to promote."
        raise DataError(msg)
    if why is not None:
        return _crown(workspace, chosen, _reason(why))
    record = next(item for item in versions(workspace, name) if item.released.version == chosen.version)
    if record.verdict is None or not record.verdict.promote:
        found = str(record.verdict) if record.verdict is not None else "it was never judged."
        msg = (
            f"version {chosen.version} of {name!r} is not promoted: {found} If you know better, say why: "
            f"pqlml models promote {name} {chosen.version} --why '...'."
        )
        raise NotPromotedError(msg)
    return _crown(workspace, chosen, str(record.verdict))


def rollback(workspace: Path, name: str, *, why: str) -> Reign:
    """Make the champion before the present one the champion again; once more, the one before that.

    Raises
    ------
    NotFoundError
        If there was none before.
    DataError
        If the reason is empty or too long.
    """
    reason = _reason(why)
    there = _champions(history(workspace, name))
    if not there:
        told = "there is no champion"
    elif CHAMPION not in _aliases(workspace, find(workspace, name, there[-1])):
        # Somebody gave the alias away without this history: the way back is to the last that it knows.
        return _crown(workspace, find(workspace, name, there[-1]), f"rolled back: {reason}")
    elif len(there) > 1:
        return _crown(workspace, find(workspace, name, there[-2]), f"rolled back: {reason}", rolled_back=True)
    else:
        told = "the present champion is the first"
    msg = f"nothing to roll back to for {name!r}: {told}. See 'pqlml models list {name}'."
    raise NotFoundError(msg)


def history(workspace: Path, name: str) -> list[Reign]:
    """Return every change of the champion, oldest first.

    Raises
    ------
    NotFoundError
        If there is no model of that name.
    """
    find(workspace, name, "newest")
    tags = opened(workspace).MlflowClient().get_registered_model(name).tags
    return [Reign(**json.loads(tags[tag])) for tag in sorted(tags) if tag.startswith(_REIGN)]


def _champions(reigns: Sequence[Reign]) -> list[str]:
    """Return the versions that were promoted and not rolled back; the last one is the champion."""
    there: list[str] = []
    for reign in reigns:
        if reign.rolled_back:
            there.pop()
        elif not there or there[-1] != reign.version:
            there.append(reign.version)
    return there


def _aliases(workspace: Path, released: Released) -> tuple[str, ...]:
    return next(
        item.aliases for item in versions(workspace, released.name) if item.released.version == released.version
    )


def _crown(workspace: Path, chosen: Released, why: str, *, rolled_back: bool = False) -> Reign:
    reigns = history(workspace, chosen.name)
    client = opened(workspace).MlflowClient()
    before = client.get_registered_model(chosen.name).aliases.get(CHAMPION)
    reign = Reign(chosen.version, None if before is None else str(before), iso(utc_now()), why, rolled_back)
    # First the reason, then the change: whatever scores has one.
    client.set_registered_model_tag(chosen.name, f"{_REIGN}{len(reigns) + 1:06}", json.dumps(asdict(reign)))
    client.set_registered_model_alias(chosen.name, CHAMPION, chosen.version)
    return reign


def _reason(why: str) -> str:
    told = why.strip()
    if not told or len(told) > _LONGEST:
        msg = f"a reason of {len(told)} characters was given; expected a sentence of 1 to {_LONGEST:,}."
        raise DataError(msg)
    return told

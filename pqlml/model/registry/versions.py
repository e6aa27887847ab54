"""Released models: found by name, version or alias, listed with what they were worth, loaded as they were."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pqlml.errors import NotFoundError, PqlmlError
from pqlml.model.bundle import PropensityModel, load_model
from pqlml.model.metrics import Interval
from pqlml.model.registry.store import exists, opened, tracking_uri
from pqlml.model.verdict import Verdict

CHAMPION, CHALLENGER, NEWEST = "champion", "challenger", "newest"
TAG = "pqlml."
"""Begins the names of all tags that pqlml sets."""


class NotPromotedError(PqlmlError):
    """There is a model, but none may score: no version is the champion, or a verdict is against it."""

    exit_code = 10


@dataclass(frozen=True)
class Released:
    """A model in the registry: its name is the definition's, its version a number that only grows."""

    name: str
    version: str
    run_id: str
    model_id: str

    @property
    def uri(self) -> str:
        """What ``mlflow.pyfunc.load_model`` takes."""
        return f"models:/{self.name}/{self.version}"


@dataclass(frozen=True)
class Version:
    """One released version with what is known of it.

    Attributes
    ----------
    aliases
        Such as ``champion`` and ``challenger``.
    definition
        ``version`` and ``hash`` of the definition that made it.
    metrics
        Candidate -> metric -> interval, as judged when it was trained.
    kind
        What learned it: ``trees`` or ``linear``.
    verdict
        Whether it earned promotion then, and why; null where nobody judged it.
    """

    released: Released
    created_at: dt.datetime
    aliases: tuple[str, ...]
    definition: Mapping[str, str]
    kind: str
    headline: str
    metrics: Mapping[str, Mapping[str, Interval]]
    verdict: Verdict | None


def find(workspace: Path, name: str, version: str | None = None) -> Released:
    """Find a released model: by version number or alias (``newest`` is one), else the champion.

    Raises
    ------
    NotFoundError
        If there is none; says which there are.
    NotPromotedError
        If no version is asked for and none is the champion; says how one becomes it.
    """
    client, items = _items(workspace, name)
    aliases = dict(client.get_registered_model(name).aliases)
    if version is None and CHAMPION not in aliases:
        raise NotPromotedError(_no_champion(_version(client, items[max(items, key=int)], aliases)))
    wanted = version if version is not None else CHAMPION
    chosen = max(items, key=int) if wanted == NEWEST else str(aliases.get(wanted, wanted))
    if chosen not in items:
        listed = ", ".join(sorted(items, key=int))
        msg = f"the model {name!r} has no version or alias {version!r}; versions: {listed}; aliases: {aliases}."
        raise NotFoundError(msg)
    return _released(items[chosen])


def champion(workspace: Path, name: str) -> Released | None:
    """Return the champion of a definition's models, or null where there is none or no model at all."""
    client = opened(workspace).MlflowClient()
    if not _search(client, name):
        return None
    number = client.get_registered_model(name).aliases.get(CHAMPION)
    return None if number is None else find(workspace, name, str(number))


def versions(workspace: Path, name: str) -> list[Version]:
    """Return all versions of a definition's models, newest first.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    client, items = _items(workspace, name)
    aliases = dict(client.get_registered_model(name).aliases)
    return [_version(client, items[number], aliases) for number in sorted(items, key=int, reverse=True)]


def names(workspace: Path) -> list[str]:
    """Return the names of all registered models; none where nothing was ever kept."""
    if not exists(workspace):
        return []
    client = opened(workspace).MlflowClient()
    found: list[str] = []
    token: str | None = None
    while True:
        page = client.search_registered_models(page_token=token)
        found += [item.name for item in page]
        token = page.token
        if not token:
            return sorted(found)


def fetch(workspace: Path, released: Released) -> PropensityModel:
    """Load a released model; the training data is not needed."""
    mlflow = opened(workspace)
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts(artifact_uri=released.uri, dst_path=folder)
        found = sorted(Path(local).rglob("model.json"))
        if not found:
            msg = f"{released.uri} holds no pqlml model (no model.json among its files)."
            raise NotFoundError(msg)
        return load_model(found[0].parent)


def _no_champion(newest: Version) -> str:
    name, number = newest.released.name, newest.released.version
    why = f" Its verdict when it was trained: {newest.verdict}" if newest.verdict is not None else ""
    return (
        f"no version of the model {name!r} is the champion; the newest is {number}.{why} To score with it all the "
        f"same, ask for it ('--model {number}'), or make it the champion and say why: "
        f"pqlml models promote {name} {number} --why '...'."
    )


def _items(workspace: Path, name: str) -> tuple[Any, dict[str, Any]]:
    """Return the client and MLflow's records of all versions, by number."""
    client = opened(workspace).MlflowClient()
    items = {str(item.version): item for item in _search(client, name)}
    if not items:
        there = sorted(item.name for item in client.search_registered_models())
        known = f"There are models for: {', '.join(there)}." if there else "There is no model at all."
        msg = f"no model for the definition {name!r} in {tracking_uri(workspace)}. {known} Run 'pqlml train' first."
        raise NotFoundError(msg)
    return client, items


def _search(client: Any, name: str) -> list[Any]:  # noqa: ANN401 - MLflow's client
    # A quote would end the filter, and no definition's name has one.
    return [] if "'" in name else list(client.search_model_versions(f"name = '{name}'"))


def _released(item: Any) -> Released:  # noqa: ANN401 - MLflow's record
    # MLflow's SQL store forgets the model's id, but its source is made of it.
    return Released(str(item.name), str(item.version), str(item.run_id), str(item.source).removeprefix("models:/"))


def _version(client: Any, item: Any, aliases: Mapping[str, str]) -> Version:  # noqa: ANN401 - MLflow's client and record
    tags = {key.removeprefix(TAG): value for key, value in item.tags.items() if key.startswith(TAG)}
    verdict = tags.get("verdict")
    return Version(
        released=_released(item),
        created_at=dt.datetime.fromtimestamp(item.creation_timestamp / 1000, dt.UTC).replace(tzinfo=None),
        aliases=tuple(sorted(alias for alias, number in aliases.items() if str(number) == str(item.version))),
        definition={key: tags.get(f"definition_{key}", "") for key in ("version", "hash")},
        kind=tags.get("kind", ""),
        headline=tags.get("headline", ""),
        metrics=_metrics(client.get_run(item.run_id).data.metrics),
        verdict=None if verdict is None else Verdict.from_dict(json.loads(verdict)),
    )


def _metrics(flat: Mapping[str, float]) -> dict[str, dict[str, Interval]]:
    """Read what a run logged back into candidate -> metric -> interval."""
    found: dict[str, dict[str, Interval]] = {}
    for name, value in flat.items():
        candidate, _, metric = name.partition(".")
        if f"{name}_low" in flat and f"{name}_high" in flat:
            found.setdefault(candidate, {})[metric] = Interval(value, flat[f"{name}_low"], flat[f"{name}_high"])
    return found

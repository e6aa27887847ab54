"""A simulated company whose hundred columns are clean by construction, and twelve leaks to plant among them.

Made with NumPy and pandas alone: the audit is not to be judged on features of the toolkit's own engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

EVENTS: Final = (
    "signed_in",
    "report_built",
    "searched",
    "invited",
    "limit_hit",
    "pricing_viewed",
    "exported",
    "helped",
)
RATES: Final = (1.2, 0.5, 0.6, 0.12, 0.15, 0.06, 0.3, 0.1)
PAID: Final = "invoice_paid"
CONVERTED: Final = "subscribed"
DAYS: Final = 210
CUTOFFS: Final = (75, 105, 135, 165)
HORIZON: Final = 30
WINDOWS: Final = (3, 7, 14, 28, 60, None)
START: Final = pd.Timestamp("2026-01-01")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A company up to the end of its data, and clean rows about it.

    Attributes
    ----------
    rows
        ``entity_id``, ``cutoff``, ``label`` and a hundred clean columns.
    events
        ``entity_id``, ``event``, ``ts``, ``known_at``.
    entities
        Versions: ``entity_id``, ``valid_from``, ``employees``, ``plan``, ``crm_status``.
    converted_at
        Entity -> time of its conversion (NaT = none).
    """

    rows: pd.DataFrame
    events: pd.DataFrame
    entities: pd.DataFrame
    converted_at: pd.Series
    chance: np.random.Generator

    @property
    def columns(self) -> list[str]:
        """The clean columns."""
        return [name for name in self.rows.columns if name not in ("entity_id", "cutoff", "label")]

    @property
    def conversion(self) -> pd.Series:
        """When the entity of each row converts (NaT = never in the data)."""
        return self.rows["entity_id"].map(self.converted_at)

    @property
    def wins(self) -> npt.NDArray[np.bool_]:
        """Whether each row converts."""
        return (self.rows["label"] == 1).to_numpy()


@dataclass(frozen=True)
class Planted:
    """Rows with one leak, where it is, and the evidence about it that an honest user would have at hand."""

    rows: pd.DataFrame
    where: str
    evidence: Mapping[str, Any]


def company(seed: int, entities: int = 1_200, *, whole_days: bool = False) -> World:
    """Simulate a company; with ``whole_days`` times are dates, written as their midnight, and known at once."""
    chance = np.random.default_rng(seed)
    signup = chance.integers(0, 120, entities)
    engaged = chance.gamma(0.7, 1.4, entities)
    employees = np.round(chance.lognormal(3.5, 1.2, entities)) + 1
    industry = chance.integers(0, 6, entities)
    day = np.arange(DAYS)
    fading = np.exp(-(day[None, :] - signup[:, None]).clip(0) / chance.gamma(2, 40, entities)[:, None])
    alive = day[None, :] >= signup[:, None]
    counts = np.stack([chance.poisson(rate * engaged[:, None] * fading * alive) for rate in RATES])
    recent = np.stack([_trailing(counts[kind], 14) for kind in (0, 4, 5)])
    pull = 0.6 * np.log1p(recent[0]) + 0.9 * np.log1p(recent[1]) + 1.2 * np.log1p(recent[2])
    pull += 0.3 * (np.log(employees) - 3.5)[:, None] + 0.4 * (industry == 2)[:, None]
    happens = (chance.random((entities, DAYS)) < np.minimum(0.00025 * np.exp(pull), 0.3)) & (day > signup[:, None] + 3)
    converted = np.where(happens.any(axis=1), happens.argmax(axis=1), DAYS + 1)
    after = day[None, :] >= converted[:, None]
    counts = counts + chance.poisson(0.8 * after * np.array(RATES)[:, None, None] ** 0.5)
    bills = after & ((day[None, :] - converted[:, None]) % 15 == 1)
    events = _events(counts, bills, converted, chance, whole_days=whole_days)
    ids = np.array([f"acc-{number:05d}" for number in chance.permutation(entities * 7)[:entities]])
    events["entity_id"] = ids[events["entity_id"].to_numpy()]
    moment = events.loc[events["event"] == CONVERTED].set_index("entity_id")["ts"]
    converted_at = moment.reindex(ids)
    profile = pd.DataFrame({"entity_id": ids, "signup": signup, "employees": employees, "industry": industry})
    rows = pd.concat([_rows(profile, events, converted_at, cutoff, chance) for cutoff in CUTOFFS], ignore_index=True)
    return World(rows, events, _versions(profile, converted_at, chance), converted_at, chance)


def _trailing(counts: npt.NDArray[np.int64], days: int) -> Floats:
    """Count the days before each day, itself aside."""
    total = np.cumsum(np.pad(counts, ((0, 0), (days + 1, 0))), axis=1)
    return (total[:, days:-1] - total[:, : -days - 1]).astype(np.float64)


def _events(
    counts: npt.NDArray[np.int64],
    bills: npt.NDArray[np.bool_],
    converted: npt.NDArray[np.int64],
    chance: np.random.Generator,
    *,
    whole_days: bool,
) -> pd.DataFrame:
    parts = []
    for name, made in (*zip(EVENTS, counts, strict=True), (PAID, bills.astype(np.int64))):
        who, when = np.nonzero(made)
        times = made[who, when]
        parts.append(pd.DataFrame({"entity_id": np.repeat(who, times), "event": name, "day": np.repeat(when, times)}))
    buyers = np.flatnonzero(converted < DAYS)
    parts.append(pd.DataFrame({"entity_id": buyers, "event": CONVERTED, "day": converted[buyers]}))
    events = pd.concat(parts, ignore_index=True)
    hour = 0.0 if whole_days else chance.random(len(events))
    events["ts"] = (START + pd.to_timedelta(events.pop("day") + hour, unit="D")).dt.as_unit("us")
    late = 0.0 if whole_days else chance.exponential(3, len(events)) * (chance.random(len(events)) < 0.03)
    events["known_at"] = (events["ts"] + pd.to_timedelta(late, unit="D")).dt.as_unit("us")
    return events


def _rows(
    profile: pd.DataFrame, events: pd.DataFrame, converted_at: pd.Series, day: int, chance: np.random.Generator
) -> pd.DataFrame:
    cutoff = START + pd.Timedelta(days=day)
    moment = converted_at.reindex(profile["entity_id"]).to_numpy()
    people = profile[(profile["signup"] < day) & ~(moment < cutoff.to_datetime64())].reset_index(drop=True)
    moment = converted_at.reindex(people["entity_id"]).to_numpy()
    label = (moment >= cutoff.to_datetime64()) & (moment < (cutoff + pd.Timedelta(days=HORIZON)).to_datetime64())
    seen = events[(events["ts"] < cutoff) & (events["known_at"] <= cutoff)]
    columns: dict[str, Any] = {"entity_id": people["entity_id"], "cutoff": cutoff, "label": label.astype(int)}
    for name in EVENTS:
        mine = seen[seen["event"] == name]
        age = (cutoff - mine["ts"]).dt.total_seconds() / 86_400
        for window in WINDOWS:
            inside = mine[age <= window] if window is not None else mine
            columns[f"{name}_{window or 'all'}"] = _by(people, inside.groupby("entity_id").size())
        for window in (7, 28, 60):
            inside = mine[age <= window]
            days = inside["ts"].dt.floor("D").groupby(inside["entity_id"]).nunique()
            columns[f"{name}_days_{window}"] = _by(people, days)
        last = age.groupby(mine["entity_id"]).min().reindex(people["entity_id"]).to_numpy()
        columns[f"{name}_since"] = last
    columns["log_week"] = np.log1p(columns["signed_in_7"])
    columns["has_limit"] = (columns["limit_hit_all"] > 0).astype(float)
    columns["share_of_week"] = columns["signed_in_7"] / (1 + columns["signed_in_28"])
    columns["per_day"] = columns["report_built_28"] / 28
    columns["age_days"] = (day - people["signup"]).astype(float)
    columns["company_size"] = people["employees"].where(chance.random(len(people)) > 0.1)
    columns["industry"] = people["industry"].map(
        dict(enumerate(("saas", "retail", "fintech", "media", "health", "it")))
    )
    columns["country"] = chance.choice(["US", "DE", "FR", "IN", "BR"], len(people), p=[0.4, 0.2, 0.15, 0.15, 0.1])
    for number in range(100 - (len(columns) - 3)):
        columns[f"noise_{number}"] = chance.normal(size=len(people)) if number % 2 else chance.poisson(2, len(people))
    return pd.DataFrame(columns)


def _by(people: pd.DataFrame, counted: pd.Series) -> Floats:
    found: Floats = counted.reindex(people["entity_id"]).fillna(0).to_numpy(np.float64)
    return found


def _versions(profile: pd.DataFrame, converted_at: pd.Series, chance: np.random.Generator) -> pd.DataFrame:
    """Give everybody a version at sign-up, and another when the plan, the status or the size became another."""
    first = profile[["entity_id", "employees"]].assign(
        valid_from=START + pd.to_timedelta(profile["signup"], unit="D"), plan="free", crm_status="new"
    )
    known = chance.random(len(profile)) < 0.4
    first["employees"] = first["employees"].where(known)
    moment = converted_at.reindex(profile["entity_id"]).reset_index(drop=True)
    won = moment.notna()
    later = moment.where(
        won, START + pd.to_timedelta(profile["signup"] + chance.integers(5, 90, len(profile)), unit="D")
    )
    touched = won | (chance.random(len(profile)) < 0.3)
    status = np.where(won, "customer", chance.choice(["contacted", "nurture", "lost"], len(profile)))
    second = pd.DataFrame(
        {
            "entity_id": profile["entity_id"],
            "employees": profile["employees"].where(known | (won & (chance.random(len(profile)) < 0.9))),
            "valid_from": later + pd.Timedelta(hours=3),
            "plan": np.where(won & (chance.random(len(profile)) < 0.85), "business", "free"),
            "crm_status": status,
        }
    )[touched]
    versions = pd.concat([first, second], ignore_index=True)
    versions["valid_from"] = versions["valid_from"].dt.as_unit("us")
    return versions.sort_values(["entity_id", "valid_from"], ignore_index=True)


def _count(world: World, name: str | None, start: float | None, end: float | None, *, closed: bool = False) -> Floats:
    """Count events from ``start`` days before the cutoff to ``end`` days after it (null = all), known or not."""
    chosen = world.events if name is None else world.events[world.events["event"] == name]
    rows = world.rows[["entity_id", "cutoff"]].assign(row=np.arange(len(world.rows)))
    met = rows.merge(chosen[["entity_id", "ts"]], on="entity_id")
    after = (met["ts"] - met["cutoff"]).dt.total_seconds() / 86_400
    inside = pd.Series(data=True, index=met.index)
    if start is not None:
        inside &= after >= -start
    if end is not None:
        inside &= (after <= end) if closed else (after < end)
    return np.bincount(met.loc[inside, "row"], minlength=len(rows)).astype(np.float64)


def _newest(world: World, name: str) -> pd.Series:
    newest = world.entities.drop_duplicates("entity_id", keep="last").set_index("entity_id")[name]
    return world.rows["entity_id"].map(newest)


def _with(world: World, column: str, values: Any, **evidence: Any) -> Planted:
    rows = world.rows.copy()
    rows.insert(int(world.chance.integers(3, len(rows.columns))), column, np.asarray(values))
    return Planted(rows, column, evidence)


def event_at_cutoff(world: World) -> Planted:
    """Count with ``<=`` where times are whole days: all of the cutoff's own day is in."""
    return _with(world, "use_7", _count(world, "signed_in", 7, 0, closed=True))


def window_overlaps_label(world: World) -> Planted:
    """Count the two weeks around the cutoff."""
    return _with(world, "use_14", _count(world, "report_built", 14, 14))


def overwritten_attribute(world: World) -> Planted:
    """Take the plan of today for every cutoff."""
    return _with(world, "plan", _newest(world, "plan"))


def status_follows_outcome(world: World) -> Planted:
    """Take the status of today for every cutoff."""
    return _with(world, "crm_status", _newest(world, "crm_status"))


def back_filled_date(world: World) -> Planted:
    """Enter, once a deal is won, that the trial was approved some days before; for some others it really was."""
    chance, rows = world.chance, world.rows
    shift = pd.to_timedelta(chance.integers(1, 10, len(rows)), unit="D")
    really = rows["cutoff"] - pd.to_timedelta(chance.integers(1, 40, len(rows)), unit="D")
    given = really.where(chance.random(len(rows)) < 0.1)
    date = (world.conversion - shift).where(world.wins, given).dt.floor("D")
    return _with(world, "approved_on", date)


def enriched_after_win(world: World) -> Planted:
    """Take the size as it is known today: it was looked up for who bought."""
    return _with(world, "employees", _newest(world, "employees"))


def events_after_conversion(world: World) -> Planted:
    """Count invoices without an end."""
    return _with(world, "invoices", _count(world, PAID, None, None))


def id_carries_time(world: World) -> Planted:
    """Number the accounts in the order in which they appeared, and leave the number among the columns."""
    first = world.events.groupby("entity_id")["ts"].min().rank(method="first")
    place = world.rows["cutoff"].rank(method="dense").to_numpy()
    order = world.rows["entity_id"].map(first).fillna(0).to_numpy() + 10_000 * place
    rows = world.rows.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    return _with(replace(world, rows=rows), "crm_number", 48_000 + np.arange(len(rows)) * 3)


def same_entity_on_both_sides(world: World) -> Planted:
    """Split stacked snapshots at random."""
    split = np.where(world.chance.random(len(world.rows)) < 0.3, "test", "train")
    return Planted(world.rows, "(split)", {"split": split})


def derived_from_target(world: World) -> Planted:
    """Replace a category of some hundred values by the conversion rate of its rows, their own labels included."""
    cell = pd.Series(world.chance.integers(0, len(world.rows) // 12, len(world.rows)))
    label = world.rows["label"]
    return _with(world, "city_rate", label.groupby(cell).transform("mean"))


def differs_between_extracts(world: World) -> Planted:
    """Recompute past rows later, when a score had been adjusted for who bought."""
    chance = world.chance
    before = np.round(chance.gamma(2, 10, len(world.rows)), 1)
    later = before + np.where(world.wins & (chance.random(len(before)) < 0.6), 15, 0)
    later += np.where(chance.random(len(before)) < 0.02, 1, 0)
    planted = _with(world, "fit_points", later)
    return replace(planted, evidence={"earlier": planted.rows.assign(fit_points=before).drop(columns="label")})


def known_only_for_winners(world: World) -> Planted:
    """Know a billing country of who bought, and of hardly anybody else."""
    chance = world.chance
    known = (world.wins & (chance.random(len(world.rows)) < 0.7)) | (chance.random(len(world.rows)) < 0.002)
    return _with(world, "billing_country", pd.Series(chance.choice(["US", "DE", "FR"], len(known))).where(known))


LEAKS: Final[Mapping[str, Callable[[World], Planted]]] = {
    "event at the cutoff": event_at_cutoff,
    "window overlaps the label": window_overlaps_label,
    "overwritten attribute": overwritten_attribute,
    "status follows the outcome": status_follows_outcome,
    "back-filled date": back_filled_date,
    "enriched after the win": enriched_after_win,
    "events after the conversion": events_after_conversion,
    "id carries time": id_carries_time,
    "same entity on both sides": same_entity_on_both_sides,
    "derived from the target": derived_from_target,
    "differs between extracts": differs_between_extracts,
    "known only for winners": known_only_for_winners,
}
"""The twelve, in the order of their codes PQL001 to PQL012."""
WHOLE_DAYS: Final = frozenset({"event at the cutoff"})
"""Leaks that show where times are whole days."""

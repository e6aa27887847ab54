"""Class weights and resampling: possible, but they bend the probabilities, and whoever asks for them is told."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
from sklearn.utils.class_weight import compute_class_weight

from pqlml.errors import InputError
from pqlml.model.frames import Floats

ClassWeight = Literal["balanced"] | Mapping[object, float]


class DistortionWarning(UserWarning):
    """Class weights or resampling were asked for.

    They multiply the odds of every row by about the same factor: what was 2 % may read 50 %. The order of leads hardly
    changes by it, so that nothing is won where leads are ranked, and the probabilities are lost until they are
    calibrated on rows that were neither weighted nor resampled.
    """


def class_weights(
    asked: ClassWeight | None, classes: np.ndarray, target: Floats, weight: Floats | None
) -> Floats | None:
    """Return a weight per row, with those of the classes multiplied in.

    Raises
    ------
    InputError
        If ``asked`` is neither ``"balanced"`` nor a weight per class.
    """
    if asked is None:
        return weight
    _warn(f"class_weight={asked!r}")
    try:
        by_class = compute_class_weight(asked, classes=classes, y=classes[target.astype(np.intp)])
    except (ValueError, TypeError) as error:
        msg = f"class_weight={asked!r}: {error}"
        raise InputError(msg) from error
    found: Floats = by_class[target.astype(np.intp)]
    return found if weight is None else found * weight


def resampled(asked: str | None, target: Floats, seed: int) -> npt.NDArray[np.intp] | None:
    """Return positions of rows of which both classes have equally many, or null if that was not asked for.

    Raises
    ------
    InputError
        If ``asked`` is none of the two ways.
    """
    if asked is None:
        return None
    if asked not in {"under", "over"}:
        msg = f"resample={asked!r}; expected 'under' (drop rows of the larger class) or 'over' (repeat the smaller)."
        raise InputError(msg)
    _warn(f"resample={asked!r}")
    rng = np.random.default_rng(abs(int(seed)))  # NumPy takes none below 0
    sides = sorted((np.flatnonzero(target == one) for one in (0, 1)), key=len)
    few, many = sides
    if asked == "under":
        many = rng.choice(many, len(few), replace=False)
    else:
        few = np.concatenate([few, rng.choice(few, len(many) - len(few))])
    return np.sort(np.concatenate([few, many]))


def _warn(asked: str) -> None:
    warnings.warn(
        f"{asked} bends the probabilities, and so the expected conversions, tiers by probability and revenue that are "
        f"read from them, while the order of leads hardly changes. Leave it out, or calibrate on rows as they come.",
        DistortionWarning,
        stacklevel=4,
    )

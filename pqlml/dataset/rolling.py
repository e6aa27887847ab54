"""Folds that roll forward in time, as a scikit-learn splitter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator

from pqlml.dataset.folds import ENTITY_PARTS, Fold, Positions, entity_parts, require_parts
from pqlml.dataset.origins import Instants, Sides, choose_origins, latest_share, rolling_folds
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.times import days

_BOTH = 2


class RollingOriginSplit(BaseCrossValidator):  # type: ignore[misc]  # scikit-learn has no types
    """Rolling-origin folds: fit on what was over by an instant, judge on the cutoffs from it on to the next one.

    Between the two lies at least gap + horizon, so that no training label was decided inside the test part: rows whose
    label window reaches past the origin are purged. Usable wherever scikit-learn takes ``cv``.

    Cutoffs and entities are keys, not features, so they come with the rows: as levels of the index of ``X``
    (``X.index.names == ["entity_id", "cutoff"]``), as its columns, or as ``groups``, which may be a frame of both
    (``Rows.keys``) or the entities alone.

    Parameters
    ----------
    n_splits
        Number of origins, and so of folds.
    horizon_days, gap_days
        Those of the conversion: the label of a row is decided in ``[cutoff + gap, cutoff + gap + horizon)``.
    test_from, test_share
        Where judging begins: at that instant, or with the latest share of the rows. By default the rows that could be
        judged at all (enough time after the first cutoff) are cut into ``n_splits + 1`` parts of about equal size, the
        first of which is only learned from.
    train_days
        Length of a sliding training part; null fits on everything before (expanding).
    entity_disjoint
        Whether an entity may be on one side only. Entities are then dealt into three parts by a hash of their id, and
        a fold judges those of one part after fitting on the others.
    cutoff, entity
        Names of the keys.
    seed
        Deals the entities otherwise.

    References
    ----------
    Tashman, L. (2000), Out-of-sample tests of forecasting accuracy. Purging: López de Prado, M. (2018), Advances in
    financial machine learning, chapter 7.

    Examples
    --------
    >>> cutoff = pd.date_range("2026-01-01", periods=6, freq="30D")
    >>> keys = pd.DataFrame({"entity_id": list("abcdef"), "cutoff": cutoff})
    >>> for train, test in RollingOriginSplit(2, horizon_days=30).split(np.zeros((6, 1)), groups=keys):
    ...     print(train, test)
    [0 1] [2 3]
    [0 1 2 3] [4 5]
    """

    # How scikit-learn's meta-estimators learn that `groups` is to be passed on.
    __metadata_request__split: ClassVar[dict[str, Any]] = {"groups": True}

    def __init__(  # noqa: PLR0913 - scikit-learn reads the parameters from here
        self,
        n_splits: int = 4,
        horizon_days: float = 30,
        gap_days: float = 0,
        *,
        test_from: pd.Timestamp | str | None = None,
        test_share: float | None = None,
        train_days: float | None = None,
        entity_disjoint: bool = False,
        cutoff: str = "cutoff",
        entity: str = "entity_id",
        seed: int = 0,
    ) -> None:
        self.n_splits = n_splits
        self.horizon_days = horizon_days
        self.gap_days = gap_days
        self.test_from = test_from
        self.test_share = test_share
        self.train_days = train_days
        self.entity_disjoint = entity_disjoint
        self.cutoff = cutoff
        self.entity = entity
        self.seed = seed

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:  # noqa: ARG002 - scikit-learn's signature
        """Return the number of folds."""
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Positions, Positions]]:  # noqa: ANN401 - whatever scikit-learn takes
        """Yield the positions of the training and of the test rows of each fold, origins ascending."""
        for fold in self.folds(X, y, groups):
            yield fold.train, fold.test

    def folds(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Fold, ...]:  # noqa: ANN401 - the same
        """Return the folds, with the rows that are in neither part.

        Raises
        ------
        DataError
            If cutoffs or entities are not to be found, one is null, or a parameter makes no sense.
        NotEnoughDataError
            If there are fewer cutoffs than folds, or a part has no rows or one class only; says how many rows and
            conversions the fold has.
        """
        self._check()
        cutoff = _instants(self._key(X, groups, self.cutoff), self.cutoff)
        window = pd.Timedelta(days(self.gap_days + self.horizon_days))
        origins = choose_origins(cutoff, self.n_splits, self._begin(cutoff, window))
        sides = None
        if self.entity_disjoint:
            part = entity_parts(self._entities(X, groups), ENTITY_PARTS, self.seed)
            sides = Sides(part, [[number % ENTITY_PARTS] for number in range(self.n_splits)])
        train = None if self.train_days is None else pd.Timedelta(days(self.train_days))
        found = rolling_folds(cutoff, origins, window, train=train, sides=sides)
        advice = "Ask for fewer folds, change 'test_from' or 'test_share', or collect more data."
        require_parts(found, _binary(y), repr(self), advice)
        return found

    def _check(self) -> None:
        sensible = {
            "n_splits": self.n_splits >= 1,
            "horizon_days": self.horizon_days > 0,
            "gap_days": self.gap_days >= 0,
            "train_days": self.train_days is None or self.train_days > 0,
            "test_share": self.test_share is None or 0 < self.test_share < 1,
            "test_from": self.test_from is None or self.test_share is None,
        }
        wrong = [f"{name}={getattr(self, name)!r}" for name, well in sensible.items() if not well]
        if wrong:
            msg = (
                f"{', '.join(wrong)}: expected at least one fold, a horizon above 0, a gap of 0 or more, a training "
                f"part above 0 days, a share between 0 and 1, and 'test_from' or 'test_share', not both."
            )
            raise DataError(msg)

    def _begin(self, cutoff: Instants, window: pd.Timedelta) -> pd.Timestamp:
        if self.test_from is not None:
            return pd.Timestamp(self.test_from)
        if self.test_share is not None or len(cutoff) == 0:
            return latest_share(cutoff, self.test_share or 1)
        first, last = pd.Timestamp(cutoff.min()), pd.Timestamp(cutoff.max())
        judgeable = np.sort(cutoff[cutoff >= (first + window).to_datetime64()])
        if len(judgeable) == 0:
            day = pd.Timedelta(days=1)
            msg = (
                f"no cutoff can be judged: they span {(last - first) / day:g} days, and a row can be fitted on only "
                f"gap + horizon = {window / day:g} days after its cutoff. Collect more data."
            )
            raise NotEnoughDataError(msg)
        instants = np.unique(judgeable)
        latest = instants[max(len(instants) - self.n_splits, 0)]
        return pd.Timestamp(min(judgeable[len(judgeable) // (self.n_splits + 1)], latest))

    def _entities(self, X: Any, groups: Any) -> np.ndarray:  # noqa: ANN401 - the same
        if groups is not None and not isinstance(groups, pd.DataFrame):
            found = np.asarray(groups)
        else:
            found = np.asarray(self._key(X, groups, self.entity))
        if pd.isna(found).any():
            msg = f"{int(pd.isna(found).sum())} rows have no entity ({self.entity!r}); every row needs one."
            raise DataError(msg)
        return found

    @staticmethod
    def _key(X: Any, groups: Any, name: str) -> Any:  # noqa: ANN401 - the same
        for frame in (groups, X):
            if isinstance(frame, pd.DataFrame):
                if name in frame.columns:
                    return frame[name].to_numpy()
                if name in frame.index.names:
                    return frame.index.get_level_values(name).to_numpy()
        msg = (
            f"no {name!r} in 'groups' or X: give groups=keys, a frame with a row per row of X, or X as a frame with "
            f"{name!r} in its index, for example X.set_index(pd.MultiIndex.from_frame(keys))."
        )
        raise DataError(msg)


def _instants(given: Any, name: str) -> Instants:  # noqa: ANN401 - whatever the frame held
    found = pd.Series(given)
    if not pd.api.types.is_datetime64_any_dtype(found.dtype):
        example = found.iloc[0] if len(found) else None
        msg = f"{name!r} holds {found.dtype}, for example {example!r}; expected instants: use pandas.to_datetime."
        raise DataError(msg)
    if found.isna().any():
        msg = f"{int(found.isna().sum())} rows have no {name!r}; every row needs one."
        raise DataError(msg)
    if found.dt.tz is not None:
        found = found.dt.tz_convert("UTC").dt.tz_localize(None)
    return found.to_numpy("datetime64[us]")


def _binary(y: Any) -> np.ndarray | None:  # noqa: ANN401 - whatever scikit-learn takes
    """Return 0 and 1 per row, or null where there are no two classes to tell apart."""
    if y is None:
        return None
    classes, code = np.unique(np.asarray(y), return_inverse=True)
    return code if len(classes) <= _BOTH else None

"""The learner: LightGBM with settings that suit few conversions, in scikit-learn's idiom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from pqlml.errors import InputError
from pqlml.model.binary import SMALL_ROWS, BinaryClassifier, LearnedRows
from pqlml.model.deep import deep_trees
from pqlml.model.distortion import ClassWeight, class_weights, resampled
from pqlml.model.frames import Floats
from pqlml.model.linear import LinearClassifier
from pqlml.model.margins import tree_margins
from pqlml.model.parameters import TREES, require_allowed
from pqlml.model.places import positions, require_codes, require_names
from pqlml.model.sharp import sharp_trees
from pqlml.model.steps import Stairs, mean_of, stairs_of, times
from pqlml.model.stopping import Cohort, cutoff_per_row, later_cohort


class Size(NamedTuple):
    """How much trees may learn, under the names of the parameters."""

    n_trees: int
    num_leaves: int
    l2: float
    feature_share: float


class Shares(NamedTuple):
    """How much of the model two further forests are; the boosted ones with their line are what is left."""

    deep: float = 0.0
    sharp: float = 0.0

    @property
    def boosted(self) -> float:
        """What is left."""
        return 1 - sum(self)


class Staged(NamedTuple):
    """What the parts of a model say, in log-odds, each as if it were the model.

    Attributes
    ----------
    boosted
        Line and boosted trees, shape (numbers of trees, rows).
    deep, sharp
        The further forests, one per row; null without them.
    """

    boosted: Floats
    deep: Floats | None = None
    sharp: Floats | None = None


_SIZES: Final[tuple[tuple[int, Size], ...]] = (
    (500, Size(120, 8, 50.0, 0.5)),
    (1_500, Size(240, 8, 10.0, 0.5)),
    (5_000, Size(300, 8, 2.0, 0.5)),
    (20_000, Size(300, 15, 50.0, 0.3)),
)
"""Up to so many conversions such a size. With many, more columns per tree take time and bring nothing."""
_LARGEST: Final[Size] = Size(500, 31, 50.0, 0.3)
_LINE_ROWS: Final = 40_000
"""With more rows the line that the trees begin with is drawn through a sample: its weights are known well enough."""
_MOST_TREES: Final = 2_000
"""Trees after which stopping early stops in any case."""
_FEW_ROWS: Final = 50_000
"""Up to so many rows several forests are grown: each takes as long as the first, and brings most where rows are few."""
_MANY_CONVERSIONS: Final = 1_500
"""From so many on further forests are worth their time, and two more boosted ones: with fewer they fit chance."""
_SHARES: Final = Shares(0.3, 0.2)
"""How much of the model the further forests are where nobody chooses it."""
_DIRECTIONS: Final = {-1, 0, 1}


class PropensityClassifier(BinaryClassifier):
    """Gradient-boosted trees for the probability of a rare event; no class weights, no resampling.

    The trees begin with a regularised linear model and learn what it misses: where conversions are few, a line finds
    the plain effects with less noise than trees do. It becomes a part of the booster, as one tree of steps per column
    (:mod:`pqlml.model.steps`), so that the model stays a sum of trees.

    A line that misleads the trees they can correct in part only. So where rows are few, a second forest begins with the
    base rate instead, and the model is the mean of both, again as a sum of trees. Where conversions are not few as
    well, two forests of either kind are averaged, since one alone depends on which rows and columns its trees drew, and
    two with them that err elsewhere: one of deep trees (:mod:`pqlml.model.deep`), and a sharp one
    (:mod:`pqlml.model.sharp`).

    Categories are split as sets of levels: those of a data frame are its columns of texts or categories, those of a
    matrix are named by ``categorical``. Missing values take part as they are.

    Parameters
    ----------
    n_trees, num_leaves
        Number of trees of a forest, and leaves per tree; null chooses both by the number of conversions: the fewer
        there are, the simpler the model.
    learning_rate
        Step size.
    min_child_rows
        Fewest rows in a leaf.
    feature_share
        Share of features tried per tree: with many windows of the same signal, some suffice; null chooses it by the
        number of conversions.
    row_share
        Share of rows drawn per tree.
    l2
        Penalty on leaf values; null chooses it by the number of conversions.
    linear_start
        Whether the trees begin with a linear model; without, with the base rate.
    forests
        How many boosted forests are averaged; every second one begins with the base rate. Null grows two up to 50,000
        rows, four if these hold 1,500 conversions, and one beyond. Without ``linear_start`` there is one, and
        more are refused.
    further_forests
        Whether a deep and a sharp forest are averaged in as well; null does so up to 50,000 rows from 1,500 conversions
        on. There are none without ``linear_start``, and none with ``monotone``, since leaves of few rows are held back
        more and may break a direction.
    categorical
        Positions or names of columns that hold category codes, whole numbers from 0 to 1,048,576; a data frame's
        columns of texts need not be named.
    monotone
        Columns in which the probability may only rise (1) or fall (-1): by name, by position, or one entry per column
        (0 is free). True is no direction, and a category cannot have one.
    stop_after
        Stop after so many trees without gain on the newest rows, then fit that many trees on all rows; null fits
        ``n_trees``, which otherwise is the most. See ``cutoff`` of :meth:`fit`.
    purge_days
        While looking for the number of trees, leave out rows of the last so many days before the newest: their labels
        were decided within them.
    class_weight, resample
        Both bend the probabilities, and so warn (:class:`~pqlml.model.distortion.DistortionWarning`). ``class_weight``
        is ``"balanced"`` or a weight per class, ``resample`` evens out the classes by dropping (``"under"``) or
        repeating (``"over"``) rows.
    seed
        Makes the fit repeatable.
    n_threads
        Threads to use; 0 chooses one for small tables and all processors for large ones.

    Attributes
    ----------
    booster_
        The fitted LightGBM booster; its raw score is the margin in log-odds.
    settings_
        What LightGBM was given.
    chosen_
        Number of trees grown per forest (those of the line not counted), leaves per tree, penalty and share of
        features, as asked for or as chosen.
    forests_
        How many boosted forests are averaged; their trees take turns.
    deep_, sharp_
        Number of trees of the further forests.
    shares_
        How much of the model these are, until :meth:`keep_trees` is told otherwise: 0.3 and 0.2.
    classes_
        The two labels, ascending.

    Examples
    --------
    >>> import pandas as pd
    >>> use = pd.DataFrame({"visits": [0, 1, 2, 9] * 50, "plan": ["free", "trial", None, "trial"] * 50})
    >>> model = PropensityClassifier(monotone={"visits": 1}).fit(use, [0, 0, 1, 1] * 50)
    >>> float(model.predict_proba(use)[3, 1]) > 0.5
    True
    """

    def __init__(  # noqa: PLR0913, PLR0917 - scikit-learn reads the parameters from here
        self,
        n_trees: int | None = None,
        learning_rate: float = 0.05,
        num_leaves: int | None = None,
        min_child_rows: int = 50,
        feature_share: float | None = None,
        row_share: float = 0.8,
        l2: float | None = None,
        linear_start: bool = True,  # noqa: FBT001, FBT002 - scikit-learn sets parameters by name
        forests: int | None = None,
        further_forests: bool | None = None,  # noqa: FBT001 - the same
        categorical: Sequence[int | str] = (),
        monotone: Mapping[str | int, int] | Sequence[int] | None = None,
        stop_after: int | None = None,
        purge_days: float = 0.0,
        class_weight: ClassWeight | None = None,
        resample: Literal["under", "over"] | None = None,
        seed: int = 0,
        n_threads: int = 0,
    ) -> None:
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_rows = min_child_rows
        self.feature_share = feature_share
        self.row_share = row_share
        self.l2 = l2
        self.linear_start = linear_start
        self.forests = forests
        self.further_forests = further_forests
        self.categorical = categorical
        self.monotone = monotone
        self.stop_after = stop_after
        self.purge_days = purge_days
        self.class_weight = class_weight
        self.resample = resample
        self.seed = seed
        self.n_threads = n_threads

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        cutoff: npt.ArrayLike | None = None,
    ) -> Self:
        """Fit on rows and two classes.

        Parameters
        ----------
        cutoff
            Instant of each row, for ``stop_after``: trees are added as long as they help on the newest cutoffs, which
            hold a fifth of the conversions. Without it a random fifth of the rows takes their place.

        Raises
        ------
        NotEnoughDataError
            If there is one class only, or ``stop_after`` finds none of a class on one side.
        InputError
            If the rows are not what can be learned from (see :class:`BinaryClassifier`), a parameter is not what it may
            be (:mod:`pqlml.model.parameters`) or names what is not there, or two contradict each other.
        """
        require_allowed(self, TREES)
        rows = self._learned_rows(X, y, sample_weight)
        instants = None if cutoff is None else cutoff_per_row(cutoff, len(rows.kept))[rows.kept]
        categorical = self._categorical(self.categorical)
        size = self._size(rows.target)
        trees = size.n_trees
        directions = self._directions(categorical)
        self._require_use(directions)
        coded = [place for place in categorical if place not in self._texts()]
        require_codes(rows.matrix, coded, getattr(self, "feature_names_in_", None))
        settings = self._parameters(rows, size, directions)
        weighted = rows._replace(weight=class_weights(self.class_weight, self.classes_, rows.target, rows.weight))
        if self.stop_after is not None:
            cohort = later_cohort(rows.target, instants, self.purge_days, self.seed)
            most = self.n_trees if self.n_trees is not None else _MOST_TREES
            trees = self._best_number(weighted, categorical, directions, {**settings, "num_iterations": most}, cohort)
        chosen = resampled(self.resample, rows.target, self.seed)
        fitted = weighted if chosen is None else _part(weighted, chosen)
        line = self._start(fitted, categorical, directions)
        starts = [line] if line is None else [line, Stairs(_log_odds(fitted), ())]
        begun = [starts[number % len(starts)] for number in range(self._forests(rows.target))]
        grown = [
            lgb.train({**settings, "seed": int(self.seed) + number}, _data(fitted, categorical, start), trees)
            for number, start in enumerate(begun)
        ]
        further = not any(directions) and self._further(rows.target)
        deep, sharp = (
            grow(fitted, int(self.seed), int(settings["num_threads"])) if further else []
            for grow in (deep_trees, sharp_trees)
        )
        self.settings_ = settings
        self.forests_, self.deep_, self.sharp_ = len(grown), len(deep), len(sharp)
        self.shares_ = _SHARES if further else Shares()
        self.chosen_ = size._replace(n_trees=max(forest.num_trees() for forest in grown))._asdict()
        stairs = [start for start in begun if start is not None]
        others = [(self.shares_.deep, deep), (self.shares_.sharp, sharp)] if further else []
        self.booster_ = mean_of(stairs).before(*grown, others=others) if stairs else grown[0]
        return self

    def margin(self, X: npt.ArrayLike) -> Floats:
        """Return the raw score in log-odds, one per row."""
        matrix = self._judged_rows(X)
        return tree_margins(self.booster_, matrix)

    def staged_margins(self, X: npt.ArrayLike, numbers: Sequence[int]) -> Staged:
        """Return what the parts would say with fewer boosted trees.

        Parameters
        ----------
        numbers
            Numbers of trees of each boosted forest, ascending; those of the line do not count, and always take part.
        """
        matrix = self._judged_rows(X)
        line, deep, first = self._ends()
        total = self.booster_.num_trees()
        bounds = [first, *(min(first + self.forests_ * number, total) for number in numbers)]
        parts = [self._margin_of(matrix, *ends) for ends in ((0, line), *pairwise(bounds))]
        boosted = np.cumsum(parts, axis=0)[1:] / self.shares_.boosted
        return Staged(
            boosted,
            self._margin_of(matrix, line, deep) / self.shares_.deep if self.deep_ else None,
            self._margin_of(matrix, deep, first) / self.shares_.sharp if self.sharp_ else None,
        )

    def sized(self, y: npt.ArrayLike) -> Self:
        """Return a copy, not fitted, whose size is the one that :meth:`fit` chooses for labels of 0 and 1."""
        require_allowed(self, TREES)
        target = np.asarray(y, dtype=np.float64)
        forests, further = self._forests(target), self._further(target) and not _directed(self.monotone)
        copy: Self = clone(self).set_params(**self._size(target)._asdict(), forests=forests, further_forests=further)
        return copy

    def keep_trees(self, number: int, share: float = 1.0, shares: Shares | None = None) -> Self:
        """Keep the first boosted trees only, as if so many had been asked for.

        Parameters
        ----------
        share
            How much is kept of what they add to the line.
        shares
            How much of the model the further forests are, together below 1; null leaves their shares as they are, and 0
            drops a forest.
        """
        line, deep, first = self._ends()
        number = min(number, int(self.chosen_["n_trees"]))
        wanted = self.shares_ if shares is None or not (self.deep_ or self.sharp_) else shares
        boosted = wanted.boosted / self.shares_.boosted
        by = np.zeros(self.booster_.num_trees())
        by[:line] = boosted
        by[line:deep] = wanted.deep / (self.shares_.deep or 1)
        by[deep:first] = wanted.sharp / (self.shares_.sharp or 1)
        by[first : first + self.forests_ * number] = share * boosted
        if (by != 1).any():
            self.booster_ = times(self.booster_, by)
            self.chosen_ = {**self.chosen_, "n_trees": number}
            self.deep_, self.sharp_ = self.deep_ if wanted.deep else 0, self.sharp_ if wanted.sharp else 0
            self.shares_ = wanted
        return self

    def _ends(self) -> tuple[int, int, int]:
        """Return where the trees of the line end, the deep ones after them, and the sharp ones."""
        boosted = self.forests_ * int(self.chosen_["n_trees"])
        line = self.booster_.num_trees() - self.deep_ - self.sharp_ - boosted
        return line, line + self.deep_, line + self.deep_ + self.sharp_

    def _margin_of(self, matrix: Floats, first: int, end: int) -> Floats:
        """Return what the trees from the one numbered ``first`` on say, before ``end``."""
        return tree_margins(self.booster_, matrix, first, end - first) if end > first else np.zeros(len(matrix))

    def _start(self, rows: LearnedRows, categorical: Sequence[int], directions: Sequence[int]) -> Stairs | None:
        """Return the linear model that the trees begin with, in steps."""
        if not self.linear_start:
            return None
        some = _some(rows, self.seed)
        learner = LinearClassifier(categorical=categorical).fit(some.matrix, some.target, some.weight)
        return stairs_of(learner.line(some.matrix), some.matrix, directions)

    def _best_number(
        self,
        rows: LearnedRows,
        categorical: Sequence[int],
        directions: Sequence[int],
        settings: dict[str, Any],
        cohort: Cohort,
    ) -> int:
        """Return how many trees serve the cohort best."""
        chosen = resampled(self.resample, rows.target[cohort.earlier], self.seed)
        earlier = _part(rows, cohort.earlier if chosen is None else cohort.earlier[chosen])
        start = self._start(earlier, categorical, directions)
        data = _data(earlier, categorical, start)
        later = _data(_part(rows, cohort.later), categorical, start, reference=data)
        stop = lgb.early_stopping(int(self.stop_after or 1), verbose=False)
        return max(1, lgb.train(settings, data, valid_sets=[later], callbacks=[stop]).best_iteration)

    def _require_use(self, directions: Sequence[int]) -> None:
        """Refuse what was asked for and would be left out."""
        without_line = not self.linear_start
        if without_line and self.forests is not None and self.forests > 1:
            msg = (
                f"forests={self.forests} with linear_start={self.linear_start}; every second forest begins with the "
                f"base rate because the others begin with a line, so that there is one without. Leave out either."
            )
            raise InputError(msg)
        if self.further_forests and (without_line or any(directions)):
            reason = (
                "further forests are averaged with trees that begin with a line"
                if without_line
                else "their leaves of few rows may break a direction"
            )
            other = f"linear_start={self.linear_start}" if without_line else f"monotone={self.monotone!r}"
            msg = f"further_forests={self.further_forests} with {other}; {reason}. Leave out either."
            raise InputError(msg)

    def _forests(self, target: Floats) -> int:
        if not self.linear_start:
            return 1
        if self.forests is not None:
            return int(self.forests)
        few = len(target) <= _FEW_ROWS
        return (4 if _conversions(target) >= _MANY_CONVERSIONS else 2) if few else 1

    def _further(self, target: Floats) -> bool:
        if not self.linear_start:
            return False
        if self.further_forests is not None:
            return bool(self.further_forests)
        return len(target) <= _FEW_ROWS and _conversions(target) >= _MANY_CONVERSIONS

    @staticmethod
    def _useful_threads(rows: int) -> int:
        return 1 if rows <= SMALL_ROWS else 0

    def _size(self, target: Floats) -> Size:
        """Return what was asked for, and the rest by the number of conversions."""
        conversions = _conversions(target)
        chosen = next((size for most, size in _SIZES if conversions < most), _LARGEST)
        asked = {name: getattr(self, name) for name in Size._fields if getattr(self, name) is not None}
        sized = chosen._replace(**asked)
        return sized._replace(n_trees=int(sized.n_trees), num_leaves=int(sized.num_leaves))

    def _parameters(self, rows: LearnedRows, size: Size, directions: Sequence[int]) -> dict[str, Any]:
        settings = {
            "objective": "binary",
            "boost_from_average": not self.linear_start,
            "learning_rate": self.learning_rate,
            "num_leaves": size.num_leaves,
            "max_bin": 63,
            "min_data_in_leaf": max(1, min(int(self.min_child_rows), len(rows.target) // 20)),
            "feature_fraction": size.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "lambda_l2": size.l2,
            "cat_smooth": 10,
            "cat_l2": 10,
            "min_data_per_group": 20,
            "seed": int(self.seed),
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": int(self.n_threads) or self._useful_threads(len(rows.target)),
            "verbose": -1,
        }
        if any(directions):
            settings["monotone_constraints"] = list(directions)
            settings["monotone_constraints_method"] = "intermediate"
        return settings

    def _directions(self, categorical: Sequence[int]) -> list[int]:
        """Return the direction of each column; 0 is free."""
        width = self.n_features_in_
        asked: Any = self.monotone
        found: list[Any] = [0] * width
        if isinstance(asked, Mapping):
            for name, direction in zip(require_names("monotone", asked), asked.values(), strict=True):
                (place,) = positions([name], getattr(self, "feature_names_in_", None), width)
                found[place] = direction
        elif asked is not None:
            found = list(asked) if isinstance(asked, Iterable) else []
        if len(found) != width or not all(map(_is_direction, found)):
            msg = (
                f"monotone={self.monotone!r}; expected 1 (rises), -1 (falls) or 0 (free) for columns by name, or one "
                f"entry for each of the {width} columns; true and false are no directions."
            )
            raise InputError(msg)
        found = [int(direction) for direction in found]
        sets = [place for place in categorical if found[place]]
        if sets:
            msg = (
                f"the columns at the positions {sets} are categories, which have no order; leave them out of monotone."
            )
            raise InputError(msg)
        return found


def _is_direction(value: object) -> bool:
    return (
        isinstance(value, int | float | np.integer | np.floating)
        and not isinstance(value, bool)
        and value in _DIRECTIONS
    )


def _directed(monotone: Mapping[str | int, int] | Sequence[int] | None) -> bool:
    """Tell whether any column has a direction."""
    given: Any = monotone.values() if isinstance(monotone, Mapping) else monotone
    return isinstance(given, Iterable) and any(given)


def _conversions(target: Floats) -> int:
    """Return the rows of the rarer class."""
    counted = target.sum()
    return int(min(counted, len(target) - counted))


def _log_odds(rows: LearnedRows) -> float:
    """Return the base rate in log-odds."""
    share = float(np.average(rows.target, weights=rows.weight))
    return float(np.log(share / (1 - share)))


def _part(rows: LearnedRows, chosen: npt.NDArray[np.intp]) -> LearnedRows:
    weight = None if rows.weight is None else rows.weight[chosen]
    return LearnedRows(rows.matrix[chosen], rows.target[chosen], weight, rows.kept)


def _some(rows: LearnedRows, seed: int) -> LearnedRows:
    """Draw rows for the line: of the rarer class as many as there is room for, each row for those it stands for."""
    total = len(rows.target)
    if total <= _LINE_ROWS:
        return rows
    rng = np.random.default_rng(abs(int(seed)))  # NumPy takes none below 0
    few, many = sorted((np.flatnonzero(rows.target == one) for one in (0, 1)), key=len)
    drawn = [rng.choice(side, min(len(side), _LINE_ROWS // 2), replace=False) for side in (few, many)]
    stands_for = [len(side) / len(some) for side, some in zip((few, many), drawn, strict=True)]
    some = _part(rows, np.concatenate(drawn))
    weight = np.repeat(stands_for, [len(part) for part in drawn])
    return some._replace(weight=weight if some.weight is None else weight * some.weight)


def _data(
    rows: LearnedRows, categorical: Sequence[int], start: Stairs | None, reference: lgb.Dataset | None = None
) -> lgb.Dataset:
    return lgb.Dataset(
        rows.matrix,
        rows.target,
        weight=rows.weight,
        init_score=None if start is None else start.margin(rows.matrix),
        categorical_feature=list(categorical),
        reference=reference,
        free_raw_data=True,
    )

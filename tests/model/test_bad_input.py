"""Forty odd inputs: each gets the right answer, or an error that says what was given and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score

from pqlml.dataset import split_rows
from pqlml.errors import InputError, NotEnoughDataError
from pqlml.model.binary import BinaryClassifier
from pqlml.model.linear import LinearClassifier
from pqlml.model.propensity import PropensityClassifier
from tests.helpers.synthetic import definition, make_rows

ROWS = 120


def trees(**given: Any) -> PropensityClassifier:
    return PropensityClassifier(**{"n_trees": 20, "l2": 1.0, "min_child_rows": 5, "feature_share": 1.0, **given})


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "visits": rng.integers(0, 20, ROWS).astype(float),
            "minutes": rng.gamma(2, 10, ROWS),
            "plan": rng.choice(["free", "trial", "team"], ROWS),
        }
    )


X = frame()
Y = ((X["visits"] > 9) ^ (np.arange(ROWS) % 10 == 0)).astype(int).to_numpy()


def same(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[BinaryClassifier], None]:
    """Fitting and scoring the changed frame gives what the plain one gives."""

    def check(model: BinaryClassifier) -> None:
        changed = change(X)
        expected = model.fit(X, Y).predict_proba(X)
        np.testing.assert_allclose(model.fit(changed, Y).predict_proba(changed), expected, atol=1e-6)

    return check


def scores_as(at: Callable[[pd.DataFrame], pd.DataFrame], like: Callable[[pd.DataFrame], pd.DataFrame]) -> Any:
    """Of a fitted model, one frame scores like another."""

    def check(model: BinaryClassifier) -> None:
        model.fit(with_gaps(X), Y)
        np.testing.assert_allclose(model.predict_proba(at(X)), model.predict_proba(like(X)), atol=1e-12)

    return check


def with_gaps(values: pd.DataFrame) -> pd.DataFrame:
    few = np.arange(ROWS) % 7 == 0
    return values.assign(visits=values["visits"].mask(few), plan=values["plan"].mask(few))


def gaps_as(kind: Any) -> Callable[[BinaryClassifier], None]:
    """Nulls of that column type count as NaN does."""

    def check(model: BinaryClassifier) -> None:
        plain = with_gaps(X)
        changed = plain.assign(visits=plain["visits"].astype(kind))
        expected = model.fit(plain, Y).predict_proba(plain)
        np.testing.assert_allclose(model.fit(changed, Y).predict_proba(changed), expected, atol=1e-6)

    return check


def fits(values: Any, label: Any, **how: Any) -> Callable[[BinaryClassifier], None]:
    """It can be fitted, and says a probability of every row."""

    def check(model: BinaryClassifier) -> None:
        found = model.fit(values, label, **how).predict_proba(values)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found.sum(axis=1), 1)

    return check


def refuses(error: type[Exception], words: str, values: Any, label: Any, **how: Any) -> Callable[..., None]:
    def check(model: BinaryClassifier) -> None:
        with pytest.raises(error, match=words):
            model.fit(values, label, **how)

    return check


def refuses_to_score(words: str, at: Callable[[pd.DataFrame], Any]) -> Callable[[BinaryClassifier], None]:
    def check(model: BinaryClassifier) -> None:
        model.fit(X, Y)
        with pytest.raises(InputError, match=words):
            model.predict_proba(at(X))

    return check


def one_row(model: BinaryClassifier) -> None:
    whole = model.fit(X, Y).predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X.iloc[[5]]), whole[[5]], atol=1e-12)


def not_fitted(model: BinaryClassifier) -> None:
    with pytest.raises(NotFittedError):
        model.predict_proba(X)


def fewer_conversions_than_folds(model: BinaryClassifier) -> None:
    rare = (np.arange(ROWS) == 0).astype(int)
    folds = StratifiedKFold(3)
    with pytest.warns(UserWarning, match="least populated class"), pytest.raises(NotEnoughDataError, match="one class"):
        cross_val_score(model, X, rare, cv=folds, scoring="neg_log_loss", error_score="raise")


def folds_of_a_definition(model: BinaryClassifier) -> None:  # noqa: ARG001 - the same for both
    rows = make_rows()
    label = np.zeros_like(rows.label)
    label[:3] = 1
    plan = definition().model_copy(update={"evaluation": definition().evaluation.model_copy(update={"folds": 5})})
    with pytest.raises(NotEnoughDataError, match="5 folds need at least 5 rows of each class"):
        split_rows(plan, rows.keys[["entity_id"]], label)


def searched(model: BinaryClassifier) -> None:
    grid = {"l2": [1.0, 9.0]} if isinstance(model, PropensityClassifier) else {"penalty_scale": [0.1, 0.2]}
    found = GridSearchCV(model, grid, cv=2, scoring="neg_log_loss").fit(X, Y)
    assert found.best_estimator_.predict_proba(X).shape == (ROWS, 2)


def with_column(name: str, values: list[Any]) -> pd.DataFrame:
    return X.assign(**{name: pd.Series(values * (ROWS // len(values)), dtype=object)})


@dataclass(frozen=True)
class Case:
    name: str
    check: Callable[[BinaryClassifier], None]


MATRIX = X[["visits", "minutes"]].to_numpy()
INFINITE = np.where(np.arange(MATRIX.size).reshape(MATRIX.shape) == 4, np.inf, MATRIX)
LISTS = pd.Series([[1]] * ROWS).astype(pd.ArrowDtype(pa.list_(pa.int64())))
TWICE = pd.concat([X, X[["visits"]]], axis=1)

CASES = (
    Case("nullable integers", same(lambda x: x.assign(visits=x["visits"].astype("Int64")))),
    Case("nullable floats", same(lambda x: x.assign(minutes=x["minutes"].astype("Float64")))),
    Case("nullable integers with pd.NA", gaps_as("Int64")),
    Case("nullable floats with pd.NA", gaps_as("Float64")),
    Case("float32", same(lambda x: x.assign(visits=x["visits"].astype("float32")))),
    Case("float32 with NaN", gaps_as("float32")),
    Case("small integers", same(lambda x: x.assign(visits=x["visits"].astype("int8")))),
    Case("numbers as objects", same(lambda x: x.assign(visits=x["visits"].astype(object)))),
    Case("numbers as objects with None", gaps_as("object")),
    Case("texts as objects", same(lambda x: x.assign(plan=x["plan"].astype(object)))),
    Case("texts as categories", same(lambda x: x.assign(plan=x["plan"].astype("category")))),
    Case("texts as nullable strings", same(lambda x: x.assign(plan=x["plan"].astype("string")))),
    Case("true and false", fits(X.assign(visits=X["visits"] > 9), Y)),
    Case(
        "nullable true and false", fits(X.assign(visits=(X["visits"] > 9).astype("boolean").mask(X["visits"] > 17)), Y)
    ),
    Case("other row labels", same(lambda x: x.set_index(pd.Index(range(1000, 1000 + ROWS))))),
    Case("repeated row labels", same(lambda x: x.set_index(pd.Index([7] * ROWS)))),
    Case(
        "an unseen category is a missing one", scores_as(lambda x: x.assign(plan="gold"), lambda x: x.assign(plan=None))
    ),
    Case("a category alone in its column", fits(X.assign(plan="free"), Y)),
    Case("a column without any value", fits(X.assign(minutes=np.nan), Y)),
    Case("objects without any value", fits(X.assign(minutes=pd.Series([None] * ROWS, dtype=object)), Y)),
    Case("a constant column", fits(X.assign(minutes=3.0), Y)),
    Case("labels as texts", fits(X, np.where(Y == 1, "won", "lost"))),
    Case("labels as true and false", fits(X, Y == 1)),
    Case("labels as nullable integers", fits(X, pd.Series(Y, dtype="Int64"))),
    Case("a column of labels", fits(X, list(Y))),
    Case("a row alone scores as among others", one_row),
    Case("weights of nothing leave rows out", fits(X, Y, sample_weight=(np.arange(ROWS) % 2).astype(float))),
    Case("a search over folds", searched),
    Case("fewer conversions than folds", fewer_conversions_than_folds),
    Case("fewer conversions than a definition's folds", folds_of_a_definition),
    Case("not fitted", not_fitted),
    Case(
        "a missing column",
        refuses_to_score("Feature names seen at fit time, yet now missing", lambda x: x.drop(columns="plan")),
    ),
    Case("an extra column", refuses_to_score("Feature names unseen at fit time", lambda x: x.assign(more=1.0))),
    Case(
        "another order of columns",
        refuses_to_score("must be in the same order", lambda x: x[["plan", "minutes", "visits"]]),
    ),
    Case("no rows to score", refuses_to_score("0 sample", lambda x: x.iloc[:0])),
    Case(
        "texts where numbers were",
        refuses_to_score("'visits' holds str, for example 'many'; expected numbers", lambda x: x.assign(visits="many")),
    ),
    Case("an infinite value to score", refuses_to_score("infinity", lambda x: x.assign(visits=-np.inf))),
    Case("no rows to learn from", refuses(InputError, "0 sample", X.iloc[:0], Y[:0])),
    Case(
        "one row to learn from",
        refuses(NotEnoughDataError, r"all 1 rows are of one class \(1\); two are needed", X.iloc[:1], [1]),
    ),
    Case("infinite values", refuses(InputError, "infinity", INFINITE, Y)),
    Case("infinite values in a frame", refuses(InputError, "infinity", X.assign(visits=np.inf), Y)),
    Case(
        "one class", refuses(NotEnoughDataError, r"all 120 rows are of one class \(0\)", X, np.zeros(ROWS, dtype=int))
    ),
    Case("a constant target of texts", refuses(NotEnoughDataError, r"of one class \(won\)", X, ["won"] * ROWS)),
    Case("three classes", refuses(InputError, "Only binary classification is supported", X, np.arange(ROWS) % 3)),
    Case("an amount as target", refuses(InputError, "continuous", X, np.linspace(0, 1, ROWS))),
    Case(
        "a missing label",
        refuses(InputError, "1 of 120 labels are missing", X, pd.Series(Y, dtype="Int64").mask(np.arange(ROWS) == 3)),
    ),
    Case("fewer labels than rows", refuses(InputError, "inconsistent numbers of samples", X, Y[:-1])),
    Case(
        "instants",
        refuses(
            InputError,
            "'seen' holds datetime64.*Give the days between it and the cutoff",
            X.assign(seen=pd.Timestamp("2026-01-01")),
            Y,
        ),
    ),
    Case(
        "numbers and texts in one column",
        refuses(
            InputError,
            "'visits' holds texts and other things, for example 'n/a'",
            X.assign(visits=X["visits"].astype(object).mask(X["visits"] > 17, "n/a")),
            Y,
        ),
    ),
    Case(
        "infinite values by name",
        refuses(
            InputError,
            r"infinity.* In the columns: 'visits', 'minutes'\. Make",
            X.assign(visits=np.inf, minutes=-np.inf),
            Y,
        ),
    ),
    Case("infinite values by position", refuses(InputError, r"infinity.* In the columns: 0\.", INFINITE, Y)),
    Case(
        "an infinite value to score, by name",
        refuses_to_score("infinity.*In the columns: 'visits'", lambda x: x.assign(visits=-np.inf)),
    ),
    Case("lists", refuses(InputError, r"'visits' holds lists, for example \[1\]", with_column("visits", [[1]]), Y)),
    Case("dicts", refuses(InputError, r"'visits' holds dicts", with_column("visits", [{}]), Y)),
    Case("lists among texts", refuses(InputError, "'plan' holds lists", with_column("plan", ["a", [1]]), Y)),
    Case("lists of Arrow", refuses(InputError, "'visits' holds list", X.assign(visits=LISTS), Y)),
    Case("lists to score", refuses_to_score("'visits' holds object, .*1", lambda _: with_column("visits", [[1, 2]]))),
    Case("lists for texts to score", refuses_to_score("'plan' holds lists", lambda _: with_column("plan", [[1]]))),
    Case(
        "whole numbers without end",
        refuses(InputError, "'visits' .*range of floats", with_column("visits", [10**400]), Y),
    ),
    Case("a matrix of them", refuses(InputError, "too large", [[10**400, 1]] * ROWS, Y)),
    Case("complex numbers", refuses(InputError, "'visits' holds complex", X.assign(visits=X["visits"] + 1j), Y)),
    Case("a sparse matrix", refuses(InputError, r"Sparse data was given.*toarray\(\)", csr_array(MATRIX), Y)),
    Case("a sparse matrix to score", refuses_to_score("Sparse data", lambda x: csr_array(x[["visits"]].to_numpy()))),
    Case("endless weights", refuses(InputError, "adds up to inf", X, Y, sample_weight=np.full(ROWS, 1e308))),
    Case("huge weights", refuses(InputError, r"adds up to 1.2e\+302", X, Y, sample_weight=np.full(ROWS, 1e300))),
    Case("tiny weights", refuses(InputError, "adds up to 1.2e-298", X, Y, sample_weight=np.full(ROWS, 1e-300))),
    Case("a column twice", refuses(InputError, "the columns visits are there twice", TWICE, Y)),
    Case("negative weights", refuses(InputError, "[Nn]egative", X, Y, sample_weight=np.full(ROWS, -1.0))),
    Case("weights of nothing alone", refuses(InputError, "at least one non-zero", X, Y, sample_weight=np.zeros(ROWS))),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("model", [trees, LinearClassifier], ids=["trees", "linear"])
def test_the_right_answer_or_a_named_error(case: Case, model: Callable[[], BinaryClassifier]) -> None:
    case.check(model())


def test_there_are_forty_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40

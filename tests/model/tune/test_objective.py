"""What makes a setting better: ranking and shape, not what the calibrator mends."""

from __future__ import annotations

import numpy as np
import pytest

from pqlml.dataset.folds import Fold
from pqlml.model.tune.objective import fold_score, score
from tests.model.tune.small import learner, tuning_rows


def test_a_line_in_log_odds_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    margin = rng.normal(-2, 1, 4000)
    label = (rng.random(4000) < 1 / (1 + np.exp(-margin))).astype(float)
    honest = score(label, margin, "neg_log_loss")
    assert score(label, 0.5 * margin + 3, "neg_log_loss") == pytest.approx(honest, abs=1e-3)
    assert score(label, margin + rng.normal(0, 1, 4000), "neg_log_loss") < honest - 0.01
    assert honest == pytest.approx(np.mean(label * margin - np.logaddexp(0, margin)), abs=2e-3)


def test_a_fold_is_judged_after_fitting_on_its_other_side_alone() -> None:
    rows, trees = tuning_rows(), learner()
    fold = Fold(np.arange(300), np.arange(300, 600))
    fitted = learner().fit(rows.matrix[:300], rows.label[:300])
    expected = score(rows.label[300:].astype(float), fitted.margin(rows.matrix[300:]), "average_precision")
    assert fold_score(trees, rows, fold, "average_precision") == expected
    assert not hasattr(trees, "booster_"), "the learner itself is not fitted"

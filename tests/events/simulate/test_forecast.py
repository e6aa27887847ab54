from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score

from tests.events.simulate.company import Company


@pytest.fixture(scope="module")
def matured(company: Company) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """True probability, realised label and negative persona of every account-day whose 30 days are over."""
    accounts = {row["account_id"]: row for row in company.rows("truth/accounts")}
    end = company.world.start + dt.timedelta(days=company.world.days - 30)
    chances, labels, personas = [], [], []
    for row in company.rows("truth/probability")[::5]:
        day, account = row["day"], accounts[row["account_id"]]
        assert isinstance(day, dt.date)
        if day <= end:
            converted = account["converted_at"]
            chances.append(row["probability_30d"])
            labels.append(isinstance(converted, dt.datetime) and 0 <= (converted.date() - day).days < 30)
            personas.append(account["negative_persona"])
    return np.array(chances, dtype=np.float64), np.array(labels), np.array(personas)


Matured = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]


def test_mean_probability_is_the_realised_rate(matured: Matured) -> None:
    chance, label, _ = matured
    assert chance.mean() == pytest.approx(label.mean(), rel=0.12)


def test_high_probabilities_come_true_more_often(matured: Matured) -> None:
    chance, label, _ = matured
    for low, high in [(0.0, 0.02), (0.02, 0.1), (0.1, 0.3), (0.3, 1.0)]:
        inside = (chance >= low) & (chance < high)
        assert chance[inside].mean() == pytest.approx(label[inside].mean(), rel=0.35)
    assert roc_auc_score(label, chance) > 0.85


def test_the_negative_persona_hardly_ever_buys(matured: Matured) -> None:
    chance, label, persona = matured
    assert label[persona].mean() < 0.6 * label[~persona].mean()
    assert chance[persona].mean() < 0.6 * chance[~persona].mean()

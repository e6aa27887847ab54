"""Whether a model has earned promotion: it must beat what is simpler, and what scores today, beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from pqlml.model.metrics import Interval, Metric
from pqlml.model.rematch import Rematch
from pqlml.model.top_tier import TopTier

Decision = Literal["promote", "mend leaks", "keep champion", "use trees", "use linear", "use points", "not enough data"]
Metrics = Mapping[str, Mapping[str, Interval]]
"""Candidate (or opponent) -> metric -> figure (or the model's figure minus the opponent's) with its interval."""

RANKING: Final[Metric] = "average_precision"
"""Decides who ranks better: weighted to the top of the list, where sales calls."""
PROBABILITY: Final[Metric] = "neg_log_loss"
"""Must not be worse beyond chance: a better order at the price of wrong probabilities is no progress."""
TOO_FEW: Final = 20
"""With fewer converting leads among the judged rows not even a clear win is believed."""
FEW: Final = 100
"""With fewer, a model that does not clearly win may yet be the better one: nobody can tell."""
_CHANCE: Final = 0.5

_CALLED: Final = {
    "linear": "the linear model",
    "trees": "the boosted trees",
    "points": "the hand-set points",
    "champion": "the champion",
}


@dataclass(frozen=True)
class Verdict:
    """A decision and its reasons in words.

    Attributes
    ----------
    because
        The figures that decided.
    not_beaten
        Opponents that the model does not beat beyond the interval of the difference.
    """

    decision: Decision
    because: str
    not_beaten: tuple[str, ...] = ()

    @property
    def promote(self) -> bool:
        """Whether the model may score from now on."""
        return self.decision == "promote"

    def __str__(self) -> str:
        """Return decision and reason as a sentence."""
        return f"{self.decision}: {self.because}."

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"decision": self.decision, "because": self.because, "not_beaten": list(self.not_beaten)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what :meth:`as_dict` returned."""
        return cls(plain["decision"], plain["because"], tuple(plain["not_beaten"]))


def judge_release(
    metrics: Metrics,
    differences: Metrics,
    converted: int,
    top: TopTier,
    rematch: Rematch | None = None,
    leaks: Sequence[str] = (),
) -> Verdict:
    """Decide from the figures on unseen rows.

    Where a column leaks for certain there are no such figures, however good they look, and nothing is promoted.

    A model is promoted only if it ranks better than the hand-set points beyond the 95% interval of the difference, with
    a log loss that is no worse beyond it, and better than chance. Boosted trees have to beat the linear model in the
    same way; the linear model, which is simpler, only must not be beaten so by the trees. The champion may be beaten in
    ranking or in log loss, without being better in the other, unless its probabilities no longer hold
    (:func:`succeeds`); see :class:`pqlml.model.rematch.Rematch` for the rows on which.

    Parameters
    ----------
    differences
        Of the model to ``points``, where there are any, and to the other learner: to ``linear`` if it is one of trees,
        to ``trees`` if it is linear.
    converted
        Number of leads among the judged rows that converted; a conversion that several cutoffs look forward to
        counts once.
    rematch
        The champion on the same rows; null where there is none.
    leaks
        Columns in use that know for certain what nobody knew at the cutoff (``Audited.certain`` of :mod:`pqlml.audit`).
    """
    if leaks:
        return Verdict("mend leaks", f"no figure can be trusted: {', '.join(leaks)} leak into the features")
    enough = f"{converted} conversions were judged, and {top}"
    enough_for = {"points": beats, "linear": beats, "trees": _not_beaten}
    rivals = [name for name in enough_for if name in differences]
    told = {name: _told(name, differences[name]) for name in rivals}
    lost = [name for name in rivals if not enough_for[name](differences[name])]
    if converted < TOO_FEW:
        return Verdict("not enough data", enough, tuple(lost))
    against = [told[name] for name in lost]
    area = metrics["model"]["roc_auc"]
    if area.low <= _CHANCE:
        against.append(f"it ranks no better than chance (ROC-AUC {_shown(area)})")
    if against:
        decision = _instead(lost, metrics, differences, converted)
        because = "; ".join([*against, *([enough] if decision == "not enough data" else [])])
        return Verdict(decision, because, tuple(lost))
    if rematch is None:
        return Verdict("promote", "; ".join(told.values()))
    if not succeeds(rematch):
        return Verdict("keep champion", _told_of_champion(rematch), ("champion",))
    return Verdict("promote", "; ".join([*told.values(), _told_of_champion(rematch)]))


def succeeds(rematch: Rematch) -> bool:
    """Tell whether a model takes the place of the champion.

    It has to be better, or the champion's probabilities no longer hold and it is not worse.
    """
    if rematch.difference is None or rematch.converted < TOO_FEW:
        return False
    return better(rematch.difference) or (_drifted(rematch) and _not_worse(rematch.difference))


def beats(difference: Mapping[str, Interval]) -> bool:
    """Tell whether the model ranks better beyond the interval, with a log loss that is no worse beyond it."""
    return difference[RANKING].low > 0 and difference[PROBABILITY].high >= 0


def better(difference: Mapping[str, Interval]) -> bool:
    """Tell whether the model is better in ranking or log loss beyond the interval, and worse in neither."""
    won = difference[RANKING].low > 0 or difference[PROBABILITY].low > 0
    return won and difference[RANKING].high >= 0 and difference[PROBABILITY].high >= 0


def _not_beaten(difference: Mapping[str, Interval]) -> bool:
    return not beats({metric: _negative(found) for metric, found in difference.items()})


def _not_worse(difference: Mapping[str, Interval]) -> bool:
    return not better({metric: _negative(found) for metric, found in difference.items()})


def _instead(lost: list[str], metrics: Metrics, differences: Metrics, converted: int) -> Decision:
    """Name what to use rather than the model."""
    if "trees" in lost:
        return "use trees"
    if lost == ["linear"] and metrics["linear"]["roc_auc"].low > _CHANCE:
        return "use linear"
    if "points" not in lost or (converted < FEW and _not_worse(differences["points"])):
        return "not enough data"
    if "linear" in lost and metrics["linear"][RANKING].value > metrics["points"][RANKING].value:
        return "use linear"
    return "use points"


def _told(name: str, difference: Mapping[str, Interval]) -> str:
    ranking, probability = difference[RANKING], difference[PROBABILITY]
    called, figures = _CALLED[name], f"(average precision {_shown(ranking, '+.3f')})"
    if probability.high < 0 and ranking.high >= 0 and name != "trees":
        ranks = "it ranks better, but " if ranking.low > 0 else ""
        worse = _shown(_negative(probability), "+.4f")
        return f"{ranks}its probabilities are worse than those of {called} (log loss {worse})"
    if ranking.low > 0:
        return f"it beats {called} beyond chance {figures}"
    if ranking.high < 0:
        return f"it ranks worse than {called} beyond chance {figures}"
    if name == "trees":
        return f"{called}, which are less simple, are not better beyond chance {figures}"
    return f"it does not beat {called} beyond chance {figures}"


def _told_of_champion(rematch: Rematch) -> str:
    called = f"the champion, version {rematch.version},"
    if rematch.difference is None:
        return f"{called} cannot be judged beside it: {rematch.why_not}"
    rows = f"on {rematch.rows} rows that neither had seen, with {rematch.converted} conversions"
    if rematch.converted < TOO_FEW:
        return f"there are too few conversions to judge {called} beside it {rows}"
    won = better(rematch.difference)
    ranking, probability = rematch.difference[RANKING], _negative(rematch.difference[PROBABILITY])
    told = (
        f"{'it beats' if won else 'it does not beat'} {called} beyond chance {rows} (average precision "
        f"{_shown(ranking, '+.3f')}, log loss {_shown(probability, '+.4f')})"
    )
    if won or not _drifted(rematch) or rematch.drift is None:
        return told
    return f"{told}, whose probabilities no longer hold (actual minus expected rate {_shown(rematch.drift, '+.1%')})"


def _drifted(rematch: Rematch) -> bool:
    return rematch.drift is not None and (rematch.drift.low > 0 or rematch.drift.high < 0)


def _negative(found: Interval) -> Interval:
    return Interval(-found.value, -found.high, -found.low)


def _shown(found: Interval, digits: str = ".3f") -> str:
    return f"{found.value:{digits}} [{found.low:{digits}}, {found.high:{digits}}]"

"""The verdict: only what beats its simpler rivals and the champion beyond chance may score; else it says what to do."""

from __future__ import annotations

import dataclasses

import pytest

from pqlml.model.bundle import Kind
from pqlml.model.metrics import Interval
from pqlml.model.rematch import Rematch
from pqlml.model.top_tier import TopTier
from pqlml.model.verdict import PROBABILITY, RANKING, Verdict, beats, better, judge_release

TOP = TopTier("hot", 40, 31, Interval(0.25, 0.119, 0.452))
WON, LOST, TIED = (Interval(0.05, 0.02, 0.08), Interval(-0.05, -0.08, -0.02), Interval(0.01, -0.03, 0.05))


def against(ranking: Interval = WON, probability: Interval = TIED) -> dict[str, Interval]:
    return {RANKING: ranking, PROBABILITY: probability}


def judged(
    kind: Kind = "trees",
    converted: int = 400,
    area: float = 0.7,
    rematch: Rematch | None = None,
    precision: tuple[float, float] = (0.2, 0.3),
    **differences: dict[str, Interval],
) -> Verdict:
    """Judge a model whose rivals are points and the other learner; it wins against those that are not named."""
    other = "linear" if kind == "trees" else "trees"
    found = {"points": against(), other: against(), **differences}
    metrics: dict[str, dict[str, Interval]] = {
        "model": {"roc_auc": Interval(area + 0.1, area, area + 0.2)},
        other: {"roc_auc": Interval(0.8, 0.7, 0.9), RANKING: Interval(precision[1], 0, 1)},
        "points": {RANKING: Interval(precision[0], 0, 1)},
    }
    return judge_release(metrics, found, converted, TOP, rematch)


def test_who_beats_all_is_promoted_and_the_figures_say_why() -> None:
    verdict = judged()
    assert (verdict.decision, verdict.promote, verdict.not_beaten) == ("promote", True, ())
    assert "it beats the hand-set points beyond chance (average precision +0.050 [+0.020, +0.080])" in str(verdict)
    assert "it beats the linear model" in str(verdict)


@pytest.mark.parametrize("figures", [against(TIED), against(LOST), against(WON, LOST)])
def test_trees_that_do_not_beat_the_linear_model_name_it(figures: dict[str, Interval]) -> None:
    verdict = judged(linear=figures)
    assert (verdict.decision, verdict.not_beaten) == ("use linear", ("linear",))
    assert judged(converted=60, linear=figures).decision == "use linear", "the simpler one, also where data are few"


def test_better_probabilities_alone_beat_nobody_but_a_champion() -> None:
    assert judged(linear=against(TIED, WON)).decision == "use linear"
    assert judged(points=against(TIED, WON)).decision == "use points"


def test_a_model_that_does_not_beat_the_points_names_them_where_data_suffice() -> None:
    verdict = judged(points=against(TIED))
    assert (verdict.decision, verdict.not_beaten) == ("use points", ("points",))
    assert judged(points=against(LOST), converted=60).decision == "use points", "worse is worse"
    few = judged(points=against(TIED), converted=60)
    assert few.decision == "not enough data"
    assert "60 conversions were judged, and the interval on the top tier (hot) is [11.9%, 45.2%]" in str(few)


def test_of_two_that_are_not_beaten_the_better_is_named() -> None:
    tied = against(TIED)
    assert judged(points=tied, linear=tied).decision == "use linear"
    assert judged(points=tied, linear=tied, precision=(0.3, 0.2)).decision == "use points"


def test_the_linear_model_needs_to_beat_the_points_and_only_not_to_be_beaten_by_the_trees() -> None:
    verdict = judged("linear", trees=against(TIED))
    assert verdict.promote
    assert "the boosted trees, which are less simple, are not better beyond chance" in str(verdict)
    assert judged("linear", trees=against(LOST)).decision == "use trees"
    assert judged("linear", trees=against(TIED, LOST)).promote
    assert judged("linear", trees=against(WON, LOST)).promote, "each is better in something"
    assert judged("linear", points=against(TIED)).decision == "use points"


@pytest.mark.parametrize("figures", [against(a, b) for a in (WON, LOST, TIED) for b in (WON, LOST, TIED)])
def test_trees_and_line_never_send_to_one_another(figures: dict[str, Interval]) -> None:
    reverse = {name: Interval(-found.value, -found.high, -found.low) for name, found in figures.items()}
    trees, line = judged(linear=figures), judged("linear", trees=reverse)
    assert (trees.decision, line.decision) in {("promote", "use trees"), ("use linear", "promote")}


def test_with_a_leak_nothing_is_promoted_however_good_it_looks() -> None:
    metrics = {"model": {"roc_auc": Interval(0.99, 0.98, 1.0)}}
    verdict = judge_release(metrics, {"points": against()}, 400, TOP, leaks=("plan", "owner"))
    assert (verdict.decision, verdict.promote) == ("mend leaks", False)
    assert verdict.because == "no figure can be trusted: plan, owner leak into the features"


def test_nothing_is_said_from_fewer_than_twenty_conversions() -> None:
    verdict = judged(converted=19)
    assert verdict.decision == "not enough data"
    assert str(verdict).startswith("not enough data: 19 conversions were judged")
    assert "linear" not in verdict.not_beaten, "by these figures trees win, few as they are"


def test_who_ranks_no_better_than_chance_is_not_promoted() -> None:
    verdict = judged(area=0.5)
    assert verdict.decision == "not enough data"
    assert "no better than chance (ROC-AUC 0.600 [0.500, 0.700])" in str(verdict)


def test_the_champion_has_to_be_beaten_on_what_neither_had_seen() -> None:
    def met(ranking: Interval, probability: Interval = TIED, converted: int = 50) -> Verdict:
        return judged(rematch=Rematch("3", 900, converted, {}, against(ranking, probability)))

    won = met(WON)
    assert won.promote
    assert "it beats the champion, version 3, beyond chance on 900 rows that neither had seen, with 50 conv" in str(won)
    assert met(TIED, WON).promote, "better probabilities are worth an update"
    for verdict in (met(TIED), met(WON, LOST), met(LOST), met(WON, converted=19)):
        assert (verdict.decision, verdict.not_beaten) == ("keep champion", ("champion",))
    assert "too few conversions to judge the champion, version 3, beside it" in str(met(WON, converted=19))
    off = Rematch("3", 900, 50, {}, against(TIED), drift=Interval(0.15, 0.12, 0.18))
    assert judged(rematch=off).promote
    assert "no longer hold (actual minus expected rate +15.0% [+12.0%, +18.0%])" in str(judged(rematch=off))
    assert not judged(rematch=dataclasses.replace(off, difference=against(LOST))).promote
    assert not judged(rematch=dataclasses.replace(off, drift=TIED)).promote
    alone = judged(rematch=Rematch("3", why_not="no judged row is later"))
    assert str(alone) == "keep champion: the champion, version 3, cannot be judged beside it: no judged row is later."


def test_a_verdict_is_plain_data() -> None:
    verdict = judged(linear=against(TIED))
    assert Verdict.from_dict(verdict.as_dict()) == verdict


def test_winning_is_beyond_the_interval() -> None:
    assert beats(against(WON, TIED))
    assert not beats(against(Interval(0.05, 0.0, 0.1), TIED))
    assert better(against(TIED, WON))
    assert not better(against(WON, LOST))

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from pqlml import pipeline
from pqlml.definition import load_definition, parse_definition
from pqlml.errors import DefinitionError, NotEnoughDataError
from pqlml.pipeline import Asked
from pqlml.report.numbers import NOTHING
from pqlml.review.adopt import MARK, adopt
from pqlml.review.expectation import PairedDifference, expected_share
from pqlml.review.looks import FlagCounts
from pqlml.review.pages import render_replay
from pqlml.review.period import choose_period
from pqlml.review.proposal import Proposal
from pqlml.review.propose import propose_rows
from pqlml.review.replay import Replayed
from pqlml.review.weights import fit_weights
from tests.helpers.synthetic import definition, make_rows
from tests.review.improvable import TEXT, write_improvable


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("improvable")
    write_improvable(folder)
    (folder / "old.yaml").write_text(TEXT)
    return folder


@pytest.fixture(scope="module")
def proposal(company: Path) -> Proposal:
    return pipeline.propose(parse_definition(TEXT), company, moments=False)


@pytest.fixture(scope="module")
def replayed(company: Path, proposal: Proposal) -> Replayed:
    return pipeline.replay(proposal.old, proposal.new, company, Asked(start=proposal.period.start))


def test_idle_criterion_goes_and_an_unused_signal_comes(proposal: Proposal) -> None:
    by_feature = {change.rule.feature: change for change in proposal.changes}
    assert by_feature["active.count.28d"].kind == "drop"
    assert by_feature["active.count.28d"].evidence.odds[2] < 1.25
    added = [name for name, change in by_feature.items() if change.kind == "add"]
    assert any(name.startswith("exported.") for name in added), added
    assert "reports.count.28d" not in {name for name, change in by_feature.items() if change.kind == "drop"}
    assert proposal.verdict == "better"
    assert proposal.after.precision > proposal.before.precision
    assert abs(proposal.after.flagged - proposal.before.flagged) < 0.4 * proposal.before.flagged


def test_a_period_with_nothing_before_it_is_refused(company: Path) -> None:
    with pytest.raises(NotEnoughDataError, match=r"before the period there are 0 rows .* Choose a later period"):
        pipeline.propose(parse_definition(TEXT), company, Asked(start=dt.datetime(2025, 2, 1)), moments=False)


def test_text_keeps_comments_and_says_what_was_proposed(proposal: Proposal) -> None:
    text = pipeline.proposed_text(TEXT, proposal)
    assert parse_definition(text) == proposal.new
    for comment in ("# points as marketing guessed them", "# says a lot", "# sales asked for this one"):
        assert comment in text
    assert "# says nothing" not in text
    head = [line for line in text.splitlines() if line.startswith(MARK)]
    assert len(head) == 4
    assert f"{proposal.precision.low:.1%}" in head[2]
    assert f"{100 * proposal.at_same_number.low:+.1f}" in head[3]


def test_what_the_later_period_calls_worse_is_not_proposed(proposal: Proposal) -> None:
    assert {change.verdict for change in proposal.changes} <= {"better", "open"}
    assert all(change.earlier.value > 0 or change.kind == "drop" for change in proposal.changes)
    told = proposal.as_dict()
    assert told["changes"][0]["verdict"] == proposal.changes[0].verdict
    assert {one["because_of"] for one in told["left_out"]} <= {"earlier", "later"}
    worse = dataclasses.replace(proposal, at_same_number=PairedDifference(-0.02, -0.03, -0.01))
    assert worse.verdict == "worse"
    assert not worse.adoptable
    assert "WORSE: nothing is proposed" in worse.headline
    with pytest.raises(DefinitionError, match="WORSE"):
        pipeline.proposed_text(TEXT, worse)
    fewer = dataclasses.replace(proposal, at_same_number=PairedDifference(0.0, -0.01, 0.01))
    assert fewer.precision_difference.low > 0
    assert fewer.verdict == "open"
    assert "no measurable difference" in fewer.headline


def test_a_change_that_turns_bad_is_struck_and_the_rest_is_judged_by_others() -> None:
    rows = make_rows(1500, seed=3)
    later = (rows.keys["cutoff"] >= dt.datetime(2026, 4, 1)).to_numpy()
    limit = (rows.values["limit_hit.count.28d"] >= 2).to_numpy()
    rng = np.random.default_rng(4)
    turned = np.where(later & limit, rng.random(len(later)) < 0.02, rows.label).astype(np.int8)
    rows = dataclasses.replace(rows, label=turned)
    given = definition("tiers: {warm: 10, hot: 40, critical: 90}")
    few = given.points[0].model_copy(update={"points": 10.0}), *given.points[1:]
    given = given.model_copy(update={"points": few})
    found = propose_rows(given, rows, choose_period(given, rows, dt.datetime(2026, 4, 1)))
    struck = [change for change, why in found.left_out if why == "later"]
    assert [change.rule.feature for change in struck] == ["limit_hit.count.28d"]
    assert struck[0].earlier.low > 0
    assert struck[0].precision.high < 0
    assert "limit_hit.count.28d" not in {change.rule.feature for change in found.changes}
    kept = {rule.feature: rule.points for rule in found.new.points}
    assert kept["limit_hit.count.28d"] == 10.0
    assert found.verdict == "nothing to change"
    assert found.headline == "Nothing to change: 1 change was found, and did not hold up."
    assert found.precision.value == found.before.precision  # of whoever struck, too: both halves strike it


def test_where_nobody_is_flagged_a_lower_tier_is_advised(company: Path) -> None:
    high = parse_definition(TEXT.replace("{warm: 30, hot: 60, critical: 90}", "{warm: 30, hot: 500, critical: 900}"))
    with pytest.raises(NotEnoughDataError, match=r"no lead was hot or better .* \(--flag warm\)"):
        pipeline.propose(high, company, moments=False)


def test_replay_agrees_with_the_proposal_on_the_same_period(proposal: Proposal, replayed: Replayed) -> None:
    assert replayed.old == proposal.before
    assert replayed.new == proposal.after
    assert sum(week.new_pqls[0] for week in replayed.weeks) == replayed.old.flagged
    assert sum(week.converted[1] for week in replayed.weeks) == replayed.new.true_positives
    assert replayed.both + replayed.entered.leads == replayed.new.flagged
    assert replayed.both + replayed.left.leads == replayed.old.flagged
    assert replayed.precision == proposal.precision_difference
    assert replayed.old.converted == replayed.new.converted
    assert replayed.recall.value == pytest.approx(replayed.new.recall - replayed.old.recall, abs=1e-12)
    page = render_replay(proposal.old, proposal.new, replayed)
    assert f"Enter: {replayed.entered.leads}" in page
    assert replayed.weeks[0].start in page


def test_weeks_a_proposal_was_found_on_stand_apart_and_later_ones_count(company: Path, proposal: Proposal) -> None:
    told = pipeline.proposed_text(TEXT, proposal)
    since = pipeline.found_before(told)
    assert since is not None
    assert since.date() == proposal.period.start.date()
    found = pipeline.replay(proposal.old, proposal.new, company, found_before=since)
    assert (found.old, found.new) == (proposal.before, proposal.after)
    assert found.precision == proposal.precision_difference
    early = found.found_on
    assert early is not None
    for part, old in (("found on", early.old), ("later", found.old)):
        mine = [week for week in found.weeks if week.part == part]
        assert sum(week.new_pqls[0] for week in mine) == old.flagged
        assert all((week.start >= f"{since:%Y-%m-%d}") == (part == "later") for week in mine[1:])
    assert found.headline.startswith("In the later weeks, old: ")
    assert f"before {since:%Y-%m-%d}: the figures are those of the" in found.basis
    assert f"--from {since:%Y-%m-%d}" in found.beside_review
    page = render_replay(proposal.old, proposal.new, found)
    assert f"In the {early.weeks} weeks that it was found on" in page
    assert '<span class="hint">later</span>' in page


def test_a_replay_says_where_it_does_not_know_on_which_weeks_a_definition_was_found(
    company: Path, proposal: Proposal
) -> None:
    assert pipeline.found_before(TEXT) is None
    with pytest.raises(DefinitionError, match="names no day"):
        pipeline.found_before("# Proposal: found and chosen before spring, judged on\n")
    start = proposal.period.start
    plain = pipeline.replay(proposal.old, proposal.new, company, Asked(start=start))
    assert "some of them may be those it was found on" in plain.basis
    early = dataclasses.replace(
        plain, found_before=start, weeks=tuple(dataclasses.replace(week, part="found on") for week in plain.weeks)
    )
    assert "so are all these weeks" in early.basis
    assert early.headline.startswith("In weeks it was found on")


def test_a_definition_replayed_against_itself_moves_nobody(company: Path, proposal: Proposal) -> None:
    same = pipeline.replay(proposal.old, proposal.old, company)
    assert (same.entered.leads, same.left.leads, same.precision.value) == (0, 0, 0.0)
    assert all(np.isnan(week.overlap) or week.overlap == 1 for week in same.weeks)
    nobody = dataclasses.replace(same, old=FlagCounts(0, 0, 5, 9))
    assert nobody.headline.startswith(f"Old: 0.0 PQLs a week, precision {NOTHING}, recall 0%.")


def test_adoption_makes_the_next_version_and_says_who_and_why(proposal: Proposal, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    stamped = f"# hash: {proposal.old.hash}\n{TEXT}"
    old.write_text(stamped)
    new.write_text(pipeline.proposed_text(stamped, proposal))
    assert f"# hash: {proposal.new.hash}\n" in new.read_text()
    today = dt.date(2026, 7, 1)
    adopted = adopt(new, old, by="Kim", why="too many false alarms", today=today)
    assert adopted == load_definition(old)
    assert adopted.version == 2
    (entry,) = adopted.changelog
    assert (entry.version, entry.by, entry.why, entry.date) == (2, "Kim", "too many false alarms", today)
    assert (
        "dropped: Sign-ins or page views in the last 28 days: 5 or more, 40 points [active.count.28d]" in entry.changes
    )
    assert any(change.startswith("threshold of hot: 60 -> ") for change in entry.changes)
    assert old.read_text().startswith(f"# hash: {adopted.hash}\n")
    assert MARK not in old.read_text()
    assert "# says a lot" in old.read_text()
    with pytest.raises(DefinitionError, match="is version 2 by now"):
        adopt(new, old, by="Kim", why="x", today=today)
    with pytest.raises(DefinitionError, match="nothing to adopt"):
        adopt(old, old, by="Kim", why="x", today=today)
    with pytest.raises(DefinitionError, match=r"there is no file .*gone\.yaml; expected the definition .* \(--into\)"):
        adopt(new, tmp_path / "gone.yaml", by="Kim", why="x", today=today)
    with pytest.raises(DefinitionError, match=r"there is no file .*gone\.yaml; expected a proposal"):
        adopt(tmp_path / "gone.yaml", old, by="Kim", why="x", today=today)
    with pytest.raises(DefinitionError, match="nobody is named"):
        adopt(new, old, by=" ", why="x", today=today)
    with pytest.raises(DefinitionError, match="no reason is given"):
        adopt(new, old, by="Kim", why=" ", today=today)
    new.write_text(new.read_text().replace("name: improvable ", "name: another "))
    with pytest.raises(DefinitionError, match="a definition of 'another'"):
        adopt(new, old, by="Kim", why="x", today=today)


def test_adopting_twice_keeps_the_first_entry(proposal: Proposal, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(TEXT)
    new.write_text(pipeline.proposed_text(TEXT, proposal))
    adopt(new, old, by="Kim", why="x", today=dt.date(2026, 7, 1))
    new.write_text(old.read_text().replace("points: 20, dimension: upgrade", "points: 25, dimension: upgrade"))
    twice = (
        adopt(new, old, by="Ada", why="x", today=dt.date(2026, 8, 1)) if new.read_text() != old.read_text() else None
    )
    if twice is not None:
        assert [entry.by for entry in twice.changelog] == ["Ada", "Kim"]
    new.write_text(TEXT.replace("version: 1", f"version: {load_definition(old).version}"))
    with pytest.raises(DefinitionError, match="the changelog of"):
        adopt(new, old, by="Ada", why="x", today=dt.date(2026, 9, 1))


def test_noise_changes_little_and_promises_nothing() -> None:
    rows = make_rows(600, seed=5)
    rng = np.random.default_rng(6)
    shuffled = rows.__class__(**{**vars(rows), "label": rng.permutation(rows.label)})
    given = definition("tiers: {warm: 20, hot: 40, critical: 80}")
    found = propose_rows(given, shuffled, choose_period(given, shuffled, dt.datetime(2026, 4, 1)))
    assert found.verdict != "better"


def test_too_little_before_the_period_and_no_points_are_refused() -> None:
    rows = make_rows(60)
    given = definition()
    with pytest.raises(NotEnoughDataError, match="a proposal needs 30"):
        propose_rows(given, rows, choose_period(given, rows, dt.datetime(2026, 1, 1)))
    bare = given.model_copy(update={"points": ()})
    with pytest.raises(DefinitionError, match="has no points"):
        pipeline.propose(bare, Path("no-such-folder"))
    with pytest.raises(DefinitionError, match="has no points"):
        propose_rows(bare, rows, choose_period(bare, rows, dt.datetime(2026, 4, 1)))
    chances = definition("tiers: {by: probability, warm: 0.05, hot: 0.1, critical: 0.3}")
    with pytest.raises(DefinitionError, match=r"are by probability: a threshold on the model's.*review --by model"):
        propose_rows(chances, rows, choose_period(chances, rows, dt.datetime(2026, 4, 1)))


def test_definitions_that_look_at_other_leads_are_not_replayed(company: Path, proposal: Proposal) -> None:
    other = parse_definition(TEXT.replace("horizon_days: 28", "horizon_days: 14"))
    with pytest.raises(DefinitionError, match="differ in conversion"):
        pipeline.replay(proposal.old, other, company)


def test_tiers_on_the_probability_are_replayed_by_models_that_never_saw_the_period(company: Path) -> None:
    old, new = (
        parse_definition(TEXT.replace("{warm: 30, hot: 60, critical: 90}", f"{{by: probability, {tiers}}}"))
        for tiers in ("warm: 0.05, hot: 0.1, critical: 0.5", "warm: 0.05, hot: 0.2, critical: 0.5")
    )
    found = pipeline.replay(old, new, company)
    assert found.by == "model"
    assert found.period.start == dt.datetime(2025, 7, 20)
    assert found.entered.leads == 0
    assert found.left.leads > 0
    assert found.new.precision > found.old.precision
    assert found.new.converted == found.old.converted
    with pytest.raises(DefinitionError, match="thresholds on the probability, which points do not give"):
        pipeline.replay(old, new, company, Asked(by="points"))


def test_weights_move_from_the_points_as_far_as_the_evidence_goes() -> None:
    rng = np.random.default_rng(8)
    met = rng.random((6000, 3)) < 0.4
    log_odds = -3 + 0.6 * met[:, 0] + 0.6 * met[:, 1] + 1.8 * met[:, 2]
    label = rng.random(6000) < 1 / (1 + np.exp(-log_odds))
    hand = np.array([20.0, 20.0, 20.0])
    many = fit_weights(met, hand, label, np.arange(6000))
    assert many.points[2] > 2 * many.points[0]
    assert many.alone == pytest.approx([0.6, 0.6, 1.8], abs=0.3)
    few = fit_weights(met[:150], hand, label[:150], np.arange(150))
    assert np.ptp(few.coefficient) < 0.6 * np.ptp(few.alone)
    doubled = fit_weights(np.repeat(met, 2, axis=0), hand, np.repeat(label, 2), np.repeat(np.arange(6000), 2))
    assert doubled.alone_error == pytest.approx(many.alone_error, rel=0.05)


def test_expected_share_holds_the_next_period_as_often_as_it_says() -> None:
    rng = np.random.default_rng(9)
    inside = 0
    for _ in range(400):
        told = expected_share(int(rng.binomial(200, 0.12)), 200, 0.0)
        inside += told.low <= rng.binomial(200, 0.12) / 200 <= told.high
    assert 365 <= inside <= 394

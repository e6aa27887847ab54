from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from pqlml import pipeline
from pqlml.cli.review import tell_slices
from pqlml.errors import DataError, DefinitionError, NotEnoughDataError
from pqlml.labels import PairAccount, PairCount
from pqlml.report.numbers import MINUS, percent
from pqlml.review.flags import flags_by_model, flags_by_points, reaches, usual_by
from pqlml.review.pages import NO_VALUE, render_review
from pqlml.review.period import choose_period
from pqlml.review.review import review_rows
from pqlml.review.reviewed import Apart
from tests.cli.shop import Shop, write_shop
from tests.helpers.synthetic import VOCABULARY, definition, make_rows

START = dt.datetime(2026, 4, 1)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return write_shop(tmp_path)


def test_false_alarms_of_a_blind_definition_are_where_the_truth_is() -> None:
    rows = make_rows(4000, seed=1)
    blind = definition("tiers: {warm: 1, hot: 20, critical: 60}")
    flags = flags_by_points(blind, rows, "hot")
    found = review_rows(rows, flags, choose_period(blind, rows, START))
    counts = found.counts
    inside = (rows.keys["cutoff"] >= START).to_numpy()
    assert counts.total == rows.keys["entity_id"][inside].nunique()
    first = (inside & flags.flagged).nonzero()[0]
    assert counts.flagged == len(np.unique(rows.entity[first]))
    words = [str(one) for one in found.false_positives.slices]
    assert any("plan limit" in one for one in words), words
    assert all(one.effect.ratio[1] > 1 for one in found.false_positives.slices)
    assert found.false_positives.apart[0].difference[2] < 0
    parts = [part for part in found.parts if part.by == "tier"]
    assert sum(part.counts.total for part in parts) == counts.total
    assert [part.of for part in found.parts] == [counts.converted] * len(found.parts)
    assert sum(part.recall for part in parts) == pytest.approx(1)
    assert 0 < parts[0].recall < counts.recall
    told = {one["value"]: one for one in found.as_dict()["parts"] if one["by"] == "tier"}
    low, high = told["critical"]["recall_interval"]
    assert low < told["critical"]["recall"] == parts[0].counts.converted / counts.converted < high
    from_tier = {one.tier: one.counts for one in found.or_better}
    assert from_tier["hot"] == counts
    assert from_tier["critical"].flagged < counts.flagged <= from_tier["warm"].flagged
    assert {one.converted for one in from_tier.values()} == {counts.converted}
    json.dumps(found.as_dict(), default=str)
    page = render_review(blind, found)
    assert page == render_review(blind, found)
    assert f'<td class="number">{counts.false_positives - counts.late:,}</td>' in page
    assert found.reckoning.of_leads in page
    assert f'{percent(parts[0].recall)}</span><span class="interval">[{percent(low)}, {percent(high)}]' in page
    assert NO_VALUE in page
    for one in (*found.false_positives.examples, *found.false_negatives.examples):
        assert all(f'<span class="hint fact">{fact}</span>' in page for fact in one.facts)
    assert all(one.facts for one in found.false_positives.examples)
    assert any("it a plan limit" in fact for one in found.false_negatives.examples for fact in one.facts)
    assert found.reckoning.of_first_looks in page
    assert found.reckoning.converted == counts.converted
    assert found.false_negatives.wrong == found.reckoning.first_missed


def test_a_difference_that_stands_out_is_not_written_as_zero() -> None:
    rows = make_rows(400)
    flags = flags_by_points(definition(), rows, "hot")
    found = review_rows(rows, flags, choose_period(definition(), rows, START))
    small = Apart("Reports", "value", 0.012, 0.031, (-0.019, -0.035, -0.003))
    nothing = Apart("Exports", "value", 0.0, 4.0, (-0.0, -0.00001, 3.0))
    errors = dataclasses.replace(found.false_positives, apart=(small, nothing))
    page = render_review(definition(), dataclasses.replace(found, false_positives=errors))
    assert f'{MINUS}0.019<span class="interval">[{MINUS}0.035, {MINUS}0.003]' in page
    assert f"{MINUS}0.0<" not in page
    assert f"{MINUS}0.0000" not in page


def test_missed_leads_show_a_signal_that_is_not_in_the_score() -> None:
    rows = make_rows(4000, seed=2)
    only_fit = definition().model_copy(update={"points": definition().points[2:]})
    flags = flags_by_points(only_fit.model_copy(), rows, "warm")
    reviewed = review_rows(rows, flags, choose_period(only_fit, rows, START))
    missed = reviewed.false_negatives
    assert missed.slices
    unused = {name for names in missed.unused.values() for name in names}
    assert "limit_hit.count.28d" in unused
    assert "industry" not in unused
    first = missed.slices[0]
    console = Console(file=io.StringIO(), width=1_000)
    tell_slices(console, "Missed leads", "leads", missed)
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert f"confirming half: {percent(first.effect.precision)} converted, of the others" in told
    assert f"both halves: {first.hits:,} of {first.rows:,} leads in it" in told
    page = render_review(only_fit, reviewed)
    assert f"Confirming half: {percent(first.effect.precision)} converted" in page
    assert f"Both halves: {first.hits:,} of {first.rows:,} leads in it converted." in page


def test_a_model_flags_leads_that_it_has_not_seen() -> None:
    rows = make_rows(400)
    given = definition()
    period = choose_period(given, rows, START)
    flags = flags_by_model(given, VOCABULARY, rows, period.before, "warm", 0)
    found = review_rows(rows, flags, period)
    assert found.by == "model"
    assert found.expected == pytest.approx(found.rate, abs=0.1)
    assert found.counts_before is None
    log_odds = np.log(flags.score / (1 - flags.score))
    assert np.ptp(log_odds - flags.parts.sum(axis=1)) == pytest.approx(0, abs=1e-6)
    assert "log-odds" in render_review(given, found)


def test_periods_that_cannot_be_reviewed_say_what_can() -> None:
    rows = make_rows(60)
    with pytest.raises(NotEnoughDataError, match="lie between 2026-01-01T00:00:00Z and 2026-05-01T00:00:00Z"):
        choose_period(definition(), rows, dt.datetime(2027, 1, 1), dt.datetime(2027, 2, 1))
    with pytest.raises(NotEnoughDataError, match="no cutoff from 2027-01-01T00:00:00Z on has a known outcome"):
        choose_period(definition(), rows, dt.datetime(2027, 1, 1))
    with pytest.raises(DataError, match=r"--from before --until\. Cutoffs whose window is over lie between 2026-01"):
        choose_period(definition(), rows, dt.datetime(2026, 3, 1), dt.datetime(2026, 2, 1))
    chances = definition("tiers: {by: probability, critical: 0.5, hot: 0.2, warm: 0.1}")
    with pytest.raises(NotEnoughDataError, match=r"Choose a later period \(--from\)\.$"):
        flags_by_model(chances, VOCABULARY, rows, np.arange(len(rows.label)) < 5, "hot", 0)
    with pytest.raises(NotEnoughDataError, match=r"a model needs 20 of each kind.*, or --by points"):
        flags_by_model(definition(), VOCABULARY, rows, np.arange(len(rows.label)) < 5, "hot", 0)
    with pytest.raises(DefinitionError, match="--by model"):
        flags_by_points(definition().model_copy(update={"points": ()}), rows, "hot")


def test_by_capacity_the_best_of_each_cutoff_are_flagged_by_their_points() -> None:
    rows = make_rows(120)
    flags = flags_by_points(definition("tiers: {by: capacity, critical: 3, hot: 10, warm: 30}"), rows, "hot")
    for place in rows.keys.groupby("cutoff").indices.values():
        flagged = flags.flagged[place]
        assert flagged.sum() == 10
        assert flags.score[place][flagged].min() >= flags.score[place][~flagged].max()
    with pytest.raises(DefinitionError, match="thresholds on the probability"):
        flags_by_points(definition("tiers: {by: probability, critical: 0.5, hot: 0.2, warm: 0.1}"), rows, "hot")


def test_before_the_period_means_that_windows_were_over() -> None:
    rows = make_rows(60)
    period = choose_period(definition(), rows, START)
    assert rows.keys["cutoff"][period.before].max() == pd.Timestamp("2026-03-01")
    period = choose_period(definition(), rows, START + dt.timedelta(days=-2))
    assert rows.keys["cutoff"][period.before].max() == pd.Timestamp("2026-02-01")


def test_tiers_and_the_usual_way() -> None:
    assert reaches(np.array(["critical", "hot", "warm", "cold"], dtype=object), "hot").tolist() == [
        True,
        True,
        False,
        False,
    ]
    assert usual_by(definition()) == "points"
    assert usual_by(definition("tiers: {by: probability, warm: 0.1, hot: 0.2, critical: 0.3}")) == "model"


def test_what_is_not_known_yet_is_left_out_and_said() -> None:
    rows = make_rows(60)
    parts = [
        PairCount(cutoff.to_pydatetime(), 60, 1, {}) for cutoff in pd.date_range("2026-01-01", periods=5, freq="MS")
    ]
    late = [PairCount(dt.datetime(2026, month, 1), 0, 0, {"immature": 60}) for month in (6, 7)]
    rows = dataclasses.replace(rows, account=PairAccount("cutoff", (*parts, *late)))
    data_end = dt.datetime(2026, 6, 15)
    asked = choose_period(definition(), rows, START, dt.datetime(2026, 7, 1), data_end=data_end)
    assert str(asked.unripe) == (
        "Asked until 2026-07-01; cutoffs after 2026-05-16 (60 looks at leads) are left out: the data end 2026-06-15, "
        "an outcome takes 30 days, and theirs are not all known before 2026-07-31."
    )
    assert (asked.first, asked.last) == (START, dt.datetime(2026, 5, 1))
    newest = choose_period(definition(), rows, data_end=data_end)
    assert newest.unripe is not None
    assert newest.unripe.looks == 120
    assert str(newest.unripe).startswith("Cutoffs after 2026-05-16 (120 looks at leads) are left out")
    ripe = choose_period(definition(), rows, START, dt.datetime(2026, 5, 2), data_end=data_end)
    assert ripe.unripe is None
    assert ripe.as_dict()["left_out"] is None
    with pytest.raises(NotEnoughDataError, match="Asked until 2026-07-01; cutoffs after 2026-05-16"):
        choose_period(definition(), rows, dt.datetime(2026, 6, 1), dt.datetime(2026, 7, 1), data_end=data_end)
    flags = flags_by_points(definition(), rows, "hot")
    page = render_review(definition(), review_rows(rows, flags, asked))
    assert str(asked.unripe) in page


def test_what_sales_said_is_counted(shop: Shop) -> None:
    from pqlml.cli.arguments import find_definition

    said = shop.folder / "said.csv"
    said.write_text("entity_id,disposition,at\nc001,no budget,2024-01-01\nc001,met,2024-03-01\nc002,no budget,\n,x,\n")
    given = find_definition(str(shop.definition))
    found = pipeline.review(given, shop.folder, pipeline.Asked(dispositions=said))
    by_name = {one.disposition: one.flagged + one.not_flagged for one in found.dispositions}
    assert by_name["met"] == 1
    assert by_name["no budget"] == 1
    assert sum(by_name.values()) == found.counts.total
    assert found.heard is not None
    assert (found.heard.reviewed, found.heard.incomplete) == (2, 1)
    assert str(found.heard) in render_review(given, found)


def test_dispositions_without_their_columns_are_refused(shop: Shop) -> None:
    from pqlml.cli.arguments import find_definition

    said = shop.folder / "said.csv"
    said.write_text("entity_id,dispo\nc000,met\n")
    given = find_definition(str(shop.definition))
    with pytest.raises(DataError, match="disposition: 'disposition'"):
        pipeline.review(given, shop.folder, pipeline.Asked(dispositions=said))

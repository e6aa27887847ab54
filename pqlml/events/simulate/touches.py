"""Touches by sales and by marketing: outreach with its control group, and what makes a marketing-qualified lead."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from pqlml.events.simulate.columns import NEVER, SECOND, UTC_INSTANT, identifiers, instants, midnight, texts
from pqlml.events.simulate.days import Diary
from pqlml.events.simulate.deals import Stages
from pqlml.events.simulate.world import World
from pqlml.times import DAY_SECONDS

OUTREACH: Final = pa.schema(
    [("account_id", pa.string()), ("ts", UTC_INSTANT), ("arm", pa.string()), ("channel", pa.string())]
)
MQL: Final = pa.schema([("account_id", pa.string()), ("ts", UTC_INSTANT), ("touch", pa.string())])
TOUCHES: Final = ("newsletter_signup", "ebook_download", "webinar_attended", "case_study_download")
CHANNELS: Final = ("email", "call")


def outreach_table(diary: Diary, reached: Stages, rng: np.random.Generator) -> pa.Table:
    """Return one row per account that sales picked, contacted (treated) or held out (control)."""
    rows = np.flatnonzero(diary.picked_age != NEVER)
    rows = rows[np.argsort(reached.contacted[rows], kind="stable")]
    control = ~diary.treated[rows]
    return pa.table(
        [
            identifiers("a", diary.accounts.number[rows], 7),
            instants(reached.contacted[rows]),
            texts(("treated", "control"), control.astype(np.int64)),
            texts(CHANNELS, rng.integers(0, len(CHANNELS), len(rows)), control),
        ],
        schema=OUTREACH,
    )


def mql_table(diary: Diary, world: World, rng: np.random.Generator) -> pa.Table:
    """Return one row per marketing touch: more of them by the negative persona, without effect on the hazard."""
    accounts = diary.accounts
    touches = rng.poisson(np.where(accounts.persona, 1.1, 0.7))
    row = np.repeat(np.arange(len(accounts)), touches)
    signup = accounts.signup_day[row] * float(DAY_SECONDS) + accounts.signup_second[row]
    seconds = signup + (rng.exponential(30, len(row)) - 10) * DAY_SECONDS
    row, seconds = row[inside := (seconds >= 0) & (seconds < world.days * DAY_SECONDS)], seconds[inside]
    order = np.argsort(seconds, kind="stable")
    return pa.table(
        [
            identifiers("a", accounts.number[row[order]], 7),
            instants(midnight(world.start) + (seconds[order] * SECOND).astype(np.int64)),
            texts(TOUCHES, rng.integers(0, len(TOUCHES), len(row))),
        ],
        schema=MQL,
    )

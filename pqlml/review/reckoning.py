"""One set of counts of a period, each with its unit, and the sentences that reconcile them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pqlml.review.association import Bools
from pqlml.review.looks import Looks


@dataclass(frozen=True)
class Reckoning:
    """How often leads were looked at, and what became of them.

    Attributes
    ----------
    looks, converting_looks
        Pairs of a lead and a cutoff, and those whose window holds the conversion: one conversion lies in the windows of
        several cutoffs.
    leads, flagged
        Distinct leads, and those that were flagged at any cutoff of the period.
    converted
        Distinct leads whose conversion lies in the window of any cutoff: ``in_time + late + missed``.
    in_time
        Flagged, and converted within the window of the first flag.
    late
        Flagged, and converted only after that window.
    missed
        Never flagged in the period.
    first_not_flagged
        Distinct leads that were not flagged when they were first looked at; slices of missed leads are sought there.
    first_missed
        Those of them that converted within the window of that first look: ``first_flagged_later + first_never``.
    first_flagged_later, first_never
        Flagged at a later cutoff of the period, and never.
    """

    looks: int
    converting_looks: int
    leads: int
    flagged: int
    converted: int
    in_time: int
    late: int
    missed: int
    first_not_flagged: int
    first_missed: int
    first_flagged_later: int
    first_never: int

    @property
    def of_leads(self) -> str:
        """What became of the leads that converted."""
        return (
            f"{self.looks:,} looks (one lead at one cutoff) at {self.leads:,} leads; {self.converted:,} leads "
            f"converted: {self.in_time:,} within the window of their first flag, {self.late:,} flagged too but only "
            f"after that window, {self.missed:,} never flagged."
        )

    @property
    def of_first_looks(self) -> str:
        """How the leads among which slices of missed ones are sought relate to these."""
        return (
            f"At their first look {self.first_not_flagged:,} leads were not flagged; of the {self.first_missed:,} that "
            f"converted within its window {self.first_flagged_later:,} were flagged at a later cutoff, "
            f"{self.first_never:,} never."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**vars(self), "words": f"{self.of_leads} {self.of_first_looks}"}


def reckon(label: np.ndarray, inside: Bools, looks: Looks) -> Reckoning:
    """Count the looks of a period, and its leads."""
    bought = looks.bought >= 0
    caught = looks.flagged & looks.converted
    first_missed = ~looks.first_flagged & (label[looks.first] == 1)
    return Reckoning(
        int(inside.sum()),
        int((label[inside] == 1).sum()),
        len(looks.row),
        int(looks.flagged.sum()),
        int(bought.sum()),
        int(caught.sum()),
        int((looks.flagged & ~looks.converted & bought).sum()),
        int((~looks.flagged & bought).sum()),
        int((~looks.first_flagged).sum()),
        int(first_missed.sum()),
        int((first_missed & looks.flagged).sum()),
        int((first_missed & ~looks.flagged).sum()),
    )

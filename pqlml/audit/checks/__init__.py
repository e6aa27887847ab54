"""The checks, one file each, in the order of their codes."""

from pqlml.audit.checks import (
    back_filled_date,
    derived_from_target,
    differs_between_extracts,
    enriched_after_win,
    entity_on_both_sides,
    event_at_cutoff,
    events_after_conversion,
    id_or_order,
    known_only_for_winners,
    named_like_a_state,
    not_the_value_then,
    overwritten_attribute,
    status_follows_outcome,
    window_overlaps_label,
    written_together,
)
from pqlml.audit.records import Check

CHECKS: tuple[Check, ...] = (
    event_at_cutoff.CHECK,
    window_overlaps_label.CHECK,
    overwritten_attribute.CHECK,
    status_follows_outcome.CHECK,
    back_filled_date.CHECK,
    enriched_after_win.CHECK,
    events_after_conversion.CHECK,
    id_or_order.CHECK,
    entity_on_both_sides.CHECK,
    derived_from_target.CHECK,
    differs_between_extracts.CHECK,
    known_only_for_winners.CHECK,
    written_together.CHECK,
    named_like_a_state.CHECK,
    not_the_value_then.CHECK,
)
"""Every check."""

__all__ = ["CHECKS"]

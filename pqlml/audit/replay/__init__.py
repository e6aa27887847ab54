"""Columns computed anew as of the cutoff, from the tables that they came from."""

from pqlml.audit.replay.replay import replay_rows
from pqlml.audit.replay.told import KeyedRows, Replay, Told

__all__ = ["KeyedRows", "Replay", "Told", "replay_rows"]

"""Columns of times: what each value means, and an account of those that state no zone or cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from pqlml.definition.parts import Source
from pqlml.errors import DataError
from pqlml.events.instants import how_to_read, instant, lacks_zone, require_instant_type, unreadable
from pqlml.events.tables import Finding, TableRead
from pqlml.warehouse import Warehouse

UNREADABLE = "time cannot be read"


@dataclass(frozen=True)
class TimeColumns:
    """The time columns that a source maps.

    Attributes
    ----------
    table
        What the table is called in messages, e.g. ``events``.
    columns
        Meaning (``ts``, ``known_at``, ...) -> column.
    """

    table: str
    source: Source
    columns: Mapping[str, str]

    def values(self, raw: ir.Table) -> dict[str, ir.TimestampColumn]:
        """Return meaning -> instant.

        Raises
        ------
        DataError
            If a column cannot hold instants.
        """
        for meaning, column in self.columns.items():
            require_instant_type(raw[column], meaning, self.table, self.source)
        return {meaning: instant(raw[column], self.source) for meaning, column in self.columns.items()}

    def flags(self, raw: ir.Table) -> dict[str, ir.Value]:
        """Return what to carry along until :meth:`findings` has counted it: see :attr:`carried`."""
        flags: dict[str, ir.Value] = {}
        for meaning, column in self.columns.items():
            flags[read_of(meaning)] = instant(raw[column], self.source).notnull()
            flags[_zoneless(meaning)] = lacks_zone(raw[column], self.source)
            flags[unreadable_of(meaning)] = unreadable(raw[column], self.source)
        return flags

    @property
    def carried(self) -> tuple[str, ...]:
        """Names of the flags."""
        flags = (read_of, _zoneless, unreadable_of)
        return tuple(flag(meaning) for meaning in self.columns for flag in flags)

    def findings(
        self, warehouse: Warehouse, used: ir.Table, account: TableRead
    ) -> tuple[list[Finding], dict[str, str]]:
        """Return what was found, and for each meaning with values that cannot be read an example with advice.

        Parameters
        ----------
        used
            The rows that are used, with the flags.
        account
            Of all rows, with the example of those that were set aside because their time cannot be read.

        Raises
        ------
        DataError
            If a column has values and not one can be read.
        """
        if not self.columns:
            return [], {}
        counts: dict[str, ir.Value] = {}
        for meaning in self.columns:
            counts[f"{meaning}_zoneless"] = used[_zoneless(meaning)].cast("int64").sum()
            counts[f"{meaning}_read"] = used[read_of(meaning)].cast("int64").sum()
            counts[f"{meaning}_unreadable"] = used[unreadable_of(meaning)].min()
        found = warehouse.fetch(used.agg(**counts)).to_pylist()[0]
        advice = {}
        for meaning, column in self.columns.items():
            example = found[f"{meaning}_unreadable"]
            if example is None:
                continue
            advice[meaning] = how_to_read(example, self.source)
            if not found[f"{meaning}_read"]:
                msg = f"{self.table}: no value of {column!r} ({meaning}) can be read as a time: {advice[meaning]}."
                raise DataError(msg)
        return [*self._zone_finding(found), *self._unreadable_finding(account)], advice

    def _zone_finding(self, found: Mapping[str, int | None]) -> list[Finding]:
        lacking = {column: int(found[f"{meaning}_zoneless"] or 0) for meaning, column in self.columns.items()}
        named = ", ".join(repr(column) for column, count in lacking.items() if count)
        if not named:
            return []
        detail = (
            f"{self.table}: {named} without a zone, read as {self.source.timezone}. Set 'timezone' if the clock was "
            f"another."
        )
        return [Finding("PQD001", "note", "times without a zone", detail, max(lacking.values()))]

    def _unreadable_finding(self, account: TableRead) -> list[Finding]:
        return [
            Finding(
                "PQD006",
                "warning",
                "times that cannot be read",
                f"{self.table}: such rows are set aside; {how_to_read(example, self.source)}.",
                account.set_aside[why],
            )
            for why, example in account.examples.items()
        ]


def time_columns(table: str, source: Source, **mapped: str | None) -> TimeColumns:
    """Take those of the columns that the definition maps."""
    return TimeColumns(table, source, {meaning: column for meaning, column in mapped.items() if column is not None})


def read_of(meaning: str) -> str:
    """Return the name of the flag that tells whether there is a time that can be read."""
    return f"_read_{meaning}"


def unreadable_of(meaning: str) -> str:
    """Return the name of the flag that holds the texts that cannot be read."""
    return f"_unreadable_{meaning}"


def _zoneless(meaning: str) -> str:
    return f"_zoneless_{meaning}"

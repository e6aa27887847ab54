"""Names of tables and columns in SQL."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Quote an identifier as standard SQL does.

    Examples
    --------
    >>> print(quoted("paid plan"))
    "paid plan"
    """
    return '"' + name.replace('"', '""') + '"'


def split_name(table: str) -> tuple[str | None, str]:
    """Take ``schema.table`` apart; without a dot there is no schema.

    Examples
    --------
    >>> split_name("sales.events"), split_name("events")
    (('sales', 'events'), (None, 'events'))
    """
    schema, dot, name = table.rpartition(".")
    return (schema, name) if dot else (None, name)

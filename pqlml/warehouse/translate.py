"""Where engines understand an expression differently: replacements, made when it is compiled.

Callers write plain Ibis. Each engine lists the operations that it lacks or takes for something else, with what it
computes in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir

from pqlml.errors import DataError

Rules = Mapping[type[ops.Node], Callable[[Any], ir.Value | None]]
"""Kind of operation -> what stands for it; null leaves it as it is."""

ISO_INSTANT = r"^\s*\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}([.]\d*)?)?\s*(Z|z|UTC|[+-]\d\d?(:?\d\d)?)?)?\s*$"
"""Texts that are instants: engines also read words, ages before Christ and American dates, each its own way."""

NUMBER = r"^\s*[+-]?(\d+[.]?\d*|[.]\d+)([eE][+-]?\d+)?\s*$"
"""Texts that are numbers: some engines also read hexadecimal ones, or ones with a letter for their type."""


def refuse_time_format(node: ops.ScalarUDF, engine: str) -> None:
    """Refuse to read times in a format of the definition, which DuckDB alone can.

    Raises
    ------
    DataError
        If that is what the operation is.
    """
    if node.__func_name__ == "try_strptime":
        msg = f"'time_format' is read by DuckDB alone, and the tables are in {engine}; make the column a timestamp."
        raise DataError(msg)


def translated(expression: ir.Table, rules: Rules) -> ir.Table:
    """Return the expression with the rules applied, innermost operations first."""

    def replace(node: ops.Node, changed: dict[str, Any] | None) -> ops.Node:
        current = node.__recreate__(changed) if changed is not None else node
        rule = next((rules[kind] for kind in type(current).__mro__ if kind in rules), None)
        replacement = rule(current) if rule is not None else None
        return current if replacement is None else replacement.op()

    return expression.op().replace(replace).to_expr()

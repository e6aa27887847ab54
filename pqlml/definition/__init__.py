"""The definition: one YAML file that says who is a candidate, what counts, and what is predicted."""

from pqlml.definition.difference import Difference, diff_definitions
from pqlml.definition.files import (
    dump_definition,
    json_schema,
    load_definition,
    parse_definition,
)
from pqlml.definition.model import Definition
from pqlml.definition.parts import EvaluationPlan, PointsRule, Tiers
from pqlml.definition.telling import Phrases

__all__ = [
    "Definition",
    "Difference",
    "EvaluationPlan",
    "Phrases",
    "PointsRule",
    "Tiers",
    "diff_definitions",
    "dump_definition",
    "json_schema",
    "load_definition",
    "parse_definition",
]

"""The leak audit: columns that know what they cannot know, told with their evidence and with what they fake."""

from pqlml.audit.checks import CHECKS
from pqlml.audit.records import Audited, Check, Leak, Lift, Result
from pqlml.audit.road import audit_definition, audit_rows
from pqlml.audit.run import audit

__all__ = ["CHECKS", "Audited", "Check", "Leak", "Lift", "Result", "audit", "audit_definition", "audit_rows"]

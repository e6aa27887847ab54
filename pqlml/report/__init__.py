"""The report: one self-contained HTML page that says what a model is worth, why, and on which rows."""

from pqlml.report.content import LeadPreview, ReportContent
from pqlml.report.page import render_report, write_report

__all__ = ["LeadPreview", "ReportContent", "render_report", "write_report"]

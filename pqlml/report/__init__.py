"""The report: one self-contained HTML page that says what a model is worth, why, and on which rows; and its card."""

from pqlml.report.content import LeadPreview, ReportContent
from pqlml.report.model_card import ModelCard, write_model_card
from pqlml.report.page import draw_pictures, render_report, write_report

__all__ = [
    "LeadPreview",
    "ModelCard",
    "ReportContent",
    "draw_pictures",
    "render_report",
    "write_model_card",
    "write_report",
]

"""The page itself: content in, one self-contained HTML file out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import jinja2
import numpy as np

from pqlml.definition import dump_definition
from pqlml.definition.parts import Conversion
from pqlml.model.tables import calibration_table, gain_table, precision_at_k_table
from pqlml.report import numbers, sections
from pqlml.report.content import ReportContent
from pqlml.report.plots.calibration import calibration_picture
from pqlml.report.plots.canvas import Picture
from pqlml.report.plots.contributions import beeswarm_picture
from pqlml.report.plots.gain import gain_picture, lift_picture
from pqlml.report.plots.learning import learning_picture
from pqlml.report.plots.points import FEW_ROWS, points_picture
from pqlml.report.plots.precision import precision_picture
from pqlml.report.plots.stability import stability_picture
from pqlml.report.wording import GLOSSARY, candidate_label
from pqlml.schema import DIMENSIONS

_TEMPLATES: Final = Path(__file__).parent / "templates"


def write_report(content: ReportContent, path: Path, pictures: Mapping[str, Picture] | None = None) -> Path:
    """Write the report as one HTML file that needs no network; an older file is replaced in one step.

    Parameters
    ----------
    pictures
        Those of :func:`draw_pictures`, where they are drawn already.

    Returns
    -------
    The path that was written; missing folders are created.
    """
    return write_page(render_report(content, pictures), path)


def write_page(page: str, path: Path) -> Path:
    """Write a page; an older one is replaced in one step, and missing folders are created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return path


def render_report(content: ReportContent, pictures: Mapping[str, Picture] | None = None) -> str:
    """Return the report as HTML; the same content gives the same text."""
    tables = {name: precision_at_k_table(content.label, found) for name, found in content.probabilities.items()}
    return (
        environment()
        .get_template("report.html")
        .render(
            content=content,
            definition=content.definition,
            definition_yaml=dump_definition(content.definition),
            model=content.model,
            candidates=list(content.probabilities),
            cards=sections.cards(content),
            verdict=sections.verdict(content),
            warnings=sections.warnings(content),
            metric_rows=sections.metric_rows(content),
            group_rows=sections.group_rows(content.groups),
            dimension_rows=sections.dimension_rows(content.groups),
            rule_rows=sections.rule_rows(content.points_card),
            time_rows=sections.slice_rows(content.over_time),
            segment_rows=sections.slice_rows(content.segments),
            optimism_rows=sections.optimism_rows(content.optimism),
            worth_rows=sections.worth_rows(content.worth),
            leak_rows=sections.leak_rows(content),
            account=sections.account(content),
            precision=tables,
            calibration=calibration_table(content.label, content.probabilities[content.model], entity=content.entity),
            pictures=pictures if pictures is not None else draw_pictures(content),
            glossary=_glossary(content),
            entities=len(np.unique(content.entity)),
        )
    )


def draw_pictures(content: ReportContent) -> dict[str, Picture]:
    """Draw every plot of the report, by name."""
    precision = {name: precision_at_k_table(content.label, found) for name, found in content.probabilities.items()}
    calibration = {
        name: calibration_table(content.label, found, entity=content.entity)
        for name, found in content.probabilities.items()
    }
    gains = {name: gain_table(content.label, found) for name, found in content.probabilities.items()}
    pictures = {
        "gain": gain_picture(gains, content.metrics[content.model]["recall_at_10_percent"]),
        "lift": lift_picture(gains),
        "calibration": calibration_picture(calibration, content.probabilities[content.model]),
        "precision": precision_picture(precision, float(content.label.mean())),
    }
    if len(content.over_time) > 1:
        pictures["stability"] = stability_picture(content.over_time)
    if len(content.learning) > 1:
        pictures["learning"] = learning_picture(content.learning)
    if content.shap_values.size:
        pictures["contributions"] = beeswarm_picture(content.shap_values, content.shap_data, content.feature_labels)
    if content.model_points is not None and content.hand_points is not None:
        tiers = content.definition.tiers
        thresholds = (tiers.warm, tiers.hot, tiers.critical) if tiers.by == "points" else ()
        label = content.label.astype(np.float64)
        pictures["points"] = points_picture(content.hand_points, content.model_points, label, thresholds)
    return pictures


def conversion_in_words(conversion: Conversion) -> str:
    """Say what is predicted."""
    if conversion.label is not None:
        return f"the column {conversion.label} is {conversion.positive}"
    after = f" after a gap of {conversion.gap_days:g} days" if conversion.gap_days else ""
    return f"{conversion.event or conversion.stage} within {conversion.horizon_days:g} days of the cutoff{after}"


def _glossary(content: ReportContent) -> list[tuple[str, str]]:
    meaning = conversion_in_words(content.definition.conversion)
    entity = content.definition.entity
    words = {"entity": entity, "entities": f"{entity}s", "conversion": meaning}
    return [(term, text.format_map(words)) for term, text in GLOSSARY]


def environment(*folders: Path) -> jinja2.Environment:
    """Return what fills the templates: those of the house style, and those of some folders besides."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_TEMPLATES, *folders]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": numbers.percent,
        "count": numbers.count,
        "times": numbers.times,
        "signed": numbers.signed,
        "money": numbers.money,
        "candidate": candidate_label,
    }
    environment.globals |= {"dimensions": DIMENSIONS, "few_rows": FEW_ROWS}
    return environment

"""365 Data Science, a course platform with a free plan: registrations, watching, ratings and payments of 2022."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pqlml.demo.sources import read_columns, source_file, write_table

FOLDER = "freemium365_full"
ORIGIN = "365 Data Science, project 'Customer Engagement' (tables of its MySQL dump as CSV files with headers)"


def load(target: Path, datasets: Path | None = None) -> None:
    """Write ``entities`` and ``events``; dates are whole days, written as their midnight.

    ``entities`` has one row per student. ``events`` has one row per student, day and course watched (with minutes), per
    rating, and per payment (with the plan); what an event does not have is null.

    Raises
    ------
    DataError
        If a file is missing or is not what it should be.
    """

    def file(table: str) -> Path:
        return source_file(datasets, f"{FOLDER}/{table}.csv", ORIGIN)

    students = read_columns(file("student_info"), texts=["student_id", "student_country"], dates=["date_registered"])
    watched = read_columns(
        file("student_learning"),
        texts=["student_id", "course_id"],
        numbers=["minutes_watched"],
        dates=["date_watched"],
    )
    rated = read_columns(
        file("course_ratings"), texts=["student_id", "course_id"], numbers=["course_rating"], dates=["date_rated"]
    )
    paid = read_columns(file("student_purchases"), texts=["student_id", "purchase_type"], dates=["date_purchased"])
    events = pd.concat(
        [
            watched.assign(event="watched a course").rename(columns={"date_watched": "date"}),
            rated.assign(event="rated a course").rename(columns={"date_rated": "date"}),
            paid.assign(event="purchased a plan").rename(columns={"date_purchased": "date"}),
        ],
        ignore_index=True,
    )
    write_table(students, target, "entities")
    write_table(events, target, "events")

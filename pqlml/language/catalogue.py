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

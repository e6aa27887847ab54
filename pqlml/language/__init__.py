"""Languages: the texts that sales read, one file per language."""

from pqlml.language.catalogue import ENGLISH, Language, language, languages
from pqlml.language.numbers import Numbers

__all__ = ["ENGLISH", "Language", "Numbers", "language", "languages"]

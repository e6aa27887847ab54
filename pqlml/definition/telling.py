"""How leads are told to sales: phrases, the language, and how many reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from pqlml.definition.part import Part
from pqlml.definition.signals import EVERYTHING, Signals
from pqlml.definition.sources import Sources
from pqlml.errors import nearest
from pqlml.language import ENGLISH, languages

MOST_WORDS_DID: Final = 7
MOST_WORDS_NOUN: Final = 5
"""With longer phrases, a sentence with its time would pass sixteen words."""

OWN_NOUNS: Final = (
    *("age", "sessions", "session_minutes", "trial", "trial_began", "trial_end", "matches"),
    *("most_senior", "most_active"),
)
"""What the toolkit itself tells, and a definition may call otherwise."""


class Phrases(Part):
    """How a signal is told to sales: ``did`` in the past tense ("hit the project limit"), ``noun`` in the plural.

    What nobody does, such as an attribute, needs no ``did``.
    """

    did: str = ""
    noun: str = Field(min_length=1)

    @model_validator(mode="after")
    def _short(self) -> Self:
        for name, most in (("did", MOST_WORDS_DID), ("noun", MOST_WORDS_NOUN)):
            text = getattr(self, name)
            if len(text.split()) > most:
                msg = f"{name!r} has {len(text.split())} words ({text!r}); say it in at most {most}"
                raise ValueError(msg)
        return self


def _as_language(value: object) -> object:
    if value not in languages():
        msg = f"no language {value!r}; {nearest(str(value), languages())}"
        raise ValueError(msg)
    return value


LanguageCode = Annotated[str, BeforeValidator(_as_language, json_schema_input_type=str)]
"""Code of a language that there is a file of."""


class ReasonsPlan(Part):
    """How reasons are told: in which language, and how many at most for and against a lead."""

    language: LanguageCode = ENGLISH
    most_for: int = Field(default=4, ge=0, le=20)
    most_against: int = Field(default=2, ge=0, le=20)


def phrase_problems(place: str, phrases: Mapping[str, Phrases], signals: Signals, sources: Sources) -> Iterator[str]:
    """Yield a problem for each name that nothing is told by, and for each signal without a verb."""
    doing = [*(name for _, name, _ in signals.behaviour()), *signals.ratios]
    things = [*OWN_NOUNS, *signals.fit.roles, *(f"limit.{name}" for name in signals.limits)]
    if sources.events is not None:
        things += [*sources.events.properties, *sources.events.distinct]
    for name, told in phrases.items():
        if name.startswith("attribute.") or (name in things and name not in doing):
            continue
        if name not in doing and not name.startswith("event.") and name != EVERYTHING:
            yield f"{place!r} speaks of the signal {name!r}; {nearest(name, [*doing, *things])}"
        elif not told.did:
            yield f"{place!r} lacks 'did' for the signal {name!r}: what somebody did, in the past tense"

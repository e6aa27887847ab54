"""How features are told to sales: in the words of the definition, else in the usual ones of its language."""

from __future__ import annotations

from pqlml.definition.model import Definition
from pqlml.definition.signals import ROLES
from pqlml.definition.telling import MOST_WORDS_NOUN, Phrases
from pqlml.language import language


def phrases_for(definition: Definition, signal: str) -> Phrases:
    """Return the phrases of a signal: the definition's own, the usual ones, or ones made of its name."""
    kind, name = ("event", signal.removeprefix("event.")) if signal.startswith("event.") else ("signal", signal)
    return _own(definition, signal) or _usual(definition, f"signals.{signal}") or named(definition, kind, name)


def ratio_phrases(definition: Definition, name: str, part: str, whole: str, *, usual: bool) -> Phrases:
    """Return the phrases of a ratio of two signals: its own, the usual ones, or ones made of its signals'.

    Parameters
    ----------
    usual
        Whether the ratio is one of the usual ones, not the definition's.
    """
    found = _own(definition, name) or (_usual(definition, f"ratios.{name}") if usual else None)
    if found is not None:
        return found
    told = [phrases_for(definition, signal).noun for signal in (part, whole)]
    did = language(definition.reasons.language).text("named.ratio.did", name=told[0])
    return Phrases.model_construct(did=did, noun=told[1])


def noun_for(definition: Definition, key: str, given: str | None = None, name: str | None = None) -> str:
    """Return what a thing is called: as the definition says under ``phrases``, as given beside it, or as usual.

    Parameters
    ----------
    key
        Its name under ``phrases``, and under ``nouns`` of a language's file. An attribute called as a usual role
        is told as that.
    given
        What the definition calls it where it is named, if it does.
    name
        What to make a noun of where nothing else is known; by default of the key.
    """
    own = _own(definition, key)
    if own is not None:
        return own.noun
    told = language(definition.reasons.language)
    attribute = key.removeprefix("attribute.").lower()
    usual = told.find(f"nouns.{attribute if attribute in ROLES else key}")
    return given or usual or readable_name(name if name is not None else key)


def named(definition: Definition, kind: str, name: str) -> Phrases:
    """Return phrases made of a name, as ``named.<kind>`` of the language's file says."""
    told, slots = language(definition.reasons.language), {"name": readable_name(name)}
    did = told.find(f"named.{kind}.did") or ""
    noun = told.find(f"named.{kind}.noun") or "{name}"
    return Phrases.model_construct(did=did.format(**slots), noun=noun.format(**slots))


def readable_name(name: str) -> str:
    """Return a name without signs, and no longer than a noun may be.

    Examples
    --------
    >>> readable_name("team_size"), readable_name("what the sign-up form says about the plan")
    ('team size', 'what the sign up…')
    """
    words = name.replace("_", " ").replace("-", " ").split()
    most = MOST_WORDS_NOUN - 1
    return " ".join(words) if len(words) <= most else f"{' '.join(words[:most])}…"


def _own(definition: Definition, key: str) -> Phrases | None:
    return definition.phrases.get(key)


def _usual(definition: Definition, key: str) -> Phrases | None:
    told = language(definition.reasons.language)
    did, noun = told.find(f"{key}.did"), told.find(f"{key}.noun")
    return None if did is None or noun is None else Phrases(did=did, noun=noun)

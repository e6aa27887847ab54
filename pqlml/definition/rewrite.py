"""A definition's file, changed where its content changed: comments and layout of all other sections stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from pqlml.definition.files import dump_definition, parse_definition, with_hash
from pqlml.definition.model import Definition
from pqlml.errors import DefinitionError

_LONGEST_LINE = 120


def rewrite(text: str, new: Definition, *, notes: Mapping[int, str] | None = None) -> str:
    """Return the text of a new version of a definition, written over that of the old one.

    Sections of equal content keep their lines, and so do rules of the points that stay as they are, with their
    comments. Where lines cannot be kept apart (the whole file is one line, or sections refer to each other), all is
    written anew, without comments.

    Parameters
    ----------
    text
        YAML of the old definition.
    notes
        Position of a rule in the new points -> comment behind it.

    Raises
    ------
    DefinitionError
        If ``text`` is no definition.
    """
    old = parse_definition(text)
    places = _places(text)
    if places is None:
        return dump_definition(new)
    lines = text.splitlines()
    content = new.model_dump(mode="json", exclude_unset=True)
    before = old.model_dump(mode="json")
    now = new.model_dump(mode="json")
    changed = [name for name in now if now[name] != before[name]]
    edits = []
    for name in changed:
        written = _section(name, content.get(name, now[name]), text, notes or {})
        # A version stands behind the name, other new sections at the end.
        end = places["name"][1] if name == "version" else len(lines)
        edits.append((*places.get(name, (end, end)), written))
    for start, end, written in sorted(edits, key=lambda edit: -edit[0]):
        lines[start:end] = written
    result = with_hash("\n".join(lines) + "\n", new)
    return result if _says(result, new) else dump_definition(new)


def _says(text: str, wanted: Definition) -> bool:
    try:
        return parse_definition(text) == wanted
    except DefinitionError:
        return False


def _places(text: str) -> dict[str, tuple[int, int]] | None:
    """Find the lines of each section, from its key to its last line of content; null where they share lines."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    lines = text.splitlines()
    starts = [key.start_mark.line for key, _ in root.value]
    found: dict[str, tuple[int, int]] = {}
    for (key, _), start, following in zip(root.value, starts, [*starts[1:], len(lines)], strict=True):
        end = following
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith(("#", "..."))):
            end -= 1
        found[key.value] = (start, end)
    return found


def _section(name: str, content: Any, text: str, notes: Mapping[int, str]) -> list[str]:  # noqa: ANN401 - any JSON value
    if name == "points" and content:
        return ["points:", *_rules(content, text, notes)]
    flow = None if isinstance(content, dict | list) else False
    told: str = yaml.safe_dump(
        {name: content}, sort_keys=False, allow_unicode=True, width=_LONGEST_LINE, default_flow_style=flow
    )
    return told.splitlines()


def _rules(rules: Sequence[Mapping[str, Any]], text: str, notes: Mapping[int, str]) -> list[str]:
    kept = _lines_of_rules(text)
    lines: list[str] = []
    for position, rule in enumerate(rules):
        known = next((source for given, source in kept if given == dict(rule)), None)
        if known is not None and position not in notes:
            lines += known
            continue
        flow = yaml.safe_dump(dict(rule), sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=True)
        note = f"  # {notes[position]}" if position in notes else ""
        lines.append(f"  - {flow.strip()}{note}")
    return lines


def _lines_of_rules(text: str) -> list[tuple[dict[str, Any], list[str]]]:
    """Return each rule of the old points with its lines, comments included."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    places = _places(text)
    if not isinstance(root, yaml.MappingNode) or places is None or "points" not in places:
        return []
    node = next(value for key, value in root.value if key.value == "points")
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        return []
    rules = parse_definition(text).model_dump(mode="json", exclude_unset=True)["points"]
    lines, end = text.splitlines(), places["points"][1]
    starts = [item.start_mark.line for item in node.value]
    if len(set(starts)) != len(starts):
        return []
    return [
        (rule, _indented(lines[start:following]))
        for rule, start, following in zip(rules, starts, [*starts[1:], end], strict=True)
    ]


def _indented(lines: Sequence[str]) -> list[str]:
    """Shift the lines of a rule so that its dash stands where those of new rules do."""
    shift = 2 - (len(lines[0]) - len(lines[0].lstrip()))
    return [" " * shift + line if shift > 0 else line[-shift:] for line in lines]

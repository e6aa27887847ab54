"""Changes to the text of a definition file that leave everything else as it stands: comments, order, layout.

The text is parsed for where things stand, and only these spots are rewritten.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from pqlml.definition.changelog import Adoption
from pqlml.definition.parts import PointsRule
from pqlml.errors import DefinitionError


class Spot(NamedTuple):
    """A piece of a text, and what stands there instead."""

    start: int
    end: int
    text: str


def change_points(
    text: str,
    changed: Mapping[int, float],
    dropped: Iterable[int] = (),
    added: Sequence[tuple[PointsRule, str]] = (),
) -> str:
    """Rewrite the list ``points``.

    Parameters
    ----------
    changed
        Place of a rule in the list -> its new points.
    dropped
        Places of the rules that go.
    added
        New rules, each with a comment, at the end of the list.
    """
    points = _section(text, "points")
    lines = [f"- {rule_text(rule)}  # {comment}" for rule, comment in added]
    if points is None:
        return _appended(text, "points:\n" + "".join(f"  {line}\n" for line in lines)) if lines else text
    if not isinstance(points, yaml.SequenceNode) or points.flow_style:
        msg = "'points' is not a list with one rule per line; write it so ('- {feature: ...}'), and propose again."
        raise DefinitionError(msg)
    gone = set(dropped)
    spots = [_value(points.value[place], "points", number(worth)) for place, worth in changed.items()]
    spots += [_lines(text, points.value[place], "") for place in gone]
    last = _lines(text, points.value[-1], "")
    indent = _indent(text, points.value[-1])
    ended = "" if text[: last.end].endswith("\n") else "\n"
    if lines:
        spots.append(Spot(last.end, last.end, ended + "".join(f"{indent}{line}\n" for line in lines)))
    if gone == set(range(len(points.value))) and not lines:
        key = _key(text, "points")
        spots = [Spot(_line_start(text, key.start_mark.index), last.end, "")]
    return _rewritten(text, spots)


def change_tiers(text: str, thresholds: Mapping[str, float]) -> str:
    """Rewrite thresholds under ``tiers``."""
    tiers = _section(text, "tiers")
    if tiers is None:
        stated = ", ".join(f"{name}: {number(value)}" for name, value in thresholds.items())
        return _appended(text, f"tiers: {{{stated}}}\n")
    there = _keys(tiers)
    spots = [_value(tiers, name, number(value)) for name, value in thresholds.items() if name in there]
    missing = {name: value for name, value in thresholds.items() if name not in there}
    if missing and tiers.flow_style:
        end = tiers.end_mark.index - 1
        spots.append(Spot(end, end, "".join(f", {name}: {number(value)}" for name, value in missing.items())))
    elif missing:
        last = _lines(text, tiers.value[-1][1], "")
        indent = _indent(text, tiers.value[-1][0])
        lines = "".join(f"{indent}{name}: {number(value)}\n" for name, value in missing.items())
        spots.append(Spot(last.end, last.end, lines))
    return _rewritten(text, spots)


def change_version(text: str, version: int) -> str:
    """Rewrite the version; where none is stated it follows the name."""
    root = _root(text)
    if "version" in _keys(root):
        return _rewritten(text, [_value(root, "version", str(version))])
    name = _lines(text, _keys(root)["name"], "")
    ended = "" if text[: name.end].endswith("\n") else "\n"
    return _rewritten(text, [Spot(name.end, name.end, f"{ended}version: {version}\n")])


def add_to_changelog(text: str, adoption: Adoption) -> str:
    """Add a version to the changelog, newest first; the section is made at the end of the file where there is none."""
    entry = _entry(adoption)
    log = _section(text, "changelog")
    if log is None or (isinstance(log, yaml.SequenceNode) and not log.value):
        if log is not None:
            key = _key(text, "changelog")
            start = _line_start(text, key.start_mark.index)
            text = text[:start] + text[_line_end(text, log.end_mark.index - 1) :]
        return _appended(text, f"changelog:\n{_indented(entry, '  ')}")
    if log.flow_style:
        msg = "'changelog' is not a list with one version per line; write it so ('- version: ...')."
        raise DefinitionError(msg)
    first = log.value[0]
    start = _line_start(text, first.start_mark.index)
    return text[:start] + _indented(entry, _indent(text, first)) + text[start:]


def rule_text(rule: PointsRule) -> str:
    """Write a rule on one line, as people do."""
    parts = [f"feature: {rule.feature}"]
    parts += [
        f"{name}: {number(bound)}"
        for name, bound in (("at_least", rule.at_least), ("at_most", rule.at_most))
        if bound is not None
    ]
    if rule.values is not None:
        parts.append(f"values: {json.dumps(list(rule.values), ensure_ascii=False)}")
    return f"{{{', '.join([*parts, f'points: {number(rule.points)}', f'dimension: {rule.dimension}'])}}}"


def number(value: float) -> str:
    """Write a number without needless decimals.

    Examples
    --------
    >>> number(20.0), number(0.35)
    ('20', '0.35')
    """
    return f"{value:.0f}" if value == round(value) else f"{value:.6g}"


def _entry(adoption: Adoption) -> str:
    content: dict[str, Any] = adoption.model_dump(mode="python", exclude_defaults=True)
    content["changes"] = list(adoption.changes)
    if isinstance(content.get("date"), dt.datetime):
        content["date"] = content["date"].date()
    written = yaml.safe_dump([content], sort_keys=False, allow_unicode=True, width=110)
    return str(written)


def _indented(block: str, indent: str) -> str:
    return "".join(f"{indent}{line}\n" for line in block.splitlines())


def _root(text: str) -> yaml.MappingNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        msg = "the definition is not a file with one section per line, so it cannot be changed in place."
        raise DefinitionError(msg)
    return root


def _keys(node: yaml.Node) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def _section(text: str, name: str) -> Any:  # noqa: ANN401 - a node of the YAML library, which has no common attributes
    return _keys(_root(text)).get(name)


def _key(text: str, name: str) -> yaml.Node:
    found: yaml.Node = next(key for key, _ in _root(text).value if key.value == name)
    return found


def _value(node: yaml.Node, key: str, text: str) -> Spot:
    value = _keys(node)[key]
    return Spot(value.start_mark.index, value.end_mark.index, text)


def _lines(text: str, node: yaml.Node, replacement: str) -> Spot:
    """Return the whole lines of a node, with the comment that ends its last line."""
    end = _last(node)
    return Spot(_line_start(text, node.start_mark.index), _line_end(text, end), replacement)


def _last(node: yaml.Node) -> int:
    """Return where a node's own text ends: a block's mark stands only where the next thing begins."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return max(int(node.end_mark.index) - 1, int(node.start_mark.index))
    last = node.value[-1]
    return _last(last[1] if isinstance(last, tuple) else last)


def _indent(text: str, node: yaml.Node) -> str:
    line = text[_line_start(text, node.start_mark.index) : node.start_mark.index]
    return line[: len(line) - len(line.lstrip(" "))]


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _rewritten(text: str, spots: Iterable[Spot]) -> str:
    for spot in sorted(spots, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: spot.start] + spot.text + text[spot.end :]
    return text


def _appended(text: str, block: str) -> str:
    return (text if text.endswith("\n") or not text else text + "\n") + block

"""Definitions as YAML files, and as a JSON Schema for editors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from pqlml.definition.model import Definition
from pqlml.errors import DefinitionError

_HASH: Final = re.compile(r"^# hash: [0-9a-f]+$", re.MULTILINE)


class _UniqueKeyLoader(yaml.SafeLoader):
    """A key written twice would silently win or lose; here it is an error."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            msg = f"line {line}: a key is a list or a section; expected a name."
            raise DefinitionError(msg)
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node)
        if key in seen:
            msg = f"line {line}: the key {key!r} is written twice in one section; keep one of them."
            raise DefinitionError(msg)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse_definition(text: str, where: str = "definition") -> Definition:
    """Read a definition from YAML text.

    Raises
    ------
    DefinitionError
        Names every problem with its place in the file, and the nearest valid name for an unknown key.
    """
    try:
        content = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        msg = f"{where} is not YAML: {error}"
        raise DefinitionError(msg) from error
    except DefinitionError as error:
        msg = f"{where}: {error}"
        raise DefinitionError(msg) from error
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        msg = f"{where} holds {found}; expected sections like name, sources and conversion (see docs/definition.md)."
        raise DefinitionError(msg)
    try:
        return Definition.model_validate(content)
    except ValidationError as error:
        raise DefinitionError(f"{where} is not a valid definition:\n{_problems(error)}") from error


def load_definition(path: Path | str) -> Definition:
    """Read a definition file; see :func:`parse_definition` for what is refused."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"cannot read the definition {path}: {error.strerror}. Shipped ones: see 'pqlml definition list'."
        raise DefinitionError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path} is not text in UTF-8; expected a YAML file."
        raise DefinitionError(msg) from error
    return parse_definition(text, str(path))


def dump_definition(definition: Definition) -> str:
    """Write a definition as YAML, without what was left to defaults; reading it back gives an equal definition."""
    content = definition.model_dump(mode="json", exclude_unset=True)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def json_schema() -> str:
    """Return the JSON Schema of definition files, with which editors complete and check them."""
    return json.dumps(Definition.model_json_schema(), indent=2) + "\n"


def _problems(error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"]) or "(whole file)"
        message = item["msg"].removeprefix("Value error, ")
        given = item.get("input")
        shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
        lines.append(f"  {place}: {message}{shown}")
    return "\n".join(lines)


def with_hash(text: str, definition: Definition) -> str:
    """Renew the hash in the line that ``pqlml definition show`` writes above a definition, where a text has it."""
    return _HASH.sub(f"# hash: {definition.hash}", text, count=1)

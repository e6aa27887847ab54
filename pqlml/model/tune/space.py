"""Where settings are searched, as data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml
from pydantic import ValidationError

from pqlml.definition.settings import WHOLE, ModelSettings, Setting
from pqlml.errors import DefinitionError

Space = Mapping[str, Setting]
"""Setting -> where it is searched."""

DEFAULT_SPACE: Final[Space] = MappingProxyType(
    {
        "n_trees": Setting(low=50, high=800, log=True),
        "learning_rate": Setting(low=0.01, high=0.15, log=True),
        "num_leaves": Setting(low=3, high=63, log=True),
        "min_child_rows": Setting(low=10, high=500, log=True),
        "feature_share": Setting(low=0.1, high=1.0),
        "row_share": Setting(low=0.5, high=1.0),
        "l2": Setting(low=0.1, high=300.0, log=True),
    }
)
"""What is searched unless the definition or a file says otherwise."""


def load_space(path: Path) -> Space:
    """Read a YAML file with the same form as ``search`` under ``model`` of a definition.

    Raises
    ------
    DefinitionError
        If it cannot be read, or names a setting or value that no learner has.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"cannot read the search space {path}: {error}"
        raise DefinitionError(msg) from error
    if not isinstance(content, dict) or not content:
        msg = f"{path} holds no settings; expected lines such as 'num_leaves: {{low: 4, high: 63, log: true}}'."
        raise DefinitionError(msg)
    try:
        return ModelSettings.model_validate({"search": content}).search
    except ValidationError as error:
        told = "\n".join(
            f"  {'.'.join(map(str, item['loc'][1:])) or '(whole file)'}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        msg = f"{path} is no search space:\n{told}"
        raise DefinitionError(msg) from error


def plain(space: Space) -> dict[str, dict[str, object]]:
    """Return a space as plain data, without what was left out."""
    return {name: setting.model_dump(mode="json", exclude_unset=True) for name, setting in space.items()}


def within(name: str, setting: Setting, value: float) -> float:
    """Return the value of a search that lies nearest to the given one."""
    if setting.choices:
        return min(setting.choices, key=lambda choice: abs(choice - value))
    low, high = setting.bounds
    inside = min(max(value, low), high)
    return round(inside) if name in WHOLE else inside

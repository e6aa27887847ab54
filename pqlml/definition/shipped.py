"""The definitions that come with the toolkit."""

from __future__ import annotations

from pathlib import Path

from pqlml.errors import DefinitionError

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_definitions(package: Path = _PACKAGE) -> dict[str, Path]:
    """Find the definition files that come with the toolkit.

    Parameters
    ----------
    package
        Folder of the installed package. A wheel holds the files in its ``configs`` folder, a source checkout beside it.

    Returns
    -------
    Name (the file's, without ending) -> file, sorted by name.

    Raises
    ------
    DefinitionError
        If the installation lacks them.

    Examples
    --------
    >>> "saas" in shipped_definitions()
    True
    """
    for folder in (package / "configs", package.parent / "configs"):
        files = sorted(folder.glob("*.yaml"))
        if files:
            return {file.stem: file for file in files}
    msg = f"no shipped definitions in {package} nor beside it; expected a folder 'configs'. Install pqlml anew."
    raise DefinitionError(msg)

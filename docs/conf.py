"""Sphinx settings: pages in Markdown, API pages from the docstrings, every reference into pqlml checked."""

from pathlib import Path

import pqlml

project = "pqlml"
author = "The pqlml authors"
release = version = pqlml.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = f"pqlml {version}"
html_show_copyright = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

source = Path(pqlml.__file__).parent
autosummary_context = {  # a package has a page of its own, a module a section on its package's page
    "packages": [".".join(found.parent.relative_to(source.parent).parts) for found in source.rglob("__init__.py")]
}
autodoc_use_legacy_class_based = True  # Sphinx 9.0's new autodoc fails on documented type aliases beside numpydoc
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
_METADATA_METHODS = ("set_fit_request", "set_score_request", "set_split_request", "get_metadata_routing")
autodoc_default_options = {"exclude-members": ", ".join(_METADATA_METHODS)}  # scikit-learn's, not ours
numpydoc_show_class_members = False  # autodoc lists them already

nitpick_ignore_regex = [
    ("py:.*", r"(?!pqlml\.).*"),  # other projects' names can't be looked up without a network
    # What autodoc takes for a class in a signature: functions inside Annotated, private bases, aliases, type variables.
    ("py:class", r"pqlml\.([a-z_]+\.)+([a-z_]+|_\w+|Annotated.*|Name|[A-Z])"),
]

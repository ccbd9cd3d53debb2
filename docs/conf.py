"""How Sphinx builds these pages: `make docs`, warnings are errors."""

from importlib.metadata import version as version_of

project = "community-dispatch"
copyright = "the authors of community-dispatch, Apache-2.0"
version = release = version_of("community-dispatch")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

napoleon_google_docstring = False
autodoc_typehints = "description"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "community-dispatch"

"""Build the documentation: Sphinx reads Markdown, reference pages come from the program itself."""

import os
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext")]
_project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "kindward"
release = version = _project["version"]
author = copyright = "The kindward authors"  # noqa: A001 - Sphinx names the setting
language = os.environ.get("KINDWARD_LANGUAGE", "en")

extensions = ["myst_parser", "kindward_docs"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.iref_ambiguous"]
exclude_patterns = ["_build", "_ext", "locale"]
nitpicky = True
highlight_language = "text"
smartquotes = False

locale_dirs = ["locale"]
gettext_compact = True
gettext_location = False

templates_path = ["_templates"]
html_theme = "furo"
html_title = f"kindward {release}"
html_show_sphinx = False
html_copy_source = False
html_context = {"other_language": ("en", "English") if language == "de" else ("de", "Deutsch")}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/language.html",
        "sidebar/scroll-end.html",
    ]
}

"""Directives that fill reference pages from the program itself, so that they cannot fall behind it."""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from kindward_docs import directives, figures


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directives with Sphinx."""
    directives.register(app)
    figures.register(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

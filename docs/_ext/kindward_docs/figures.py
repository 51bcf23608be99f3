"""Tables and plots of the benchmarks, from the JSON they wrote."""

from sphinx.application import Sphinx


def register(app: Sphinx) -> None:
    """Make the directives known under their names."""

"""Tables and plots of the benchmarks, from the JSON they wrote."""

from docutils import nodes
from sphinx.application import Sphinx

from kindward_docs.pieces import Page


class Benchmarks(Page):
    """Show every benchmark: a table, a plot where one helps, and on what it was measured."""

    def run(self) -> list[nodes.Node]:
        """Make one section per benchmark."""
        return []


def register(app: Sphinx) -> None:
    """Make the directives known under their names."""
    app.add_directive("benchmarks", Benchmarks)

"""Small pieces of pages, made as document nodes so that no text passes through markup twice.

Sphinx does not offer these nodes to translators: they are translated already, through the program's own catalogue.
"""

import re
from collections.abc import Iterable, Sequence

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import _make_id

from kindward.locale import translate

WORDS = {
    "Default": "Vorgabe",
    "empty": "leer",
    "Exit status": "Endestatus",
    "Example": "Beispiel",
    "Status": "Status",
    "Meaning": "Bedeutung",
    "yes or no": "ja oder nein",
    "whole number": "ganze Zahl",
    "number": "Zahl",
    "text": "Text",
    "list of texts": "Reihe von Texten",
}
"""Words that stand inside generated lines; whole sentences of these pages are in their catalogues."""


class Page(SphinxDirective):
    """A directive that makes nodes and speaks the language of the build."""

    def say(self, text: str) -> str:
        """Give a text of the program in the language of the build."""
        if self.config.language == "de" and text in WORDS:
            return WORDS[text]
        return translate(text, self.config.language)

    def sentence(self, text: str) -> nodes.paragraph:
        """Set a text that the program never shows in German; it is translated with the pages."""
        made = nodes.paragraph(text, "", *inline(text))
        made.source, made.line = self.get_source_info()
        return made


def inline(text: str) -> list[nodes.Node]:
    """Set ``text``; what stands between backticks becomes literal."""
    parts = re.split(r"`+([^`]+)`+", text)
    return [nodes.literal("", part) if at % 2 else nodes.Text(part) for at, part in enumerate(parts) if part]


def paragraph(text: str) -> nodes.paragraph:
    """Set one paragraph."""
    return nodes.paragraph("", "", *inline(text))


def literal(text: str) -> nodes.paragraph:
    """Set a name as it is typed."""
    return nodes.paragraph("", "", nodes.literal("", text))


def code(text: str, language: str = "text") -> nodes.literal_block:
    """Set a block of code or output."""
    return nodes.literal_block(text, text, language=language, translatable=False)


def section(title: list[nodes.Node], name: str, *content: nodes.Node) -> nodes.section:
    """Make a section that can be linked to by ``name``."""
    return nodes.section(
        "", nodes.title("", "", *title, translatable=False), *content, ids=[_make_id(name)], names=[name]
    )


def definitions(rows: Iterable[tuple[nodes.Node, str, Sequence[nodes.Node]]]) -> nodes.definition_list:
    """Make a list of terms; each row is (term, name to link to, what it means)."""
    listing = nodes.definition_list()
    for term, name, meaning in rows:
        listing += nodes.definition_list_item(
            "", nodes.term("", "", term, ids=[_make_id(name)] if name else []), nodes.definition("", *meaning)
        )
    return listing


def table(headings: Sequence[str], rows: Iterable[Sequence[nodes.Node]], *, numbers: bool = False) -> nodes.table:
    """Make a table; with ``numbers`` every column but the first is set to the right."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in headings), cols=len(headings))
    group += nodes.thead("", _row([paragraph(heading) for heading in headings], numbers=numbers))
    group += nodes.tbody("", *(_row(row, numbers=numbers) for row in rows))
    return nodes.table("", group, classes=["colwidths-auto"])


def _row(cells: Sequence[nodes.Node], *, numbers: bool) -> nodes.row:
    return nodes.row(
        "",
        *(nodes.entry("", cell, classes=["text-right"] if numbers and at else []) for at, cell in enumerate(cells)),
    )

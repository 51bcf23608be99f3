"""Write a tree as XML, and read it back to hold it against its table."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from kindward.banks.sources.xml_tree import Bounds, Node, read_tree
from kindward.reports import refusals
from kindward.reports.ncmec.checking import check
from kindward.reports.ncmec.forms import Element

_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (section 2.2); people send it all the same."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BOUNDS = Bounds(depth=12, elements=200_000)
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def possible(text: str) -> str:
    """Put the replacement character for what XML cannot hold, so that a report never fails because of it."""
    return _IMPOSSIBLE.sub(_REPLACEMENT, text)


def fragment(node: Node) -> str:
    """Write a tree without the declaration."""
    attributes = "".join(f" {name}={quoteattr(possible(value))}" for name, value in node.attributes.items())
    # A carriage return by itself would be read as a line feed (XML 1.0, section 2.11).
    inside = "".join(map(fragment, node.children)) or escape(possible(node.text), {"\r": "&#13;"})
    return f"<{node.name}{attributes}>{inside}</{node.name}>" if inside else f"<{node.name}{attributes}/>"


def written(node: Node, form: Element) -> bytes:
    """Write a tree as a document that fits its table. Raises: ContentError ``report_field_wrong``."""
    document = DECLARATION + fragment(node).encode()
    read_back(document, form)
    return document


def read_back(document: bytes, form: Element) -> Node:
    """Read a document of ours and hold it against its table. Raises: ContentError ``report_field_wrong``."""
    node = read_tree(document, form.name, "", _BOUNDS, lambda: refusals.field_wrong(form.name, "it is too large"))
    check(node, form)
    return node

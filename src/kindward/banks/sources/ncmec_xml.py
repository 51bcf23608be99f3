"""Read the answers of the NCMEC interface: XML of one namespace, within limits, without anything that XML can hide.

An answer comes from outside, so documents with a type definition or entities are refused before any of it is expanded,
and depth and number of elements are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from kindward.banks.sources.asking import unreadable

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
DEPTH_MOST = 16
"""No answer is nested deeper; the votes of a record stand in level 8."""
ELEMENTS_MOST = 500_000
"""About 1,000 records come in one answer, so each may have 500 elements."""
_SOURCE = "ncmec"
_APART = "\x1f"


@dataclass(slots=True)
class Node:
    """One element; ``name`` is empty if it belongs to another namespace, ``text`` is without spaces around it."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> Node | None:
        """Give the first child of this name."""
        return next((one for one in self.children if one.name == name), None)

    def text_of(self, name: str) -> str:
        """Give the text of the first child of this name; nothing if there is none."""
        found = self.child(name)
        return found.text if found else ""

    def below(self, name: str) -> Iterator[Node]:
        """Give every element of this name under this one, however deep."""
        for one in self.children:
            if one.name == name:
                yield one
            yield from one.below(name)


class _Builder:
    """Builds the tree; an exception in one of these methods ends the reading."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[tuple[Node, list[str]]] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        namespace, _, local = name.rpartition(_APART)
        node = Node(local if namespace == NAMESPACE else "", attributes)
        self._count += 1
        if self._count > ELEMENTS_MOST or len(self._open) >= DEPTH_MOST:
            raise unreadable(_SOURCE)
        if self._open:
            self._open[-1][0].children.append(node)
        else:
            self.root = node
        self._open.append((node, []))

    def text(self, piece: str) -> None:
        """Take a piece of text."""
        if self._open:
            self._open[-1][1].append(piece)

    def end(self, _name: str) -> None:
        """End an element."""
        node, pieces = self._open.pop()
        node.text = "".join(pieces).strip()

    def refuse(self, *_facts: object) -> None:
        """Refuse what an answer never needs."""
        raise unreadable(_SOURCE)


def read_answer(body: bytes, root: str) -> Node:
    """Read an answer whose outermost element is ``root``. Raises: ContentError for anything else."""
    builder = _Builder()
    # Whatever a document says of its encoding, the interface prescribes UTF-8.
    parser = expat.ParserCreate("utf-8", _APART)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the library takes it by position only
    except expat.ExpatError as problem:
        raise unreadable(_SOURCE) from problem
    if builder.root is None or builder.root.name != root:
        raise unreadable(_SOURCE)
    return builder.root


def feedback(guid: str) -> bytes:
    """Write a vote: affirmative without a reason, negative with the guid of one."""
    reasons = f"<reasonIds><guid>{escape(guid)}</guid></reasonIds>"
    vote = f"<negative>{reasons}</negative>" if guid else "<affirmative/>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feedbackSubmission xmlns="{NAMESPACE}">{vote}</feedbackSubmission>'
    ).encode()

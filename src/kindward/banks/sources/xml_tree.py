"""Read XML from outside into a plain tree, within limits, without anything that XML can hide.

Documents with a type definition or entities are refused before any of it is expanded, and depth and number of elements
are bounded. The readers of lists and of answers of reporting centres share this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

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


@dataclass(frozen=True, slots=True)
class Bounds:
    """How deep a document may be nested and how many elements it may have."""

    depth: int
    elements: int


class _Builder:
    """Builds the tree; an exception in one of these methods ends the reading."""

    def __init__(self, namespace: str, bounds: Bounds, refused: Callable[[], Exception]) -> None:
        self.root: Node | None = None
        self._namespace, self._bounds, self._refused = namespace, bounds, refused
        self._open: list[tuple[Node, list[str]]] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        namespace, _, local = name.rpartition(_APART)
        node = Node(local if namespace == self._namespace else "", attributes)
        self._count += 1
        if self._count > self._bounds.elements or len(self._open) >= self._bounds.depth:
            raise self._refused()
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
        raise self._refused()


def read_tree(body: bytes, root: str, namespace: str, bounds: Bounds, refused: Callable[[], Exception]) -> Node:
    """Read a document whose outermost element is ``root``. Raises: what ``refused`` makes, for anything else."""
    builder = _Builder(namespace, bounds, refused)
    # Whatever a document says of its encoding, the interfaces prescribe UTF-8.
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
        raise refused() from problem
    if builder.root is None or builder.root.name != root:
        raise refused()
    return builder.root

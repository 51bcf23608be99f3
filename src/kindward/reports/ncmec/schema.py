"""Compare NCMEC's schema, as it is today, with our tables, so that a change is noticed before a report is rejected.

The schema is NCMEC's and no part of kindward; it is fetched, compared and forgotten. That our tables are stricter in
places (the documentation is, too) is no difference; that they allow what the schema does not is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kindward.banks.sources.xml_tree import Bounds, Node, read_tree
from kindward.reports import refusals
from kindward.reports.ncmec.codes import AUTHORITY
from kindward.reports.ncmec.file_tables import FILE_DETAILS
from kindward.reports.ncmec.forms import MANY, Element
from kindward.reports.ncmec.report_tables import REPORT

NAMESPACE = "http://www.w3.org/2001/XMLSchema"
ROOTS = (REPORT, FILE_DETAILS)
_BOUNDS = Bounds(depth=40, elements=50_000)
_DEEPEST = 12
_GROUPS = frozenset({"sequence", "all", "choice"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where schema and tables differ; ``kind`` is a code, ``more`` names or numbers."""

    path: str
    kind: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """An element as the schema has it."""

    name: str
    least: int
    most: int
    children: tuple[_Found, ...] = ()
    attributes: tuple[tuple[str, bool], ...] = ()
    choices: frozenset[str] = frozenset()


def differences(schema: bytes) -> list[Difference]:
    """List where the schema differs from our tables. Raises: RemoteError if it cannot be understood."""
    found = _Schema(read_tree(schema, "schema", NAMESPACE, _BOUNDS, lambda: refusals.unreadable(AUTHORITY)))
    differing: list[Difference] = []
    for form in ROOTS:
        element = found.root(form.name)
        if element is None:
            differing.append(Difference(form.name, "gone"))
        else:
            differing += _compare(element, form, form.name)
    return differing


def _compare(found: _Found, form: Element, path: str) -> Iterator[Difference]:
    yield from _compare_attributes(found, form, path)
    choices = form.text.choices if form.text is not None else frozenset[str]()
    if found.choices and choices != found.choices and form.text is not None:
        yield Difference(path, "words", ", ".join(sorted(choices ^ found.choices)))
    theirs = {child.name: child for child in found.children}
    ours = {child.name: child for child in form.children}
    yield from (Difference(f"{path}/{name}", "new") for name in theirs if name not in ours)
    yield from (Difference(f"{path}/{name}", "gone") for name in ours if name not in theirs)
    both = [name for name in theirs if name in ours]
    if not form.any_order and both != [name for name in ours if name in theirs]:
        yield Difference(path, "order", ", ".join(both))
    for name in both:
        here = f"{path}/{name}"
        if theirs[name].least > ours[name].least and not form.exclusive:
            yield Difference(here, "required")
        if theirs[name].most < ours[name].most:
            yield Difference(here, "at_most", str(theirs[name].most))
        yield from _compare(theirs[name], ours[name], here)


def _compare_attributes(found: _Found, form: Element, path: str) -> Iterator[Difference]:
    theirs = dict(found.attributes)
    yield from (Difference(f"{path}@{name}", "new") for name in theirs if name not in form.attributes)
    yield from (Difference(f"{path}@{name}", "gone") for name in form.attributes if name not in theirs)
    for name, required in theirs.items():
        if required and name in form.attributes and not form.attributes[name].required:
            yield Difference(f"{path}@{name}", "required")


class _Schema:
    """The named parts of a schema, and the elements they describe."""

    def __init__(self, root: Node) -> None:
        named = [child for child in root.children if "name" in child.attributes]
        self._elements = {child.attributes["name"]: child for child in named if child.name == "element"}
        self._types = {child.attributes["name"]: child for child in named if child.name.endswith("Type")}

    def root(self, name: str) -> _Found | None:
        """Give a top-level element with everything below it."""
        return self._element(self._elements[name], 0) if name in self._elements else None

    def _element(self, node: Node, depth: int) -> _Found:
        if depth > _DEEPEST:
            raise refusals.unreadable(AUTHORITY)
        least, most = _count(node, "minOccurs"), _count(node, "maxOccurs")
        if "ref" in node.attributes:
            there = self._elements.get(_local(node.attributes["ref"]))
            if there is None:
                raise refusals.unreadable(AUTHORITY)
            return replace(self._element(there, depth + 1), least=least, most=most)
        name = node.attributes.get("name", "")
        kind = self._types.get(_local(node.attributes.get("type", ""))) or node.child("complexType")
        kind = kind or node.child("simpleType")
        if kind is None:
            return _Found(name, least, most)
        children = tuple(self._element(child, depth + 1) for child in _elements_of(kind))
        return _Found(name, least, most, children, tuple(_attributes_of(kind)), _choices_of(kind))


def _elements_of(kind: Node) -> Iterator[Node]:
    for child in kind.children:
        if child.name == "element":
            yield child
        elif child.name in _GROUPS:
            yield from _elements_of(child)


def _attributes_of(kind: Node) -> Iterator[tuple[str, bool]]:
    for place in (kind, *_extensions(kind)):
        for child in place.children:
            if child.name == "attribute":
                yield child.attributes.get("name", ""), child.attributes.get("use") == "required"


def _extensions(kind: Node) -> Iterator[Node]:
    for child in kind.children:
        if child.name == "extension":
            yield child
        elif child.name in {"simpleContent", "complexContent"}:
            yield from _extensions(child)


def _choices_of(kind: Node) -> frozenset[str]:
    restrictions = [child for child in kind.children if child.name == "restriction"]
    listed = (value for one in restrictions for value in one.children if value.name == "enumeration")
    return frozenset(one.attributes.get("value", "") for one in listed)


def _count(node: Node, name: str) -> int:
    text = node.attributes.get(name, "1")
    if text == "unbounded":
        return MANY
    if not (text.isascii() and text.isdecimal() and len(text) <= len("999999")):
        raise refusals.unreadable(AUTHORITY)
    return int(text)


def _local(name: str) -> str:
    return name.rpartition(":")[2]

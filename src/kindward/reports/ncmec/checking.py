"""Hold a form against its table before it is sent, because a rejected report costs a day in which a child waits."""

from __future__ import annotations

from collections import Counter

from kindward.banks.sources.xml_tree import Node
from kindward.reports import refusals
from kindward.reports.ncmec.forms import Element, Text


def check(node: Node, form: Element, path: str = "") -> None:
    """Make sure that a tree fits its table. Raises: ContentError that names the field and the rule, not the value."""
    here = f"{path}/{form.name}" if path else form.name
    if node.name != form.name:
        raise refusals.field_wrong(here, "another element stands here")
    _check_attributes(node, form, here)
    if form.children:
        _check_children(node, form, here)
    else:
        if node.children:
            raise refusals.field_wrong(here, "it holds no other elements")
        _check_text(node.text, form.text, here)


def _check_text(text: str, form: Text | None, path: str) -> None:
    if form is None and text:
        raise refusals.field_wrong(path, "it holds no text")
    if form is not None and not form.fits(text):
        raise refusals.field_wrong(path, form.rule)


def _check_attributes(node: Node, form: Element, path: str) -> None:
    for name, value in node.attributes.items():
        if name not in form.attributes:
            raise refusals.field_wrong(f"{path}@{name}", "there is no such attribute")
        _check_text(value, form.attributes[name].text, f"{path}@{name}")
    for name, attribute in form.attributes.items():
        if attribute.required and name not in node.attributes:
            raise refusals.field_wrong(f"{path}@{name}", "it is missing")


def _check_children(node: Node, form: Element, path: str) -> None:
    if node.text:
        raise refusals.field_wrong(path, "it holds no text of its own")
    places = {child.name: number for number, child in enumerate(form.children)}
    reached = 0
    for child in node.children:
        if child.name not in places:
            raise refusals.field_wrong(f"{path}/{child.name}", "there is no such element")
        if not form.any_order and places[child.name] < reached:
            raise refusals.field_wrong(f"{path}/{child.name}", "it stands in the wrong order")
        reached = max(reached, places[child.name])
        check(child, form.children[places[child.name]], path)
    _check_counts(Counter(child.name for child in node.children), form, path)


def _check_counts(counts: Counter[str], form: Element, path: str) -> None:
    for child in form.children:
        if counts[child.name] < child.least:
            raise refusals.field_wrong(f"{path}/{child.name}", "it is missing")
        if counts[child.name] > child.most:
            raise refusals.field_wrong(f"{path}/{child.name}", "it stands there too often")
    for group in form.exclusive:
        present = sum(1 for name in group if counts[name])
        if present > 1 or (form.exactly_one and present != 1):
            raise refusals.field_wrong(path, "it holds exactly one kind of thing")

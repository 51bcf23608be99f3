"""Write our tables as a schema, for stand-ins of NCMEC that have to answer with one.

It says what our tables say, in our arrangement; NCMEC's own schema is not part of kindward.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from kindward.reports.ncmec.forms import MANY, Attribute, Element, Text
from kindward.reports.ncmec.schema import NAMESPACE, ROOTS

_LISTED = 20
"""Longer lists of words (countries) are left to our own check."""


def schema() -> bytes:
    """Write the schema of the two documents that are sent."""
    inside = "".join(_element(form, root=True) for form in ROOTS)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<xs:schema xmlns:xs="{NAMESPACE}">{inside}</xs:schema>\n'.encode()


def _element(form: Element, *, root: bool = False) -> str:
    counts = "" if root else f' minOccurs="{form.least}" maxOccurs="{_most(form.most)}"'
    return f"<xs:element name={quoteattr(form.name)}{counts}>{_type(form)}</xs:element>"


def _most(number: int) -> str:
    return "unbounded" if number == MANY else str(number)


def _type(form: Element) -> str:
    attributes = "".join(_attribute(name, one) for name, one in form.attributes.items())
    if form.children:
        group = "all" if form.any_order else "choice" if form.exactly_one else "sequence"
        inside = "".join(map(_element, form.children))
        return f"<xs:complexType><xs:{group}>{inside}</xs:{group}>{attributes}</xs:complexType>"
    if not attributes:
        return _simple(form.text)
    if form.text is None:
        return f"<xs:complexType>{attributes}</xs:complexType>"
    extension = f'<xs:extension base="xs:string">{attributes}</xs:extension>'
    return f"<xs:complexType><xs:simpleContent>{extension}</xs:simpleContent></xs:complexType>"


def _attribute(name: str, form: Attribute) -> str:
    use = ' use="required"' if form.required else ""
    return f"<xs:attribute name={quoteattr(name)}{use}>{_simple(form.text)}</xs:attribute>"


def _simple(text: Text | None) -> str:
    choices = sorted(text.choices) if text is not None and len(text.choices) <= _LISTED else []
    listed = "".join(f"<xs:enumeration value={quoteattr(choice)}/>" for choice in choices)
    longest = f'<xs:maxLength value="{text.longest}"/>' if text is not None and text.longest < MANY else ""
    return f'<xs:simpleType><xs:restriction base="xs:string">{listed}{longest}</xs:restriction></xs:simpleType>'

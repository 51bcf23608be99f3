"""How a form of NCMEC is described: elements in their order, how often each comes, and what its text may be.

The tables in the modules beside this one are ours; the schema itself is NCMEC's and is fetched and compared at run
time. Where the documentation is stricter than the schema, the tables follow the documentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kindward.banks.sources.xml_tree import Node
from kindward.reports.countries import COUNTRIES, US_STATES

MANY = 1_000_000
"""More than any report has: the schema says unbounded."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a text may be: at most ``longest`` characters, one of ``choices``, or of the form of ``pattern``."""

    rule: str
    longest: int = MANY
    choices: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    least: int | None = None
    most: int | None = None

    def fits(self, text: str) -> bool:
        """Say whether a text may stand here."""
        if len(text) > self.longest or (self.choices and text not in self.choices):
            return False
        if self.pattern is not None and self.pattern.fullmatch(text) is None:
            return False
        return self.least is None or self.most is None or self.least <= int(text) <= self.most


def shaped(rule: str, pattern: str, longest: int = MANY) -> Text:
    """Take texts of the form of a regular expression; ``rule`` says it in words."""
    return Text(rule, longest, pattern=re.compile(pattern, re.DOTALL))


def up_to(longest: int) -> Text:
    """Take texts of at most so many characters that are not only blanks."""
    return shaped(f"a text of at most {longest} characters", r".*\S.*", longest)


def one_of(*choices: str) -> Text:
    """Take one of these words."""
    return Text("one of the words that NCMEC lists", choices=frozenset(choices))


def number(least: int, most: int) -> Text:
    """Take whole numbers from ``least`` to ``most``."""
    whole = shaped(f"a whole number from {least} to {most}", r"-?[0-9]{1,19}")
    return replace(whole, least=least, most=most)


_ZONE = r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
ANY = Text("any text")
BOOLEAN = one_of("true", "false")
TRUE = one_of("true")
DATE_TIME = shaped("a time with its zone", rf"{_DAY}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]{_ZONE}")
DATE = shaped("a day such as 2001-02-03", _DAY)
LONG = number(0, 2**63 - 1)
COUNTRY = Text("the code of a country", choices=COUNTRIES)
US_STATE = Text("the code of a state of the USA", choices=US_STATES)
EMAIL = shaped("an e-mail address", r"[^@\s]{1,64}@[^@\s]+", 255)
IP = shaped("an IP address", r"[0-9a-fA-F.:]{2,45}")
DEGREES = shaped("degrees as a decimal number", r"[+-]?[0-9]{1,3}(\.[0-9]{1,12})?")
TOKEN = shaped("a token", r"\S{1,128}")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an element."""

    text: Text
    required: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """An element: how often it comes in its place, what it holds.

    ``children`` stand in their order, unless ``any_order``. Of each group in ``exclusive`` at most one name comes, and
    one must if ``exactly_one``. An element without children holds a text, or nothing if ``text`` is None.
    """

    name: str
    least: int = 1
    most: int = 1
    text: Text | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    children: tuple[Element, ...] = ()
    any_order: bool = False
    exclusive: tuple[frozenset[str], ...] = ()
    exactly_one: bool = False


def one(form: Element) -> Element:
    """Let it come exactly once."""
    return replace(form, least=1, most=1)


def maybe(form: Element) -> Element:
    """Let it come at most once."""
    return replace(form, least=0, most=1)


def many(form: Element) -> Element:
    """Let it come as often as there is something to say."""
    return replace(form, least=0, most=MANY)


def some(form: Element) -> Element:
    """Let it come at least once."""
    return replace(form, least=1, most=MANY)


def named(name: str, form: Element) -> Element:
    """Give a form another name, where one kind of thing stands in several places."""
    return replace(form, name=name)


def words(name: str, text: Text, **attributes: Attribute) -> Element:
    """Describe an element that holds a text."""
    return Element(name, text=text, attributes=attributes)


def marks(name: str, *names: str) -> Element:
    """Describe an element that holds marks: each is there and true, or not there."""
    return Element(name, children=tuple(maybe(words(mark, TRUE)) for mark in names), any_order=True)


def parts(name: str, *children: Element, **attributes: Attribute) -> Element:
    """Describe an element that holds others in their order."""
    return Element(name, children=children, attributes=attributes)


def plain(name: str, text: str = "", **attributes: str) -> Node:
    """Make a node that holds a text; attributes without a value are left out."""
    return Node(name, {key: value for key, value in attributes.items() if value}, [], text)


def holding(name: str, *children: Node | None, **attributes: str) -> Node:
    """Make a node that holds others; what is None is left out."""
    node = plain(name, "", **attributes)
    node.children.extend(child for child in children if child is not None)
    return node


def said(name: str, text: str, **attributes: str) -> Node | None:
    """Make a node for a text, or none where there is nothing to say."""
    return plain(name, text, **attributes) if text.strip() else None


def judged(name: str, value: bool | None) -> Node | None:  # noqa: FBT001 - a value to be written, no switch
    """Make a node for yes or no, or none where nobody knows."""
    return None if value is None else plain(name, yes_or_no(value))


def yes_or_no(value: bool | None) -> str:  # noqa: FBT001 - the same
    """Write yes or no as the schema does; nothing where nobody knows."""
    return "" if value is None else str(value).lower()

"""The form as a PDF for people, in German or English.

It is made from the very record that is signed and says everything that the record says, in its order. The library is
optional and loaded on first use; its fonts lie beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from kindward.locale import translate
from kindward.reports import refusals
from kindward.reports.eu import words
from kindward.reports.records import PLACE, Record, written

FONT = "Kindward"
_SHIPPED = "Vera.ttf"
_MARGIN = 56
_INDENT = 14
_MOMENT = {"at", "zone_known"}
CODED = frozenset({"act", "because", "kind", "marks", "origin", PLACE, "relevance", "topic", "type"})
"""Fields whose value is a word of a list; all other texts are shown as they are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: how deep it stands, what it is called, and what it says."""

    depth: int
    label: str
    value: str = ""


def lines(form: Record, language: str) -> list[Line]:
    """Give what the page says, line by line; lists number their members."""
    return list(_lines(form, language, 0))


def pdf(form: Record, digest: str, language: str, font: Path | None = None) -> bytes:
    """Write a form as a PDF; the same form gives the same bytes.

    The font that is shipped holds Latin letters; signs that a font lacks are written as ``[U+0416]``, so that nothing
    goes missing unseen. ``font`` is a TrueType file with more of them. Raises: ConfigError ``reports_library_missing``.
    """
    try:
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont
        from reportlab.platypus import Paragraph, SimpleDocTemplate
    except ImportError as problem:
        raise refusals.library_missing("reportlab") from problem
    shipped = TTFont(FONT, str(font) if font else _SHIPPED)
    pdfmetrics.registerFont(shipped)
    known = frozenset(shipped.face.charToGlyph)

    def paragraph(text: str, depth: int = 0, size: int = 9, above: int = 0) -> Any:  # noqa: ANN401 - a type of the library
        """Make a paragraph."""
        indent = depth * _INDENT
        style = ParagraphStyle(
            "", fontName=FONT, fontSize=size, leading=size * 1.4, leftIndent=indent, spaceBefore=above
        )
        return Paragraph(text, style)

    def say(text: str, **facts: object) -> str:
        """Give a text in the language of the form with its facts."""
        return _marked(translate(text, language).format(**facts), known)

    story = [paragraph(say(words.TITLE), size=14), paragraph(say(words.FOR_READING, digest=digest), above=6)]
    story.append(paragraph(say(words.NO_EMERGENCY_LINE)))
    for line in lines(form, language):
        label, value = _marked(line.label, known), _marked(line.value, known)
        if value:
            story.append(paragraph(f'<font color="#555555">{label}:</font> {value}', line.depth))
        else:
            story.append(paragraph(label, line.depth, 9 if line.depth else 11, 3 if line.depth else 8))
    return _built(SimpleDocTemplate, story, say(words.TITLE), language)


def digest_of(form: Record) -> str:
    """Give the SHA-256 of a form in its one way of being written."""
    return sha256(written(form)).hexdigest()


def _built(template: Any, story: list[Any], title: str, language: str) -> bytes:  # noqa: ANN401 - types of the library
    out = BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN)
    document = template(out, title=title, invariant=1, lang=language, **margins)

    def number(page: Any, _document: object) -> None:  # noqa: ANN401 - a type of the library
        """Write the number of a page at its foot."""
        page.setFont(FONT, 8)
        page.drawString(_MARGIN, _MARGIN / 2, translate(words.PAGE, language).format(number=page.getPageNumber()))

    document.build(story, onFirstPage=number, onLaterPages=number)
    return out.getvalue()


def _lines(record: Record, language: str, depth: int) -> Iterator[Line]:
    for name, value in record.items():
        label = translate(words.LABELS[name], language)
        if isinstance(value, dict) and value.keys() == _MOMENT:
            zone = "" if value["zone_known"] else f" ({translate(words.ZONE_UNKNOWN, language)})"
            yield Line(depth, label, value["at"] + zone)
        elif isinstance(value, dict):
            yield Line(depth, label)
            yield from _lines(value, language, depth + 1)
        elif isinstance(value, list) and value and isinstance(value[0], dict | list):
            for count, one in enumerate(value, 1):
                yield from _member(one, f"{label} {count}", language, depth)
        else:
            yield Line(depth, label, _value(name, value, language))


def _member(one: Any, label: str, language: str, depth: int) -> Iterator[Line]:  # noqa: ANN401 - any record
    if isinstance(one, dict):
        yield Line(depth, label)
        yield from _lines(one, language, depth + 1)
    else:
        yield Line(depth, label, ": ".join(map(str, one)))


def _value(name: str, value: Any, language: str) -> str:  # noqa: ANN401 - any record
    if isinstance(value, bool):
        return translate(words.YES if value else words.NO, language)
    if isinstance(value, list):
        return ", ".join(_value(name, one, language) for one in value)
    meaning = words.VALUES.get(str(value), "") if name in CODED else ""
    return translate(meaning, language) or str(value)


def _marked(text: str, known: frozenset[int]) -> str:
    """Write a text for the page: nothing in it is markup, line ends stay, unknown signs are named."""
    shown = "".join(sign if sign == "\n" or ord(sign) in known else f"[U+{ord(sign):04X}]" for sign in text)
    return escape(shown).replace("\n", "<br/>")

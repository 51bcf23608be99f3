"""Read Project VIC lists: VICS 2.0 and 1.3, the 1.2 of NIST and CAID, as media lists and as exports of cases.

The data model is shared under agreement only. The shape read here is the one that the open forensic tool IPED reads
(its ``HashDBTool``): an OData document whose first member is the context and whose ``value`` holds the media, or the
cases that hold them. A category is a number of one jurisdiction, so it never leaves its context: ``vics2.0/US:1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kindward.banks.entries import printable
from kindward.banks.formats.fields import PHOTODNA, fingerprint, item_of, photodna, yes
from kindward.banks.formats.json_stream import JsonReader, Readable
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, NAMED, SHA1, SHA256, Kind
from kindward.banks.rejected import Rejected
from kindward.errors import ContentError
from kindward.model import Entry

_BEGINS = re.compile(r'\s*\{\s*(["}]|\Z)')
_CONTEXTS = ("@odata.context", "odata.context", "odata.metadata", "@odata.metadata")
_ADDRESS = re.compile(r"/DataModels/(?P<version>\d{1,2}\.\d{1,2})\.xml(?:/(?P<part>[A-Za-z]{2,20}))?", re.ASCII)
_HOLDS = re.compile(r"#\s*(Media|Cases)\b")
_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
_NOT_PERTINENT = 0
_UNCATEGORISED = {
    "vics1.2": 5,
    "vics1.3": 5,
    "vics2.0": 5,
    "vics2.0/Default": 5,
    "vics2.0/US": 5,
}
"""By which number a context says that nobody has looked yet; in other contexts, such as /UK/, 5 is a category."""
_KINDS: dict[str, Kind] = {"MD5": MD5, "SHA1": SHA1, "SHA256": SHA256}
_ALTERNATIVES = {**NAMED, "sha-1": SHA1, "sha-256": SHA256}
_NOTED = ("IsDistributed", "IsSuspected", "OffenderIdentified", "VictimIdentified")
_CONTEXT_MOST = 300


@dataclass(frozen=True, slots=True)
class Context:
    """By which scheme the categories of a list are numbered, and what the list holds."""

    scheme: str
    holds: str

    @property
    def uncategorised(self) -> int | None:
        """Give the category that means that nobody has looked yet; None if this scheme has none that is known."""
        return _UNCATEGORISED.get(self.scheme)


def begins_vics(text: str) -> bool:
    """Say whether a list that begins with this line is JSON, which only Project VIC lists are."""
    return _BEGINS.match(text.lstrip("\ufeff")) is not None


def read_vics(stream: Readable, begun: str = "", *, origin: str = "") -> Iterator[Item | Rejected]:
    """Read a Project VIC list in bounded memory; ``begun`` is what was read from the stream already.

    Every record gives an item, a rejection, or, if only one of its fingerprints is unreadable, both. The line of a
    rejection is the number of the record, counted from 1. Raises: ContentError if the list is damaged or cut off, or
    does not say by which scheme its categories are numbered.
    """
    reader = JsonReader(stream, begun.lstrip("\ufeff"))
    context: Context | None = None
    listed = False
    for name in reader.members():
        if name in _CONTEXTS:
            context = find_context(reader.value())
        elif name == "value" and reader.next_sign() == "[":
            if context is None:
                raise _no_context()
            listed = True
            for number, record in enumerate(_records(reader, context), 1):
                yield from read_record(record, number, context, origin)
        else:
            reader.skip()
    reader.end()
    if not listed:
        raise _no_context()


def _records(reader: JsonReader, context: Context) -> Iterator[object]:
    for _ in reader.elements():
        if context.holds == "Media" or reader.next_sign() != "{":
            yield reader.value()
            continue
        for name in reader.members():
            if name == "Media" and reader.next_sign() == "[":
                for _ in reader.elements():
                    yield reader.value()
            else:
                reader.skip()


def find_context(address: object) -> Context:
    """Understand the address of a context. Raises: ContentError if it is none.

    An address that is not known is its own scheme, so that its numbers are never taken for those of another one.
    """
    holds = _HOLDS.search(address) if isinstance(address, str) and len(address) <= _CONTEXT_MOST else None
    if not isinstance(address, str) or not holds:
        raise _no_context()
    known = _ADDRESS.search(address)
    if not known:
        return Context(printable(address.partition("#")[0].removesuffix("$metadata")), holds[1])
    return Context(f"vics{known['version']}" + (f"/{known['part']}" if known["part"] else ""), holds[1])


def read_record(record: object, number: int, context: Context, origin: str) -> Iterator[Item | Rejected]:
    """Read one medium; what is left out and why stands in the docstring of this module and in the reference."""
    if not isinstance(record, dict):
        yield Rejected(number, "record_unreadable")
        return
    category = _category(record.get("Category"))
    refused = _refused(category, context)
    if refused or category is None:
        yield Rejected(number, refused, {} if category is None else {"category": f"{context.scheme}:{category}"})
        return
    severity, note = f"{context.scheme}:{category}", _note(record)
    entries, kept, rejected = [], [], []
    for found in _fingerprints(record, number):
        if isinstance(found, Rejected):
            rejected.append(found)
        elif isinstance(found, Kept):
            kept.append(found)
        else:
            kind, value = found
            entries.append(Entry("", kind.signal, value, source=printable(origin), severity=severity, note=note))
    if entries or kept or not rejected:
        yield item_of(_text(record.get("MediaID")), entries, kept, number)
    yield from rejected


def _category(given: object) -> int | None:
    text = _text(given)
    return int(text) if _NUMBER.fullmatch(text) else None


def _refused(category: int | None, context: Context) -> str:
    if category is None:
        return "category_unreadable"
    if category == _NOT_PERTINENT:
        return "category_not_pertinent"
    return "category_uncategorised" if category == context.uncategorised else ""


def _fingerprints(record: dict[str, object], number: int) -> Iterator[tuple[Kind, bytes] | Kept | Rejected]:
    for name, kind in _KINDS.items():
        yield from _matched(kind, _text(record.get(name)), number)
    yield from _photodna(_text(record.get("PhotoDNA")), number)
    for other in _objects(record.get("AlternativeHashes")):
        yield from _alternative(_text(other.get("HashName")), _text(other.get("HashValue")), number)
    for file in _objects(record.get("MediaFiles")):
        yield from _matched(MD5, _text(file.get("MD5")), number)


def _alternative(name: str, text: str, number: int) -> Iterator[tuple[Kind, bytes] | Kept | Rejected]:
    name = printable(name).lower()
    kind = _ALTERNATIVES.get(name)
    if name == PHOTODNA:
        yield from _photodna(text, number)
    elif kind is not None:
        yield from _matched(kind, text, number)
    elif text:
        yield Kept(name, printable(text)) if name else Rejected(number, "fingerprint_nameless")


def _matched(kind: Kind, text: str, number: int) -> Iterator[tuple[Kind, bytes] | Rejected]:
    if text:
        value = fingerprint(kind, text, number)
        yield value if isinstance(value, Rejected) else (kind, value)


def _photodna(text: str, number: int) -> Iterator[Kept | Rejected]:
    if text:
        yield photodna(text, number)


def _objects(given: object) -> Iterator[dict[str, object]]:
    yield from (one for one in given if isinstance(one, dict)) if isinstance(given, list) else ()


def _note(record: dict[str, object]) -> str:
    """Note in few words what is known; names of series, tags and comments can name a victim and stay out."""
    said = [name for name in _NOTED if yes(_text(record.get(name)))]
    return " ".join([*said, *(["Series"] if _text(record.get("Series")) else [])])


def _text(given: object) -> str:
    """Read a text or a number; nothing else has a meaning here."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given).strip() if isinstance(given, str | int) else ""


def _no_context() -> ContentError:
    return ContentError(
        "context_missing",
        "This is JSON, but not a Project VIC list that says first by which scheme its categories are numbered.",
        "Export it as VICS 1.3 or 2.0; the first member must be `@odata.context` or `odata.metadata`.",
    )

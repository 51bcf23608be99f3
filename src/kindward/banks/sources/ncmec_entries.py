"""Read the records of the NCMEC hash lists: pictures, films, tombstones, and the votes of members on fingerprints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from kindward.banks.entries import printable
from kindward.banks.formats.fields import ID_MOST, fingerprint
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, PDQ, SHA1, Kind
from kindward.banks.rejected import Rejected
from kindward.banks.sources.ncmec_xml import Node
from kindward.model import Entry

WITHDRAWN = "withdrawn_by_source"
MATCHED: dict[str, Kind] = {"md5": MD5, "sha1": SHA1, "pdq": PDQ}
"""Fingerprints that are matched, by the name of their element; every other one is kept."""
LISTED = {"image": "image", "video": "video"}
TOMBSTONES = {"deletedImage", "deletedVideo"}
_MEMBER = re.compile(r"\d{1,12}", re.ASCII)
_CLASS = re.compile(r"\w[\w .+-]{0,39}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_KEPT_MOST = 1 << 16
_NAME_MOST = 100


@dataclass(frozen=True, slots=True)
class Record:
    """What one record says: its item, unless nothing of it can be used, and what of it cannot.

    ``changed`` is when the provider changed it last, without the Z, so that it sorts by time also with fractions of a
    second; empty if it does not say.
    """

    member: str
    changed: str
    item: Item | None
    rejected: tuple[Rejected, ...] = ()


def records_in(answer: Node) -> Iterator[Node]:
    """Give the elements that stand for records, in their order; also those of lists that are not known here."""
    for one in answer.children:
        if one.name != "paging":
            yield from one.children


def read_record(record: Node, number: int) -> Record:
    """Read one record; ``number`` counts the records of an answer from 1."""
    by = record.child("member")
    member = by.attributes.get("id", "").strip() if by else ""
    changed = record.text_of("timestamp")
    changed = changed[:-1] if _MOMENT.fullmatch(changed) and _is_moment(changed) else ""
    if record.name not in LISTED and record.name not in TOMBSTONES:
        return Record(member, changed, None, (Rejected(number, "record_unreadable"),))
    said = record.text_of("id")
    item_id = f"{member}-{said}"
    if not said or not _MEMBER.fullmatch(member) or printable(said) != said:
        return Record(member, changed, None, (Rejected(number, "record_without_id"),))
    if len(item_id) > ID_MOST:
        return Record(member, changed, None, (Rejected(number, "id_too_long", {"most": ID_MOST}),))
    if record.name in TOMBSTONES:
        return Record(member, changed, Item(item_id, reason=WITHDRAWN))
    return _listed(record, item_id, member, changed, number)


def _listed(record: Node, item_id: str, member: str, changed: str, number: int) -> Record:
    prints, votes = record.child("fingerprints"), _votes(record.child("feedback"))
    if votes is None:
        return Record(member, changed, None, (Rejected(number, "record_unreadable"),))
    by, entries, kept, rejected = record.child("member"), list[Entry](), list[Kept](), list[Rejected]()
    name = printable(by.text)[:_NAME_MOST] if by else ""
    classed = record.text_of("classification")
    common = Entry(
        item_id,
        "",
        b"",
        source=f"ncmec:{name or member}",
        severity=f"ncmec:{classed if _CLASS.fullmatch(classed) else 'unknown'}",
        note=LISTED[record.name],
        added=changed[:10],
    )
    for one in prints.children if prints else ():
        match _fingerprint(one, number):
            case (str() as signal, bytes() as value):
                positive, negative = (len(votes.get((sense, _plain(one.name)), ())) for sense in _SENSES)
                entries.append(replace(common, signal=signal, value=value, positive=positive, negative=negative))
            case Kept() as found:
                kept.append(found)
            case Rejected() as found:
                rejected.append(found)
    if not (entries or kept):
        return Record(member, changed, None, tuple(rejected) or (Rejected(number, "fingerprint_missing"),))
    return Record(member, changed, Item(item_id, tuple(entries), tuple(kept)), tuple(rejected))


def _fingerprint(one: Node, number: int) -> tuple[str, bytes] | Kept | Rejected | None:
    """Read one fingerprint: matched, kept, or rejected; None for an element that says nothing."""
    name, said = one.name.lower().replace("-", "_"), one.text or one.attributes.get("href", "").strip()
    if not said and not one.children:
        return None
    if not name or not name.isascii():
        return Rejected(number, "fingerprint_nameless")
    if len(said) > _KEPT_MOST or len(name) > _NAME_MOST or one.children:
        return Rejected(number, "fingerprint_unreadable")
    kind = MATCHED.get(name)
    if kind is None or not one.text:
        return Kept(name, printable(said))
    value = fingerprint(kind, said, number)
    return value if isinstance(value, Rejected) else (kind.signal, value)


_SENSES = ("affirmativeFeedback", "negativeFeedback")


def _votes(told: Node | None) -> dict[tuple[str, str], set[str]] | None:
    """Give who voted, by sense and type of fingerprint; None if votes are there that cannot be assigned.

    A member is counted once however many reasons it gives. Where the members stand beside the reasons is not the same
    in every description of the interface, so they are taken from wherever they stand.
    """
    votes: dict[tuple[str, str], set[str]] = {}
    for one in told.children if told else ():
        kind = _plain(one.attributes.get("type", ""))
        if one.name not in _SENSES or not kind:
            return None
        voters = votes.setdefault((one.name, kind), set())
        voters.update(member.attributes.get("id", "").strip() or member.text for member in one.below("member"))
    return votes


def _plain(name: str) -> str:
    """Give a type of fingerprint without what differs in its spellings: ``TMK_PDQF``, ``tmk-pdqf``, ``TmkPdqf``."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True

"""Read one record of ``/threat_updates``: an indicator with what every member of the group says about it.

The shape is that of the published client (``threatexchange`` 1.2.17, ``fb_threatexchange``): descriptors carry the
status, the tags and the owner, reactions of others the rest. Votes are counted by owner, so that a member who repeats
itself counts once, and one who says both counts as both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import cast

from kindward.banks.columns import severity_of
from kindward.banks.entries import printable
from kindward.banks.formats.fields import ID_MOST, fingerprint, yes
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, PDQ, SHA1, SHA256, Kind
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Json
from kindward.banks.sources.asking import Object, text_in
from kindward.model import Entry

FIELDS = "id,indicator,type,last_updated,should_delete,descriptors{id,owner{id},status,tags,reactions}"
WITHDRAWN = "withdrawn_by_source"
NOT_ILLEGAL = "opinion_negative"
_KINDS: dict[str, Kind] = {
    "HASH_PDQ": PDQ,
    "HASH_MD5": MD5,
    "HASH_VIDEO_MD5": MD5,
    "HASH_SHA1": SHA1,
    "HASH_VIDEO_SHA1": SHA1,
    "HASH_SHA256": SHA256,
    "HASH_VIDEO_SHA256": SHA256,
}
_NO_CONTENT = ("HASH_URL", "HASH_TEXT")
"""Hashes of addresses and of texts are no fingerprints of pictures or films."""
_KEPT_MOST = 1 << 16
_YES, _NO = True, False
_STATUSES = {"MALICIOUS": _YES, "NON_MALICIOUS": _NO}
_REACTIONS = {"HELPFUL": _YES, "DISAGREE_WITH_TAGS": _NO}
Votes = dict[str, set[bool]]


def read_update(record: Json, number: int) -> Item | Rejected:
    """Read one record as the present state of its item.

    It is withdrawn if the provider deletes it, shows no descriptor any more, or everybody says that it does not belong
    in the list; ``number`` counts the records of the answer from 1.
    """
    if not isinstance(record, dict):
        return Rejected(number, "record_unreadable")
    item_id = printable(text_in(record, "id"))
    if not item_id or len(item_id) > ID_MOST:
        return Rejected(number, "record_without_id")
    deleted = yes(text_in(record, "should_delete"))
    if deleted is None:
        return Rejected(number, "record_unreadable")
    descriptors = list(_listed(record.get("descriptors")))
    votes = _votes(descriptors)
    # A record without visible descriptors is gone for us, too: the provider hides what was unshared.
    if deleted or not votes:
        return Item(item_id, reason=WITHDRAWN)
    if all(said == {_NO} for said in votes.values()):
        return Item(item_id, reason=NOT_ILLEGAL, deciders=tuple(sorted(votes)))
    return _known(record, item_id, number, votes, _tags(descriptors))


def _known(record: Object, item_id: str, number: int, votes: Votes, tags: list[str]) -> Item | Rejected:
    type_, text = text_in(record, "type"), text_in(record, "indicator")
    kind = _KINDS.get(type_)
    if kind is None:
        return _only_kept(item_id, type_, text, number)
    value = fingerprint(kind, text, number)
    if isinstance(value, Rejected):
        return value
    positive = sum(_YES in said for said in votes.values())
    negative = sum(_NO in said for said in votes.values())
    category = "DISPUTED" if negative else "POSITIVE_CLASS" if positive else "INVESTIGATION_SEED"
    entry = Entry(
        item_id,
        kind.signal,
        value,
        source="threatexchange",
        severity=severity_of(category),
        note=f"tags={' '.join(tags)}" if tags else "",
        positive=positive,
        negative=negative,
    )
    return Item(item_id, (entry,))


def _only_kept(item_id: str, type_: str, text: str, number: int) -> Item | Rejected:
    if not type_.startswith("HASH_") or type_.startswith(_NO_CONTENT) or not type_.isascii():
        return Rejected(number, "signal_unsupported", {"signal": printable(type_)[:40].lower()})
    if not text or len(text) > _KEPT_MOST:
        return Rejected(number, "fingerprint_unreadable" if text else "fingerprint_missing")
    return Item(item_id, kept=(Kept(printable(type_.removeprefix("HASH_")).lower(), printable(text)),))


def _votes(descriptors: list[Object]) -> Votes:
    """Give what each owner says; nothing if an owner only looked. Reactions count for those who described nothing."""
    explicit: Votes = defaultdict(set)
    implied: Votes = defaultdict(set)
    for descriptor in descriptors:
        owner = descriptor.get("owner")
        name = text_in(cast("Object", owner), "id") if isinstance(owner, dict) else ""
        if not name:
            continue
        status = _STATUSES.get(text_in(descriptor, "status"))
        explicit[name].update(() if status is None else (status,))
        for reaction in _listed(descriptor.get("reactions")):
            meaning = _REACTIONS.get(text_in(reaction, "key"))
            for other in text_in(reaction, "value").split(","):
                if meaning is not None and other.strip():
                    implied[other.strip()].add(meaning)
    return {**implied, **explicit} if explicit else {}


def _tags(descriptors: list[Object]) -> list[str]:
    return sorted({tag for descriptor in descriptors for tag in _tag_texts(descriptor.get("tags"))} - {""})


def _tag_texts(tags: Json) -> Iterator[str]:
    for tag in _data(tags):
        text = tag if isinstance(tag, str) else text_in(tag, "text") if isinstance(tag, dict) else ""
        yield printable(text).replace(" ", "_")


def _listed(given: Json) -> Iterator[Object]:
    yield from (one for one in _data(given) if isinstance(one, dict))


def _data(given: Json) -> list[Json]:
    """Give a list as the interface writes it: bare, or as ``data`` of an object with its own paging."""
    inner = given.get("data") if isinstance(given, dict) else given
    return inner if isinstance(inner, list) else []

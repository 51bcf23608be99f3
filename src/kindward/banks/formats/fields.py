"""Read the fields of a record: fingerprints that are matched, fingerprints that are only kept, yes and no."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from kindward.banks.canaries import refusal
from kindward.banks.entries import printable
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import Kind, derived_id, kind_of
from kindward.banks.rejected import Rejected
from kindward.model import Entry

PHOTODNA = "photodna"
PHOTODNA_BYTES = 144
ID_MOST = 200
"""No id of a source is longer, in characters; ids stand in verdicts."""
ID_DIGITS = 8
"""So many hexadecimal digits follow a source's id in lists whose ids are not unique."""
_HEX = re.compile(r"[0-9a-fA-F]+")
_DECIMALS = re.compile(r"\d{1,3}(,\d{1,3})*", re.ASCII)
_YES = {"true", "yes", "y", "1"}
_NO = {"false", "no", "n", "0", ""}


def fingerprint(kind: Kind, text: str, line: int) -> bytes | Rejected:
    """Read the hexadecimal digits of a fingerprint, large or small; a value that may not be an entry is rejected."""
    if not _HEX.fullmatch(text):
        return Rejected(line, "fingerprint_unreadable")
    if len(text) != 2 * kind.width:
        return Rejected(
            line, "fingerprint_wrong_length", {"signal": kind.name, "expected": 2 * kind.width, "found": len(text)}
        )
    value = bytes.fromhex(text)
    refused = refusal(kind, value)
    return Rejected(line, refused) if refused else value


def photodna(text: str, line: int) -> Kept | Rejected:
    """Check that a PhotoDNA value is whole and keep it as it is; nothing here can match it.

    It has 144 bytes, written as 192 characters of Base64, as 288 hexadecimal digits or as numbers with commas.
    """
    whole = _decoded(text)
    if whole is None or len(whole) != PHOTODNA_BYTES:
        return Rejected(line, "photodna_unreadable")
    return Kept(PHOTODNA, text)


def _decoded(text: str) -> bytes | None:
    try:
        if len(text) == 2 * PHOTODNA_BYTES and _HEX.fullmatch(text):
            return bytes.fromhex(text)
        if _DECIMALS.fullmatch(text):
            return bytes(map(int, text.split(",")))
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None


def yes(text: str) -> bool | None:
    """Read a yes or no as lists write it; None for anything else."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


def item_of(item_id: str, entries: Iterable[Entry], kept: Iterable[Kept], line: int) -> Item | Rejected:
    """Put an item together: every entry gets its id. Equal fingerprints become one.

    The source's id is followed by some digits that come from the first fingerprint, because tools number the items of
    every case from 1, and two items with one id would become one. Something without any fingerprint is no item.
    """
    once = tuple(dict.fromkeys(entries))
    others = tuple(dict.fromkeys(kept))
    item_id = printable(item_id)
    if len(item_id) > ID_MOST:
        return Rejected(line, "id_too_long", {"most": ID_MOST})
    if not once and not others:
        return Rejected(line, "fingerprint_missing")
    made = _made_id(once, others)
    item_id = f"{item_id}-{made[:ID_DIGITS]}" if item_id else made
    return Item(item_id, tuple(replace(entry, id=item_id) for entry in once), others)


def _made_id(entries: tuple[Entry, ...], kept: tuple[Kept, ...]) -> str:
    for entry in entries:
        kind = kind_of(entry.signal, entry.value)
        if kind is not None:
            return derived_id(kind, entry.value)
    told = f"kindward kept/{kept[0].signal}/{kept[0].value}".encode("utf-8", "replace")
    return hashlib.sha256(told).digest()[:10].hex()

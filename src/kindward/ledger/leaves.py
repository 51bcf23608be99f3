"""The leaves of the log: what was added, withdrawn, released and attested; each has exactly one form in bytes.

A leaf is a record in its one form (see ``canonical``), at most 65,535 bytes, because an entry of a bundle is preceded
by 16 bits of length (C2SP tlog-tiles). ``ADD`` leaves are by far the most and all look alike, so they are read by a
pattern; every other form, and every ADD with characters beyond plain ASCII, takes the general way.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kindward.errors import TrustError
from kindward.ledger import canonical
from kindward.ledger.names import DIGEST, LARGEST, NAME, REASONS, holds, is_category, is_day, is_moment
from kindward.ledger.tree import HASH
from kindward.locale import N_

LARGEST_LEAF = 65_535
NAMED = 64
"""Most authorities one leaf may name."""
LABEL_LENGTH = 200
"""Most characters of the name of a canary or of a published file."""


@dataclass(frozen=True, slots=True)
class Add:
    """An entry became part of the list: the salted commitment to it, its category, who confirmed it on which day."""

    commitment: bytes
    category: str
    authorities: tuple[str, ...]
    date: str


@dataclass(frozen=True, slots=True)
class Remove:
    """An entry was withdrawn: the index of its ADD leaf, why, and who decided it on which day."""

    index: int
    reason: str
    authorities: tuple[str, ...]
    date: str


@dataclass(frozen=True, slots=True)
class Release:
    """A state of the list was published.

    ``size`` and ``root`` are those of the tree before this leaf. ``active``, ``added`` and ``removed`` count entries;
    ``files`` gives the SHA-256 of each published file by name; ``parameters`` is the digest of the charter's
    parameters; ``date`` a moment in UTC.
    """

    number: int
    size: int
    root: bytes
    active: int
    added: int
    removed: int
    files: Mapping[str, str]
    parameters: str
    date: str


@dataclass(frozen=True, slots=True)
class Attest:
    """An authority says which leaves of a release are its own: how many, and their Merkle root in log order."""

    number: int
    authority: str
    count: int
    root: bytes
    signature: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Canary:
    """An authority says how near the nearest entry is to each lawful picture of a public list of such."""

    number: int
    authority: str
    canaries: str
    near: Mapping[str, int]
    signature: str = field(default="", repr=False)


Leaf = Add | Remove | Release | Attest | Canary
Statement = Attest | Canary


def encode(leaf: Leaf) -> bytes:
    """Write a leaf in its one form. Raises: TrustError ``leaf_unreadable`` if it breaks a rule of form itself."""
    if isinstance(leaf, Add) and leaf.category.isascii():
        names = '","'.join(leaf.authorities)
        head = f'{{"a":["{names}"],"c":"{_unpadded(leaf.commitment)}","d":"{leaf.date}"'
        raw = f'{head},"k":"{leaf.category}","t":"add"}}'.encode()
        if _USUAL_ADD.fullmatch(raw) and decode(raw) == leaf:
            return raw
    raw = canonical.canonical(_record(leaf))
    decode(raw)
    return raw


def payload(statement: Statement) -> bytes:
    """Give the bytes an authority signs: what the statement is, then its record without the signature."""
    record = _record(statement)
    del record["s"]
    prefix = b"kindward/attest/1\n" if isinstance(statement, Attest) else b"kindward/canary/1\n"
    return prefix + canonical.canonical(record)


def decode(raw: bytes) -> Leaf:
    """Read a leaf. Raises: TrustError ``leaf_unreadable`` if it has not its one form or breaks a rule of form."""
    if len(raw) <= LARGEST_LEAF:
        if (found := _USUAL_ADD.fullmatch(raw)) is not None:
            names, commitment, day, category = found.groups()
            authorities = _usual_names(names)
            if authorities and is_day(day.decode()):
                value = a2b_base64(commitment.translate(_URLSAFE) + b"=")
                return Add(value, category.decode(), authorities, day.decode())
        try:
            record = canonical.read(raw)
            return _READERS[record["t"]](record)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            pass
    raise TrustError(
        "leaf_unreadable",
        N_("A leaf of the log is not in its one form or breaks a rule of form."),
        N_("Do not use this list; its log was not written by kindward or was changed."),
    )


# A commitment has 43 digits, and only every fourth digit can end 32 bytes.
_USUAL_ADD = re.compile(
    rb'\{"a":\[("[a-z0-9.",-]{1,4159}")\],"c":"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])","d":"([0-9-]{10})",'
    rb'"k":"([ !#-\[\]-~]{1,200})","t":"add"\}'
)
_SIGNATURE = re.compile(r"(?:[0-9a-f]{2}){1,8192}", re.ASCII)  # enough for RSA, and for ML-DSA-87
_URLSAFE = bytes.maketrans(b"-_", b"+/")


@lru_cache(4096)
def _usual_names(raw: bytes) -> tuple[str, ...]:
    """Give the names of ``"a","b"``; none if they are not in order or not names."""
    try:
        return _names(raw.decode().removeprefix('"').removesuffix('"').split('","'))
    except ValueError:
        return ()


def _names(record: Any) -> tuple[str, ...]:  # noqa: ANN401 - a record's value
    holds(isinstance(record, list) and 0 < len(record) <= NAMED and record == sorted(set(record)))
    holds(all(map(NAME.fullmatch, record)))
    return tuple(record)


def _number(value: Any) -> int:  # noqa: ANN401 - a record's value
    if not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValueError("no number")
    return value


def _text(value: Any, holds: Callable[[str], object]) -> str:  # noqa: ANN401 - a record's value
    if not isinstance(value, str) or not holds(value):
        raise ValueError("not such a text")
    return value


def _digest(value: Any) -> str:  # noqa: ANN401 - a record's value
    return _text(value, DIGEST.fullmatch)


def _signature(value: Any) -> str:  # noqa: ANN401 - a record's value
    return _text(value, _SIGNATURE.fullmatch)


def is_label(text: str) -> bool:
    """Say whether a text can be the label of a canary."""
    return 0 < len(text) <= LABEL_LENGTH and text.isprintable()


def _exactly(record: dict[str, Any], keys: str) -> None:
    if set(record) != {*keys.split(), "t"}:
        raise ValueError("other keys")


def _read_add(record: dict[str, Any]) -> Add:
    _exactly(record, "a c d k")
    commitment = urlsafe_b64decode(_text(record["c"], str.isascii) + "=")
    if len(commitment) != HASH or _unpadded(commitment) != record["c"]:
        raise ValueError("no commitment")
    return Add(commitment, _text(record["k"], is_category), _names(record["a"]), _text(record["d"], is_day))


def _read_remove(record: dict[str, Any]) -> Remove:
    _exactly(record, "a d i r")
    reason = _text(record["r"], REASONS.__contains__)
    return Remove(_number(record["i"]), reason, _names(record["a"]), _text(record["d"], is_day))


def _read_release(record: dict[str, Any]) -> Release:
    _exactly(record, "active added d f h n p removed s")
    files = {_text(name, is_label): _digest(digest) for name, digest in record["f"].items()}
    return Release(
        _number(record["n"]),
        _number(record["s"]),
        bytes.fromhex(_digest(record["h"])),
        _number(record["active"]),
        _number(record["added"]),
        _number(record["removed"]),
        files,
        _digest(record["p"]),
        _text(record["d"], is_moment),
    )


def _read_attest(record: dict[str, Any]) -> Attest:
    _exactly(record, "a c h n s")
    root = bytes.fromhex(_digest(record["h"]))
    authority = _text(record["a"], NAME.fullmatch)
    return Attest(_number(record["n"]), authority, _number(record["c"]), root, _signature(record["s"]))


def _read_canary(record: dict[str, Any]) -> Canary:
    _exactly(record, "a n near s set")
    near = {_text(label, is_label): _number(distance) for label, distance in record["near"].items()}
    authority = _text(record["a"], NAME.fullmatch)
    return Canary(_number(record["n"]), authority, _digest(record["set"]), near, _signature(record["s"]))


_READERS: Mapping[str, Callable[[dict[str, Any]], Leaf]] = {
    "add": _read_add,
    "remove": _read_remove,
    "release": _read_release,
    "attest": _read_attest,
    "canary": _read_canary,
}


def _unpadded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _record(leaf: Leaf) -> dict[str, Any]:
    match leaf:
        case Add(commitment, category, authorities, day):
            return {"t": "add", "c": _unpadded(commitment), "k": category, "a": list(authorities), "d": day}
        case Remove(index, reason, authorities, day):
            return {"t": "remove", "i": index, "r": reason, "a": list(authorities), "d": day}
        case Release(number, size, root, active, added, removed, files, parameters, moment):
            counts = {"active": active, "added": added, "removed": removed}
            about = {"n": number, "s": size, "h": root.hex(), "f": dict(files), "p": parameters, "d": moment}
            return {"t": "release", **about, **counts}
        case Attest(number, authority, count, root, signature):
            return {"t": "attest", "n": number, "a": authority, "c": count, "h": root.hex(), "s": signature}
        case Canary(number, authority, canaries, near, signature):
            return {"t": "canary", "n": number, "a": authority, "set": canaries, "near": dict(near), "s": signature}

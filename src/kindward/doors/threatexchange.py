"""Kindward's fingerprint and index as an extension of ``tx`` and of HMA, which load it by its name.

    tx config extensions add kindward.doors.threatexchange

The signal ``kindward_pdq`` reads pictures as a person sees them, where the one that ``tx`` brings reads stored bytes;
its index finds every entry, also after it was stored and loaded, also the only one of a list. Needs the package
``threatexchange``, which kindward itself does not use.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from threatexchange.content_type.content_base import ContentType
from threatexchange.content_type.photo import PhotoContent
from threatexchange.exchanges.impl.fb_threatexchange_signal import HasFbThreatExchangeIndicatorType
from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest
from threatexchange.signal_type import signal_base
from threatexchange.signal_type.index import (
    IndexMatch,
    IndexMatchUntyped,
    SignalSimilarityInfoWithIntDistance,
    SignalTypeIndex,
)

from kindward.errors import ContentError, TrustError
from kindward.isolation import DecoderPool
from kindward.kernel.index import Index, build
from kindward.signals.pdq import PdqSignal, PictureOptions

T = TypeVar("T")
RADIUS = 31
QUALITY = 50
"""Distance and quality that the makers of PDQ recommend ("PDQ & TMK + PDQF", Meta 2019)."""
MOST_MATCHES = 1000
MAGIC = b"KWTXIDX1"
_WIDTH = 32
_HEX = re.compile("[0-9a-fA-F]{64}")
_TRUSTED = "threatexchange.exchanges."
_NAMED = "class"
_SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
_SORTS: dict[str, Callable[[Iterable[object]], object]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


class KindwardIndex(SignalTypeIndex[T]):
    """An exact index for ``tx`` and HMA: what is within 31 bits is found, whatever the number of entries."""

    def __init__(self, entries: Iterable[tuple[str, T]] = ()) -> None:
        self._held: dict[bytes, list[T]] = {}
        self._index: Index | None = None
        for signal, held in entries:
            self.add(signal, held)

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    def add(self, signal_str: str, entry: T) -> None:
        """Add an entry; further ones for the same fingerprint stand beside it. Raises: ValueError if it is none."""
        value = bytes.fromhex(KindwardPdqSignal.validate_signal_str(signal_str))
        if value not in self._held and self._index is not None:
            self._index.add(value)
        self._held.setdefault(value, []).append(entry)

    def query(self, query: str) -> list[IndexMatch[T]]:
        """Give all entries within 31 bits, best first; none for the empty text by which ``tx`` means no hash."""
        if not query or not self._held:
            return []
        index = self._searchable()
        found = index.search(bytes.fromhex(KindwardPdqSignal.validate_signal_str(query)), RADIUS, MOST_MATCHES)
        return [
            IndexMatchUntyped(SignalSimilarityInfoWithIntDistance(distance), held)
            for distance, slot in found
            for held in self._held[index.hash(slot)]
        ]

    def _searchable(self) -> Index:
        if self._index is None:
            values = np.frombuffer(b"".join(self._held), np.uint8).reshape(-1, _WIDTH)
            with tempfile.TemporaryDirectory(prefix="kindward-tx-") as folder:
                path = Path(folder) / "index"
                build(path, values)
                # The file stays mapped until the index is closed; its name is no longer needed.
                self._index = Index.open(path)
        return self._index

    def serialize(self, fout: BinaryIO) -> None:
        """Write the index: a magic word, a digest, the fingerprints, and what belongs to them."""
        records = json.dumps(_plain(list(self._held.values()))).encode()
        values = b"".join(self._held)
        body = len(self._held).to_bytes(8, "little") + values + records
        fout.write(MAGIC + hashlib.sha256(body).digest() + body)

    @classmethod
    def deserialize(cls, fin: BinaryIO) -> KindwardIndex[T]:
        """Read a stored index. Raises: TrustError if it is damaged, none of ours, or holds anything but records."""
        magic, digest, body = fin.read(len(MAGIC)), fin.read(hashlib.sha256().digest_size), fin.read()
        if magic != MAGIC or not secrets.compare_digest(hashlib.sha256(body).digest(), digest):
            raise _damaged()
        count, index = int.from_bytes(body[:8], "little"), cls()
        end = 8 + count * _WIDTH
        held = _read(body[end:])
        if not isinstance(held, list) or len(held) != count or not all(isinstance(one, list) for one in held):
            raise _damaged()
        index._held = {body[at : at + _WIDTH]: held[n] for n, at in enumerate(range(8, end, _WIDTH))}
        return index

    def dispose(self) -> None:
        """Let go of the mapped index."""
        if self._index is not None:
            self._index.close()
            self._index = None


class KindwardPdqSignal(
    signal_base.SimpleSignalType,
    signal_base.BytesHasher,
    HasFbThreatExchangeIndicatorType,
    signal_base.CanGenerateRandomSignal,
):
    """PDQ of the picture as a person sees it: turned as stored, in its true colours, on its background."""

    INDICATOR_TYPE = "HASH_PDQ"

    @classmethod
    def get_name(cls) -> str:
        """Give the name under which ``tx`` lists it."""
        return "kindward_pdq"

    @classmethod
    def get_content_types(cls) -> list[type[ContentType]]:
        """Say that it is for photographs."""
        return [PhotoContent]

    @classmethod
    def get_index_cls(cls) -> type[KindwardIndex[object]]:
        """Give the index that belongs to it."""
        return KindwardIndex

    @classmethod
    def validate_signal_str(cls, signal_str: str) -> str:
        """Give a fingerprint in lower case, however it was written. Raises: ValueError if it is none."""
        text = signal_str.strip()
        if not _HEX.fullmatch(text):
            raise ValueError("a PDQ fingerprint has 64 hexadecimal digits")
        return text.lower()

    @classmethod
    def compare_hash(
        cls, hash1: str, hash2: str, pdq_dist_threshold: int = RADIUS
    ) -> signal_base.SignalComparisonResult:
        """Count the bits in which two fingerprints differ."""
        one, other = (int(cls.validate_signal_str(text), 16) for text in (hash1, hash2))
        return signal_base.SignalComparisonResult.from_simple_dist((one ^ other).bit_count(), pdq_dist_threshold)

    @classmethod
    def hash_from_bytes(cls, bytes_: bytes) -> str:
        """Fingerprint a picture; as ``tx`` expects, the empty text for one that cannot be fingerprinted."""
        try:
            found = _pool().fingerprint(bytes_, PictureOptions(fast=False, borders=False, views=False))
        except ContentError:
            return ""
        plain = found.fingerprints[0]
        return plain.hex if (plain.quality or 0) >= QUALITY else ""

    @classmethod
    def get_random_signal(cls) -> str:
        """Give a random fingerprint, for load tests."""
        return secrets.token_hex(_WIDTH)

    @staticmethod
    def get_examples() -> list[str]:
        """Give the fingerprints of kindward's own examples."""
        return [fingerprint.hex for _, fingerprint in PdqSignal().examples()]


def _plain(record: object) -> object:
    """Write what belongs to an entry as JSON; a data record of threatexchange is named by its class."""
    if isinstance(record, Enum):
        return {_NAMED: _name_of(type(record)), "value": record.value}
    match record:
        case None | bool() | int() | float() | str():
            return record
        case list() | tuple() | set() | frozenset():
            return {_SEQUENCES[type(record)]: [_plain(one) for one in record]}
        case dict():
            return {"dict": [[_plain(key), _plain(value)] for key, value in record.items()]}
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"an index cannot store a {type(record).__name__}")
    held = {field.name: _plain(getattr(record, field.name)) for field in fields(record)}
    return {_NAMED: _name_of(type(record)), "fields": held}


def _record(plain: object) -> object:
    """Read it back; only data records and enumerations of threatexchange are built, so no code can run."""
    if not isinstance(plain, dict):
        return plain
    if _NAMED in plain:
        kind = _class(plain[_NAMED])
        if issubclass(kind, Enum):
            return kind(plain["value"])
        record = object.__new__(kind)
        for name, value in plain["fields"].items():
            object.__setattr__(record, name, _record(value))
        return record
    ((sort, held),) = plain.items()
    if sort == "dict":
        return {_record(key): _record(value) for key, value in held}
    return _SORTS[sort](map(_record, held))


def _name_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> type:
    module, _, qualified = name.partition(":")
    if not module.startswith(_TRUSTED) or module not in sys.modules:
        raise _damaged()
    found: object = sys.modules[module]
    for part in qualified.split("."):
        found = getattr(found, part)
    if not isinstance(found, type) or not (is_dataclass(found) or issubclass(found, Enum)):
        raise _damaged()
    return found


def _read(data: bytes) -> object:
    try:
        return _record(json.loads(data))
    except TrustError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise _damaged() from problem


def _damaged() -> TrustError:
    return TrustError(
        "tx_index_damaged",
        "The stored index is damaged or was not written by kindward.",
        "Run `tx dataset --rebuild-indices` to build it again.",
    )


@cache
def _pool() -> DecoderPool:
    pool = DecoderPool(workers=1)
    atexit.register(pool.close)
    return pool


TX_MANIFEST = ThreatExchangeExtensionManifest(signal_types=(KindwardPdqSignal,))

"""What stands behind a commitment in the public log, and how anybody who holds the entry proves it.

The log is public, the fingerprints are not: an entry of the log holds only a digest of the fingerprint and of what is
said about it. Who has the entry and its seed recomputes the digest; who has only the log learns nothing, because the
salt makes guessing pointless even for someone who holds the picture.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kindward.ledger import canonical

SEED_BYTES = 32
"""A seed is drawn at random by the proposer for each proposal, so that one that becomes known opens no other."""
SALT_BYTES = 16
SALT_PREFIX = b"kindward/salt/1\n"
ENTRY_PREFIX = b"kindward/entry/1\n"


@dataclass(frozen=True, slots=True)
class Opening:
    """The entry behind a commitment, as its proposer wrote it.

    ``id`` is the proposer's own name for it and may be empty; ``signal`` is ``pdq/1`` or ``digest/1``; ``category`` is
    in the scheme of the source (``scheme:value``); ``jurisdiction`` an ISO 3166 code or ``baseline``; ``expires`` a day
    or empty; ``source`` who found the item.
    """

    id: str
    signal: str
    value: bytes
    category: str
    jurisdiction: str = ""
    expires: str = ""
    source: str = ""


def salt(seed: bytes, signal: str, value: bytes) -> bytes:
    """Derive the 16 bytes that keep a commitment from being guessed; one seed serves a whole proposal."""
    return hashlib.sha256(SALT_PREFIX + seed + signal.encode() + value).digest()[:SALT_BYTES]


def opened(opening: Opening) -> bytes:
    """Write an entry in the one way that is hashed: JSON, keys sorted, no spaces, ASCII."""
    record = {
        "g": opening.signal,
        "i": opening.id,
        "j": opening.jurisdiction,
        "k": opening.category,
        "o": opening.source,
        "v": opening.value.hex(),
        "x": opening.expires,
    }
    return canonical.canonical(record)


def commitment(opening: Opening, salt: bytes) -> bytes:
    """Give the 32 bytes that stand in the log for an entry."""
    return hashlib.sha256(ENTRY_PREFIX + salt + opened(opening)).digest()


def category_of(opening: Opening) -> str:
    """Say which category the log names publicly: the entry's own."""
    return opening.category

"""What HMA calls hashing and matching, answered from kindward's banks."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from kindward.model import Fingerprint, Match, Trust
from kindward.service.hma import refusals
from kindward.service.hma.local import NAME, Local, Register, group_of
from kindward.signals.pdq import PictureFindings

PDQ, VIDEO_MD5 = "pdq", "video_md5"
SIGNALS: Mapping[str, tuple[str, int]] = {PDQ: ("pdq/1", 32), VIDEO_MD5: ("digest/1", 16)}
"""HMA's name of a signal type → ours, and how many bytes a value has."""
CONTENTS = {"photo": PDQ, "video": VIDEO_MD5}
"""HMA's content types, and the one signal type that each has here."""
QUALITY = 50
_BITS = 53
"""Numbers of contents stay below 2^53, so that every JSON reader keeps them whole."""
_NAME = re.compile("[^A-Z0-9_]")


class Bank(Protocol):
    """What these routes ask of a bank."""

    @property
    def name(self) -> str:
        """Give its name."""

    @property
    def trust(self) -> Trust:
        """Say where its authority comes from."""

    @property
    def simulated(self) -> str:
        """Say why its matches decide nothing; empty if they do."""

    def lookup(self, fingerprints: Sequence[Fingerprint], distance: int, quality: int) -> list[Match]:
        """Find the entries near the fingerprints, best first."""

    def counts(self) -> Mapping[str, int]:
        """Count its entries under each signal."""


def told_name(bank: str) -> str:
    """Write a bank's name as HMA does: in capital letters, with underscores."""
    name = _NAME.sub("_", bank.upper())
    return f"_{name}" if name[:1].isdigit() else name


def number_of(match: Match) -> int:
    """Give the number of a content: the entry's own in the bank local, else one that is derived from bank and entry."""
    if match.bank == NAME:
        return int(match.entry)
    digest = hashlib.sha256(f"{match.bank}\n{match.entry}".encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - _BITS)


def value_of(signal: str, text: str) -> bytes:
    """Read a fingerprint, in letters of any case. Raises: Refusal."""
    if signal not in SIGNALS:
        raise refusals.no_such_signal()
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise refusals.fingerprint_wrong(signal) from None
    if len(value) != SIGNALS[signal][1] or len(text) != 2 * len(value):
        raise refusals.fingerprint_wrong(signal)
    return value


def asked_for(signal: str, text: str) -> list[Fingerprint]:
    """Make a question of one fingerprint. Raises: Refusal."""
    value = value_of(signal, text)
    return [Fingerprint(SIGNALS[signal][0], value)]


def plain_pdq(findings: PictureFindings) -> str:
    """Give the fingerprint of the plain view. Raises: Refusal if the picture has too little structure for one."""
    plain = findings.fingerprints[0]
    if (plain.quality or 0) < QUALITY:
        raise refusals.unclear()
    return plain.hex


class Lookup:
    """Look fingerprints up and tell the matches under the names that HMA's clients know."""

    def __init__(self, banks: Sequence[Bank], local: Local, distance: int, *, simulate: bool) -> None:
        self._banks = banks
        self._local = local
        self._distance = distance
        self._simulate = simulate

    def raw(self, asked: Sequence[Fingerprint], wanted: frozenset[str]) -> list[Match]:
        """Give all matches, whatever share of the traffic their bank matches."""
        register = self._local.register()
        return [match for match, name, _ in self._found(asked, register) if not wanted or name in wanted]

    def enabled(
        self, asked: Sequence[Fingerprint], wanted: frozenset[str], flip: Callable[[], float]
    ) -> dict[str, list[dict[str, object]]]:
        """Give the matches of the banks that take part in this look-up, by the names of the banks.

        A bank that is in simulation takes no part once the installation is in earnest.
        """
        register = self._local.register()
        told: dict[str, list[dict[str, object]]] = {}
        coin = flip()
        for match, name, ratio in self._found(asked, register):
            if (not wanted or name in wanted) and ratio > 0 and ratio >= coin and not self._is_simulated(match.bank):
                told.setdefault(name, []).append(record(match))
        return told

    def _is_simulated(self, bank: str) -> bool:
        return not self._simulate and any(one.simulated for one in self._banks if one.name == bank)

    def _found(self, asked: Sequence[Fingerprint], register: Register) -> Iterable[tuple[Match, str, float]]:
        found = [match for bank in self._banks for match in bank.lookup(asked, self._distance, QUALITY)]
        for match in sorted(found, key=lambda one: one.distance):
            if match.bank != NAME:
                yield match, told_name(match.bank), 1.0
            elif group := group_of(register, match.source):
                yield match, group.name, group.ratio


def record(match: Match) -> dict[str, object]:
    """Write a match as HMA does, with the distance as a text; exact ones of digests have none and say ``-``."""
    return {
        "bank_content_id": number_of(match),
        "distance": str(match.distance) if match.signal == SIGNALS[PDQ][0] else "-",
    }


def coin(seed: str | None, *, bypass: bool) -> Callable[[], float]:
    """Give the coin of one look-up: the same for the same seed, and always a winning one if it is to be passed over."""
    if bypass:
        return lambda: 0.0
    return random.Random(seed).random  # noqa: S311 - shares of traffic are no secret


def compare(question: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Compare pairs of fingerprints. Raises: Refusal."""
    answer: dict[str, object] = {}
    for signal, pair in question.items():
        one, other = (value_of(signal, text) for text in pair)
        distance = (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
        most = 31 if signal == PDQ else 0
        answer[signal] = [distance <= most, {"distance": distance} if signal == PDQ else {}]
    return answer

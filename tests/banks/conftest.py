"""Banks of made-up entries; no value here stands for a picture."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from speaking import errors_can_be_read

from kindward.banks import Bank, build_bank
from kindward.model import Entry, Fingerprint

__all__ = ["errors_can_be_read"]
Fill = Callable[..., Bank]


def value(number: int, width: int = 32) -> bytes:
    return hashlib.sha256(f"entry {number}".encode()).digest()[:width]


def looks(number: int, *, flips: int = 0) -> Fingerprint:
    """A PDQ fingerprint ``flips`` bits away from entry ``number``."""
    near = int.from_bytes(value(number))
    for bit in range(flips):
        near ^= 1 << (bit * 7 % 256)
    return Fingerprint("pdq/1", near.to_bytes(32), 100)


def pdq(number: int, **fields: str) -> Entry:
    return Entry(fields.pop("id", f"e{number}"), "pdq/1", value(number), **fields)


def digest(number: int, width: int = 32, **fields: str) -> Entry:
    return Entry(fields.pop("id", f"d{number}"), "digest/1", value(number, width), **fields)


class Made:
    """What the tests of banks say: entries, fingerprints near them, and banks filled with them."""

    value = staticmethod(value)
    looks = staticmethod(looks)
    pdq = staticmethod(pdq)
    digest = staticmethod(digest)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: list[Bank] = []

    def bank(self, *entries: Entry, name: str = "made") -> Bank:
        build_bank(self.folder / name, entries)
        return self.open(name)

    def open(self, name: str = "made") -> Bank:
        bank = Bank.open(self.folder / name)
        self._open.append(bank)
        return bank

    def close(self) -> None:
        for bank in self._open:
            bank.close()


@pytest.fixture
def made(tmp_path):
    """Give a maker of banks in a fresh folder."""
    maker = Made(tmp_path)
    yield maker
    maker.close()

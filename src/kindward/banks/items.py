"""One known item as its source describes it: all its fingerprints, and those that are only kept."""

from __future__ import annotations

from dataclasses import dataclass

from kindward.model import Entry


@dataclass(frozen=True, slots=True)
class Kept:
    """A fingerprint of a kind that is not matched today, kept as its source gave it.

    ``signal`` is the source's own name in lower case (``pdna``, ``tmk_pdqf``), ``value`` its text or its address.
    """

    signal: str
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """The present state of one item: every entry has ``id`` as its id.

    Without entries and kept fingerprints the item is withdrawn, and ``reason`` says why (a code such as
    ``withdrawn_by_source``); ``deciders`` names who decided it.
    """

    id: str
    entries: tuple[Entry, ...] = ()
    kept: tuple[Kept, ...] = ()
    reason: str = ""
    deciders: tuple[str, ...] = ()

"""The files of a report, and what may be said of who looked at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from kindward.reports.moments import Moment
from kindward.reports.people import Device, IpEvent


class Relevance(StrEnum):
    """Whether a file is what is reported, or explains it."""

    REPORTED = "reported"
    SUPPLEMENTAL = "supplemental"


class FileMark(StrEnum):
    """What a reviewer noted of a file, in the terms that NCMEC and the police sort by."""

    DRAWN = "drawn"
    MEME = "meme"
    """Passed on in mockery or outrage, without the will to harm."""
    VIRAL = "viral"
    SELF_MADE = "self_made"
    PHYSICAL_HARM = "physical_harm"
    VIOLENCE = "violence"
    ANIMAL = "animal"
    LIVE = "live"
    INFANT = "infant"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of the file as it came, such as ``MD5``; ``value`` in hexadecimal digits."""

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """One entry of the view log: somebody opened an item, ``entire`` if the whole of it was shown to them."""

    item: str
    entire: bool = False
    exif: bool = False
    """True if the metadata inside the file was shown."""


@dataclass(frozen=True, slots=True)
class Viewed:
    """What may be said of a file: whether a human saw the whole of it, and its metadata.

    NCMEC lets metadata count as seen only where the file was seen, so whoever saw the metadata alone saw neither.
    """

    file: bool
    exif: bool


def viewed(item: str, looks: Iterable[Look]) -> Viewed:
    """Derive from the view log what may be said; what the log does not show did not happen.

    In the USA the police may open without a warrant only what the provider has opened, so a wrong yes ruins a case.
    """
    mine = [look for look in looks if look.item == item]
    whole = any(look.entire for look in mine)
    return Viewed(whole, whole and any(look.exif for look in mine))


@dataclass(frozen=True, slots=True)
class File:
    """One file; ``item`` names the sealed evidence with its bytes.

    ``sha256`` and ``md5`` are those of the bytes that are sent, ``digests`` those of the file as the user sent it.
    ``classification`` is that of the industry (A1, A2, B1, B2) and is told only to centres with which the operator
    has an agreement about it.
    """

    item: str
    sha256: str = field(repr=False)
    md5: str = field(repr=False)
    size: int
    media_type: str = ""
    name: str = field(default="", repr=False)
    original_name: str = field(default="", repr=False)
    uploaded_at: Moment | None = None
    location: str = field(default="", repr=False)
    public: bool | None = None
    relevance: Relevance = Relevance.REPORTED
    marks: frozenset[FileMark] = frozenset()
    classification: str = ""
    digests: tuple[Digest, ...] = field(default=(), repr=False)
    ip: IpEvent | None = field(default=None, repr=False)
    devices: tuple[Device, ...] = field(default=(), repr=False)
    exif: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

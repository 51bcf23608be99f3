"""Where on the net, or off it, something happened: one kind of value for each kind of place."""

from __future__ import annotations

from dataclasses import dataclass, field

from kindward.reports.people import Address, Email, IpEvent, Phone


@dataclass(frozen=True, slots=True)
class WebPage:
    """On a web page; ``third_party`` says that another company hosts it."""

    urls: tuple[str, ...] = field(default=(), repr=False)
    third_party: bool | None = None
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """By e-mail; every address must also be that of somebody named in the report."""

    addresses: tuple[Email, ...] = field(default=(), repr=False)
    content: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Newsgroup:
    """In a newsgroup."""

    name: str = field(default="", repr=False)
    addresses: tuple[Email, ...] = field(default=(), repr=False)
    content: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Chat:
    """In a chat or messenger."""

    client: str = ""
    room: str = field(default="", repr=False)
    content: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Game:
    """In an online game."""

    name: str = ""
    console: str = ""
    content: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CellPhone:
    """By telephone; ``latitude`` and ``longitude`` are decimal numbers as text, north and east positive."""

    phone: Phone | None = field(default=None, repr=False)
    latitude: str = field(default="", repr=False)
    longitude: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Offline:
    """Not on the net at all."""

    location: str = field(default="", repr=False)
    addresses: tuple[Address, ...] = field(default=(), repr=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PeerToPeer:
    """In a network in which people share files directly."""

    client: str = ""
    ips: tuple[IpEvent, ...] = field(default=(), repr=False)
    file_names: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


Occasion = WebPage | Mail | Newsgroup | Chat | Game | CellPhone | Offline | PeerToPeer

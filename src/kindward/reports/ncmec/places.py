"""Write where something happened as NCMEC's form has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from kindward.banks.sources.xml_tree import Node
from kindward.reports.facts import Message
from kindward.reports.ncmec.forms import holding, plain, said, yes_or_no
from kindward.reports.ncmec.persons import address, email, ip_event, phone
from kindward.reports.occasions import (
    CellPhone,
    Chat,
    Game,
    Mail,
    Newsgroup,
    Occasion,
    Offline,
    PeerToPeer,
    WebPage,
)
from kindward.reports.people import Email

_TALKING = (Mail, Newsgroup, Chat, Game)
"""Occasions that have a place for what was written."""


def with_messages(occasions: tuple[Occasion, ...], messages: tuple[Message, ...]) -> tuple[Occasion, ...]:
    """Put what was written where the form has a place for it: into the first talk, or into a chat of its own."""
    text = "\n".join(map(_line, messages))
    if not text:
        return occasions
    for number, one in enumerate(occasions):
        if isinstance(one, _TALKING):
            talk = replace(one, content="\n".join(filter(None, (one.content, text))))
            return (*occasions[:number], talk, *occasions[number + 1 :])
    return (*occasions, Chat(content=text))


def _line(message: Message) -> str:
    zone = ", time zone unknown" if message.at is not None and message.at.zone is None else ""
    when = f"[{message.at.text}{zone}] " if message.at is not None else ""
    return f"{when}{message.sender + ': ' if message.sender else ''}{message.text}"


def addresses_of(occasions: Iterable[Occasion]) -> frozenset[str]:
    """Give the addresses of e-mail incidents; the form wants each of them with somebody named, too."""
    return frozenset(one.address for occasion in occasions if isinstance(occasion, Mail) for one in occasion.addresses)


def details(occasion: Occasion) -> Node:
    """Write one place."""
    return holding("internetDetails", _WRITERS[type(occasion)](occasion))


def _web_page(one: WebPage) -> Node:
    urls = (said("url", url) for url in one.urls)
    return holding("webPageIncident", *urls, _note(one), thirdPartyHostedContent=yes_or_no(one.third_party))


def _addresses(addresses: tuple[Email, ...]) -> tuple[Node, ...]:
    return tuple(email("emailAddress", one) for one in addresses)


def _mail(one: Mail) -> Node:
    return holding("emailIncident", *_addresses(one.addresses), said("content", one.content), _note(one))


def _newsgroup(one: Newsgroup) -> Node:
    content = said("content", one.content)
    return holding("newsgroupIncident", said("name", one.name), *_addresses(one.addresses), content, _note(one))


def _chat(one: Chat) -> Node:
    told = (said("chatClient", one.client), said("chatRoomName", one.room), said("content", one.content))
    return holding("chatImIncident", *told, _note(one))


def _game(one: Game) -> Node:
    told = (said("gameName", one.name), said("console", one.console), said("content", one.content))
    return holding("onlineGamingIncident", *told, _note(one))


def _cell_phone(one: CellPhone) -> Node:
    number = None if one.phone is None else phone("phoneNumber", one.phone)
    where = (said("latitude", one.latitude), said("longitude", one.longitude))
    return holding("cellPhoneIncident", number, *where, _note(one))


def _offline(one: Offline) -> Node:
    addresses = (address("incidentAddress", each) for each in one.addresses)
    return holding("nonInternetIncident", said("locationName", one.location), *addresses, _note(one))


def _peer_to_peer(one: PeerToPeer) -> Node:
    names = said("fileNames", one.file_names)
    return holding("peer2peerIncident", said("client", one.client), *map(ip_event, one.ips), names, _note(one))


def _note(one: Occasion) -> Node | None:
    return plain("additionalInfo", one.note) if one.note.strip() else None


_WRITERS: dict[type[Occasion], Callable[..., Node]] = {
    WebPage: _web_page,
    Mail: _mail,
    Newsgroup: _newsgroup,
    Chat: _chat,
    Game: _game,
    CellPhone: _cell_phone,
    Offline: _offline,
    PeerToPeer: _peer_to_peer,
}

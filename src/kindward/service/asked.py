"""One request as the routes see it, and what is told about it afterwards."""

from __future__ import annotations

from urllib.parse import parse_qsl

from kindward.service.answers import Receive, Scope
from kindward.service.problems import choose_language
from kindward.service.refusals import coding_wrong, encrypted, header_repeated

NO = frozenset({"false", "no", "0"})
"""What a mark must say to mark nothing; an empty mark is one."""
ONCE = (b"authorization", b"content-type", b"content-encoding", b"kindward-account")
"""Headers that decide how a request is read, so that a second value would be a way around the first."""
KEY = "kindward.asked"
"""Where the request travels through the framework."""
SWALLOWED = 64 * 1024
"""Bytes of an unread body for which a connection is kept open rather than closed."""


class Asked:
    """A request: its headers by name, and who asked once that is known."""

    __slots__ = ("headers", "label", "receive", "refused", "route", "scope", "unread")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.route = "unmatched"
        self.label: str | None = None
        self.refused: str | None = None
        self.unread = True
        """True until the body was read to its end."""

    @property
    def language(self) -> str:
        """Choose the language of texts for this caller."""
        accepted = self.headers.get(b"accept-language")
        return choose_language(accepted) if accepted else "en"

    @property
    def declared(self) -> int | None:
        """Give the length that the caller declared."""
        length = self.headers.get(b"content-length", b"")
        return int(length) if length.isdigit() else None

    @property
    def kind(self) -> bytes:
        """Give the content type without its parameters, in lower case."""
        return self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()

    @property
    def leaves_much_unread(self) -> bool:
        """Say whether answering now leaves more of the body unread than a server quietly swallows."""
        return self.unread and (b"transfer-encoding" in self.headers or (self.declared or 0) > SWALLOWED)

    def require_single(self) -> None:
        """Refuse a request that says twice who asks or what it holds. Raises: Refusal (400)."""
        names = [name for name, _ in self.scope["headers"]]
        for name in ONCE:
            if names.count(name) > 1:
                raise header_repeated(name.decode("ascii").title())

    def require_open(self) -> None:
        """Refuse content marked as end-to-end encrypted, by header or in the query.

        Of several marks one is enough, however it is written: a mark that is overlooked would break a promise.
        Raises: Refusal (403).
        """
        marks = [value.decode("latin-1") for name, value in self.scope["headers"] if name == b"kindward-encrypted"]
        if query := self.scope.get("query_string"):
            pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
            marks += [value for name, value in pairs if name.strip().lower() == "encrypted"]
        if any(mark.strip().lower() not in NO for mark in marks):
            raise encrypted()

    def require_plain(self) -> None:
        """Refuse a compressed body. Raises: Refusal (415)."""
        if self.headers.get(b"content-encoding", b"identity").lower() not in {b"identity", b""}:
            raise coding_wrong()

"""What authorities say about entries, signed: propose, confirm, withdraw; each statement names the one before it.

Statements are never changed or removed. What an authority said last about an entry counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from kindward.authority import refusals
from kindward.authority.exchange import Exchange
from kindward.authority.home import LIST, Home, dump
from kindward.banks.signed import chunks
from kindward.banks.signed.rows import Opened
from kindward.ledger.canonical import canonical
from kindward.ledger.charter import Charter
from kindward.ledger.names import holds

PREFIX = b"kindward/statement/1\n"
CLOCKS = timedelta(minutes=10)
"""How far the clocks of two authorities may be apart."""
PROPOSE, CONFIRM, WITHDRAW = "propose", "confirm", "withdraw"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, its signature verified. ``digest`` is that of what was said, whoever's key signed it."""

    file: Path
    digest: str
    body: Mapping[str, Any]

    @property
    def authority(self) -> str:
        """Give who said it."""
        return str(self.body["authority"])

    @property
    def at(self) -> str:
        """Give when it was said, in UTC."""
        return str(self.body["at"])

    @property
    def day(self) -> str:
        """Give the day on which it was said."""
        return self.at[:10]

    @property
    def do(self) -> str:
        """Give what it does: propose, confirm or withdraw."""
        return str(self.body["do"])

    @property
    def name(self) -> str:
        """Give the name by which people call it."""
        return self.file.stem

    def rows(self) -> Iterator[Opened]:
        """Give the rows of a proposal. Raises: TrustError if they are not those that were signed."""
        path = self.file.with_suffix(".kwc")
        with path.open("rb") as stream:
            data = stream.read()
        if sha256(data).hexdigest() != self.body["rows"]:
            raise refusals.statement_wrong(path.name)
        for row in chunks.read(BytesIO(data), path.name).rows():
            assert isinstance(row, Opened)
            yield row


def say(
    home: Home, exchange: Exchange, do: str, now: datetime, *, rows: Iterable[Opened] = (), **more: object
) -> Statement:
    """Write and sign the next statement of an authority."""
    exchange.require_member(home)
    everybody = read(exchange)
    own = require_own(home, exchange.charter.name, everybody)
    number = len(own) + 1
    body: dict[str, object] = {
        "list": exchange.charter.name,
        "authority": home.name,
        "number": number,
        "previous": own[-1].digest if own else "",
        "at": _moment_of(everybody, now),
        "do": do,
        **more,
    }
    file = f"statements/{home.name}-{number:06}"
    if do == PROPOSE:
        held, stream = list(rows), BytesIO()
        chunks.write(stream, 0, len(held), held)
        body |= {"count": len(held), "rows": sha256(stream.getvalue()).hexdigest()}
        exchange.put(f"{file}.kwc", stream.getvalue())
    signature = home.signer(LIST).sign(PREFIX + canonical(body)).signature
    path = exchange.put_new(f"{file}.json", dump({"body": body, "signature": signature}))
    said = _read(path, exchange.charter)
    home.remember(exchange.charter.name, number, said.digest)
    return said


def require_own(home: Home, name: str, everybody: Iterable[Statement]) -> list[Statement]:
    """Give all that an authority said itself. Raises: TrustError if its last statement was taken out of the exchange.

    The others could not see that the last one is missing, and it may be a withdrawal.
    """
    own = [one for one in everybody if one.authority == home.name]
    number, digest = home.said(name)
    if number > len(own) or (number and own[number - 1].digest != digest):
        raise refusals.statement_gap(f"{home.name}-{number:06}.json")
    return own


def _moment_of(everybody: Iterable[Statement], now: datetime) -> str:
    """Give the moment of a new statement: never before one that its author has seen, even if clocks differ."""
    latest = max((one.at for one in everybody), default="")
    if latest > moment(now + CLOCKS):
        raise refusals.ahead(latest)
    return max(latest, moment(now))


def read(exchange: Exchange) -> list[Statement]:
    """Read all statements in the order in which they count: by time, then authority and number. Raises: TrustError."""
    charter, found = exchange.charter, []
    last: dict[str, Statement] = {}
    for path in sorted((exchange.path / "statements").glob("*.json")):
        one = _read(path, charter)
        before = last.get(one.authority)
        expected = (1, "") if before is None else (before.body["number"] + 1, before.digest)
        if (one.body["number"], one.body["previous"]) != expected or (before and one.at < before.at):
            raise refusals.statement_gap(path.name)
        last[one.authority] = one
        found.append(one)
    return sorted(found, key=lambda one: (one.at, one.authority, one.body["number"]))


def _read(path: Path, charter: Charter) -> Statement:
    try:
        record = json.loads(path.read_bytes())
        body = record["body"]
        known = path.stem == f"{body['authority']}-{body['number']:06}" and body["list"] == charter.name
        holds(known and charter.verify(body["authority"], PREFIX + canonical(body), record["signature"]))
        _check_form(body)
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise refusals.statement_wrong(path.name) from problem
    return Statement(path, sha256(canonical(body)).hexdigest(), body)


def _check_form(body: Mapping[str, Any]) -> None:
    match body["do"]:
        case "propose":
            right = isinstance(body["count"], int) and isinstance(body["rows"], str)
        case "confirm":
            right = isinstance(body["proposal"], str) and all(first <= last for first, last in body["places"])
        case "withdraw":
            entries = body["entries"]
            right = isinstance(body["reason"], str) and all(map(isinstance, chain(*entries), repeat(str)))
            right = right and all(len(entry) == 3 and bytes.fromhex(entry[2]) for entry in entries)  # noqa: PLR2004 - id, signal, value
        case _:
            right = False
    if not right:
        raise ValueError("no statement")


def sign_again(home: Home, exchange: Exchange) -> None:
    """Sign all own statements with the present key, which took the place of another; what they say stays."""
    signer = home.signer(LIST)
    for path in sorted((exchange.path / "statements").glob(f"{home.name}-*.json")):
        body = json.loads(path.read_bytes())["body"]
        signature = signer.sign(PREFIX + canonical(body)).signature
        exchange.put(f"statements/{path.name}", dump({"body": body, "signature": signature}))


def moment(now: datetime) -> str:
    """Write a moment in UTC, to the second."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

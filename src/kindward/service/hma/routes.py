"""HMA's routes: ``/h`` hashes, ``/m`` matches, ``/c`` curates, ``/status`` tells; each wants a token."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from kindward.config import Settings
from kindward.model import Fingerprint
from kindward.service.answers import Answer, json_answer
from kindward.service.asked import Asked
from kindward.service.checks import Checks
from kindward.service.forms import named_parts
from kindward.service.hma import lookup, refusals
from kindward.service.hma.door import Handler
from kindward.service.hma.local import NAME, Group, Local, key_of
from kindward.service.refusals import not_ready
from kindward.service.routes import FORM, FORM_OVERHEAD, QUESTION_BYTES, Routes
from kindward.store import Role

T = TypeVar("T")
PARTS = frozenset({*lookup.CONTENTS, "metadata", "note"})
TRUE = frozenset({"true", "1", "yes", "on"})
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Create(msgspec.Struct):
    name: str
    enabled_ratio: Ratio | None = None
    enabled: bool | None = None


class _Change(msgspec.Struct):
    name: str | None = None
    enabled_ratio: Ratio | None = None
    enabled: bool | None = None


class _Content(msgspec.Struct):
    disable_until_ts: int | None = None
    note: str | None = None


class _Metadata(msgspec.Struct, forbid_unknown_fields=True):
    content_id: str = ""
    content_uri: str = ""
    json: dict[str, Any] = {}


class _SignalType(msgspec.Struct):
    enabled_ratio: Ratio


class Hma:
    """Answer HMA's requests; each public method takes what was asked and what stood in the address."""

    def __init__(self, routes: Routes, checks: Checks, settings: Settings) -> None:
        self._routes = routes
        self._checks = checks
        self._settings = settings

    def table(self) -> list[tuple[str, str, Handler]]:
        """List all routes: method, template of the address, handler."""
        elsewhere, bank, content = self.exchange_elsewhere, "/c/bank/{bank}", "/c/bank/{bank}/content/{content}"
        return [
            ("GET", "/h/hash", self.hash_address),
            ("POST", "/h/hash", self.hash),
            ("GET", "/m/raw_lookup", self.raw_lookup),
            ("GET", "/m/lookup", self.lookup_value),
            ("POST", "/m/lookup", self.lookup_content),
            ("POST", "/m/compare", self.compare),
            ("GET", "/m/index/status", self.index_status),
            ("GET", "/c/banks", self.banks),
            ("POST", "/c/banks", self.bank_create),
            ("GET", bank, self.bank),
            ("PUT", bank, self.bank_change),
            ("DELETE", bank, self.bank_remove),
            ("POST", f"{bank}/content", self.content_add),
            ("POST", f"{bank}/signal", self.signal_add),
            ("GET", content, self.content),
            ("PUT", content, self.content_change),
            ("DELETE", content, self.content_remove),
            ("GET", "/c/exchanges", self.exchanges),
            ("GET", "/c/exchanges/apis", self.exchange_apis),
            *((method, "/c/exchanges/api/{api}", elsewhere) for method in ("GET", "POST")),
            ("GET", "/c/exchanges/api/{api}/schema", elsewhere),
            ("POST", "/c/exchanges", elsewhere),
            ("GET", "/c/exchange/{exchange}", self.exchange),
            *((method, "/c/exchange/{exchange}", elsewhere) for method in ("PUT", "DELETE")),
            ("GET", "/c/exchange/{exchange}/status", self.exchange_status),
            ("GET", "/c/signal_type", self.signal_types),
            ("PUT", "/c/signal_type/{signal}", self.signal_change),
            ("GET", "/c/signal_type/index", self.signal_index),
            ("GET", "/c/content_type", self.content_types),
            ("GET", "/status", self.status),
            ("GET", "/status/live", self.live),
            ("GET", "/site-map", self.site_map),
        ]

    # hashing

    async def hash_address(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /h/hash?url=``: refused, because nothing is fetched."""
        await self._admit(asked, Role.CHECKER)
        raise refusals.missing("url")

    async def hash(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``POST /h/hash``: give the fingerprint of each kind asked for."""
        query = await self._admit(asked, Role.CHECKER)
        kind, data, _parts = await self._sent(asked)
        types = _listed(query.get("types", "")) or {lookup.CONTENTS[kind]}
        if not types <= lookup.SIGNALS.keys():
            raise refusals.no_such_signal()
        wanted = lookup.CONTENTS[kind]
        return json_answer({wanted: await self._value(wanted, data)} if wanted in types else {})

    # matching

    async def raw_lookup(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /m/raw_lookup``: give every match of one fingerprint."""
        query = await self._admit(asked, Role.CHECKER, meter=1)
        question = lookup.asked_for(_needed(query, "signal_type"), _needed(query, "signal"))
        matches = self._lookup().raw(question, _listed(query.get("banks", "")))
        if _is_true(query.get("include_distance")):
            return json_answer({"matches": [lookup.record(match) for match in matches]})
        return json_answer({"matches": [lookup.number_of(match) for match in matches]})

    async def lookup_value(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /m/lookup``: give the matches of one fingerprint by bank."""
        query = await self._admit(asked, Role.CHECKER, meter=1)
        signal = _needed(query, "signal_type")
        return json_answer(await self._matches(signal, lookup.asked_for(signal, _needed(query, "signal")), query))

    async def lookup_content(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``POST /m/lookup``: give the matches of a content by signal type and bank."""
        query = await self._admit(asked, Role.CHECKER)
        kind, data, _parts = await self._sent(asked)
        signal = lookup.CONTENTS[kind]
        if signal == lookup.PDQ:
            found = await self._checks.hash(data)
            lookup.plain_pdq(found)
            question = list(found.fingerprints)
        else:
            question = lookup.asked_for(signal, await self._value(signal, data))
        return json_answer({signal: await self._matches(signal, question, query)})

    async def compare(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``POST /m/compare``: say how near two fingerprints are."""
        await self._admit(asked, Role.CHECKER)
        pairs = await self._json(asked, dict[str, Annotated[list[str], msgspec.Meta(min_length=2, max_length=2)]])
        return json_answer(lookup.compare(pairs))

    async def index_status(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /m/index/status``: say how many entries are searched."""
        query = await self._admit(asked, Role.CHECKER)
        wanted = _signals(query)
        return json_answer(
            {name: {"built_to": self._newest(), "present": True, "size": self._size(name)} for name in wanted}
        )

    # curation

    async def banks(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /c/banks``: list all banks, those of other sources with their names in capitals."""
        await self._admit(asked, *Role)
        return json_answer([group.record() for group in self._groups()])

    async def bank(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``GET /c/bank/NAME``: show one bank."""
        await self._admit(asked, *Role)
        group = next((group for group in self._groups() if group.name == names["bank"]), None)
        if group is None:
            raise refusals.bank_missing()
        return json_answer(group.record())

    async def bank_create(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``POST /c/banks``: make a bank inside the bank local."""
        await self._admit(asked, Role.OPERATOR)
        question = await self._json(asked, _Create)
        if question.name in {lookup.told_name(bank.name) for bank in self._checks.banks if bank.name != NAME}:
            raise refusals.bank_exists()
        ratio = _ratio(question.enabled_ratio, question.enabled)
        group = await asyncio.to_thread(self._local().create, question.name, 1.0 if ratio is None else ratio)
        return json_answer(group.record(), 201)

    async def bank_change(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``PUT /c/bank/NAME``: rename it, or change its share of the look-ups."""
        await self._admit(asked, Role.OPERATOR)
        self._require_local(names["bank"])
        question = await self._json(asked, _Change)
        ratio = _ratio(question.enabled_ratio, question.enabled)
        return json_answer((await self._done(Local.change, names["bank"], rename=question.name, ratio=ratio)).record())

    async def bank_remove(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``DELETE /c/bank/NAME``: remove it and withdraw its entries."""
        await self._admit(asked, Role.OPERATOR)
        self._require_local(names["bank"])
        await self._done(Local.remove, names["bank"])
        return json_answer({"message": "Done"})

    async def content_add(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``POST /c/bank/NAME/content``: add a content by its fingerprint; the content itself is not kept."""
        await self._admit(asked, Role.OPERATOR)
        self._require_local(names["bank"])
        kind, data, parts = await self._sent(asked)
        note = _note(parts)
        signal = lookup.CONTENTS[kind]
        value = await self._value(signal, data)
        number = await self._add(names["bank"], {signal: value}, note)
        return json_answer({"id": number, "signals": {signal: value}})

    async def signal_add(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``POST /c/bank/NAME/signal``: add fingerprints of one content."""
        await self._admit(asked, Role.OPERATOR)
        self._require_local(names["bank"])
        given = await self._json(asked, Annotated[dict[str, str], msgspec.Meta(min_length=1, max_length=8)])
        number = await self._add(names["bank"], given, "")
        return json_answer({"id": number, "signals": {name: text.lower() for name, text in given.items()}})

    async def content(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``GET /c/bank/NAME/content/ID``: show a content of a bank."""
        query = await self._admit(asked, *Role)
        self._require_local(names["bank"])
        number = _number(names["content"])
        group, held, until = await self._done(Local.content, names["bank"], number)
        told = {
            "id": number,
            "disable_until_ts": until,
            "collab_metadata": {},
            "original_media_uri": None,
            "bank": group.record(),
        }
        if _is_true(query.get("include_signals")):
            ours = {signal: name for name, (signal, _) in lookup.SIGNALS.items()}
            told["signals"] = {ours[entry.signal]: entry.value.hex() for entry in held if entry.signal in ours}
        return json_answer(told)

    async def content_change(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``PUT /c/bank/NAME/content/ID``: take a content out of force until a time, or put it back."""
        await self._admit(asked, Role.OPERATOR)
        self._require_local(names["bank"])
        number, question = _number(names["content"]), await self._json(asked, _Content)
        if question.disable_until_ts is not None:
            await self._done(Local.disable, names["bank"], number, question.disable_until_ts)
        return await self.content(asked, names)

    async def content_remove(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``DELETE /c/bank/NAME/content/ID``: withdraw a content."""
        await self._admit(asked, Role.OPERATOR)
        self._require_local(names["bank"])
        await self._done(Local.delete, names["bank"], _number(names["content"]))
        return json_answer({"deleted": 1})

    # sources, which are subscribed to on the command line

    async def exchanges(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /c/exchanges``: list the banks that come from elsewhere."""
        await self._admit(asked, *Role)
        return json_answer([lookup.told_name(bank.name) for bank in self._checks.banks if bank.name != NAME])

    async def exchange(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``GET /c/exchange/NAME``: show one of them."""
        await self._admit(asked, *Role)
        bank = self._elsewhere(names["exchange"])
        return json_answer({"api": str(bank.trust), "enabled": True, "name": names["exchange"]})

    async def exchange_status(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``GET /c/exchange/NAME/status``: say whether it can be trusted now."""
        await self._admit(asked, *Role)
        self._elsewhere(names["exchange"])
        return json_answer({"success": self._checks.ready, "version": self._elsewhere(names["exchange"]).version})

    async def exchange_apis(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /c/exchanges/apis``: name the sources that `kindward bank subscribe` knows."""
        from kindward.banks.sources.discovery import offered

        await self._admit(asked, *Role)
        return json_answer(sorted(offered()))

    async def exchange_elsewhere(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """Refuse to make or change subscriptions, which need secrets."""
        await self._admit(asked, *Role)
        raise refusals.exchange_elsewhere()

    # what there is

    async def signal_types(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /c/signal_type``: list the signal types and the share of look-ups they take part in."""
        await self._admit(asked, *Role)
        ratios = self._local().register().signals
        return json_answer([{"enabled_ratio": ratios.get(name, 1.0), "name": name} for name in lookup.SIGNALS])

    async def signal_change(self, asked: Asked, names: Mapping[str, str]) -> Answer:
        """``PUT /c/signal_type/NAME``: change that share."""
        await self._admit(asked, Role.OPERATOR)
        if names["signal"] not in lookup.SIGNALS:
            raise refusals.no_such_signal()
        question = await self._json(asked, _SignalType)
        await self._done(Local.set_signal, names["signal"], question.enabled_ratio)
        return json_answer({"enabled_ratio": question.enabled_ratio, "name": names["signal"]})

    async def signal_index(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /c/signal_type/index``: compare what is stored with what is searched; here it is always the same."""
        query = await self._admit(asked, *Role)
        newest = self._newest()
        return json_answer(
            {
                name: {
                    "db_size": self._size(name),
                    "index_size": self._size(name),
                    "index_out_of_date": False,
                    "newest_db_item": newest,
                    "index_built_to": newest,
                }
                for name in _signals(query)
            }
        )

    async def content_types(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /c/content_type``: list the kinds of content."""
        await self._admit(asked, *Role)
        return json_answer([{"enabled": True, "name": name} for name in lookup.CONTENTS])

    async def status(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /status``: say whether there is a bank to look up in."""
        await self._admit(asked, *Role)
        if not self._checks.ready:
            return Answer(503, b"INDEX-NOT-LOADED\n", b"text/plain; charset=utf-8")
        return Answer(200, b"I-AM-ALIVE\n", b"text/plain; charset=utf-8")

    async def live(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /status/live``: say that this worker answers."""
        await self._admit(asked, *Role)
        return Answer(200, b"I-AM-ALIVE\n", b"text/plain; charset=utf-8")

    async def site_map(self, asked: Asked, _: Mapping[str, str]) -> Answer:
        """``GET /site-map``: list these routes."""
        await self._admit(asked, *Role)
        return json_answer([f"{method} {template}" for method, template, _ in self.table()])

    # what they share

    async def _admit(self, asked: Asked, *roles: Role, meter: int = 0) -> dict[str, str]:
        """Let in who may ask; give the query, in which nothing may stand twice. Raises: Refusal."""
        token = await self._routes.admit(asked, *roles)
        asked.require_open()
        pairs = parse_qsl(asked.scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        query = dict(pairs)
        if "url" in query:
            raise refusals.address()
        if len(query) != len(pairs):
            raise refusals.wrong(next(name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1))
        if meter:
            self._routes.meter_out(token, meter)
        return query

    async def _sent(self, asked: Asked) -> tuple[str, bytes, dict[str, bytes]]:
        """Give the kind of content in a form, its bytes, and the other parts. Raises: Refusal."""
        asked.require_plain()
        if asked.kind != FORM:
            raise refusals.body_wrong()
        self._checks.require_room()
        with self._routes.memory.hold() as held:
            body = await self._routes.body(asked, held, self._settings.limits.bytes + FORM_OVERHEAD)
            parts = named_parts(body, asked.headers[b"content-type"], PARTS)
        kinds = [kind for kind in lookup.CONTENTS if kind in parts]
        if len(kinds) != 1:
            raise refusals.missing("photo")
        return kinds[0], parts.pop(kinds[0]), parts

    async def _json(self, asked: Asked, kind: Any) -> Any:  # noqa: ANN401 - annotated types are no classes
        asked.require_plain()
        with self._routes.memory.hold() as held:
            body = await self._routes.body(asked, held, QUESTION_BYTES)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise refusals.body_wrong() from None

    async def _value(self, signal: str, data: bytes) -> str:
        if signal == lookup.PDQ:
            return lookup.plain_pdq(await self._checks.hash(data))
        return await asyncio.to_thread(lambda: hashlib.md5(data, usedforsecurity=False).hexdigest())

    async def _matches(
        self, signal: str, question: list[Fingerprint], query: Mapping[str, str]
    ) -> dict[str, list[dict[str, object]]]:
        await self._done(Local.enable_due)
        flip = lookup.coin(query.get("seed"), bypass=_is_true(query.get("bypass_coinflip")))
        ratio = self._local().register().signals.get(signal, 1.0)
        if ratio <= 0 or ratio < flip():
            return {}
        return self._lookup().enabled(question, _listed(query.get("banks", "")), flip)

    async def _add(self, bank: str, given: Mapping[str, str], note: str) -> int:
        read = {name: lookup.value_of(name, text) for name, text in given.items()}
        values = {lookup.SIGNALS[name][0]: value for name, value in read.items()}
        return await self._done(Local.add, bank, values, note)

    async def _done(self, method: Callable[..., T], *arguments: object, **more: object) -> T:
        return await asyncio.to_thread(method, self._local(), *arguments, **more)

    def _local(self) -> Local:
        bank = next((bank for bank in self._checks.banks if bank.name == NAME), None)
        if bank is None:
            raise self._checks.trouble or not_ready()
        return Local(bank)  # type: ignore[arg-type] # the composition root hands in banks of the room banks

    def _lookup(self) -> lookup.Lookup:
        return lookup.Lookup(
            self._checks.banks,  # type: ignore[arg-type] # the same
            self._local(),
            self._settings.matching.pdq_distance,
            simulate=self._settings.simulate,
        )

    def _groups(self) -> list[Group]:
        others = [Group(lookup.told_name(bank.name)) for bank in self._checks.banks if bank.name != NAME]
        return [*self._local().register().groups.values(), *others]

    def _require_local(self, name: str) -> None:
        if any(lookup.told_name(bank.name) == name for bank in self._checks.banks if bank.name != NAME):
            raise refusals.bank_elsewhere()
        key_of(self._local().register(), name)

    def _elsewhere(self, name: str) -> Any:  # noqa: ANN401 - a bank of the checker
        for bank in self._checks.banks:
            if bank.name != NAME and lookup.told_name(bank.name) == name:
                return bank
        raise refusals.exchange_missing()

    def _size(self, name: str) -> int:
        signal = lookup.SIGNALS[name][0]
        return sum(bank.counts().get(signal, 0) for bank in self._checks.banks)

    def _newest(self) -> int:
        days = [bank.version[:10] for bank in self._checks.banks]
        return max((int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) for day in days), default=-1)


def _needed(query: Mapping[str, str], name: str) -> str:
    if not query.get(name):
        raise refusals.missing(name)
    return query[name]


def _listed(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))


def _is_true(text: str | None) -> bool:
    return (text or "").strip().lower() in TRUE


def _ratio(ratio: float | None, enabled: bool | None) -> float | None:  # noqa: FBT001 - two fields of one question
    if ratio is not None or enabled is None:
        return ratio
    return 1.0 if enabled else 0.0


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise refusals.content_missing()
    return int(text)


def _signals(query: Mapping[str, str]) -> list[str]:
    wanted = query.get("signal_type")
    if wanted is not None and wanted not in lookup.SIGNALS:
        raise refusals.no_such_signal()
    return [name for name in lookup.SIGNALS if wanted in {None, name}]


def _note(parts: Mapping[str, bytes]) -> str:
    """Keep the note and the caller's own number of a content; its address and further data are not stored here."""
    note = parts.get("note", b"").decode("utf-8", "replace")
    if "metadata" not in parts:
        return note
    try:
        metadata = msgspec.json.decode(parts["metadata"], type=_Metadata)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise refusals.wrong("metadata") from None
    return " ".join(filter(None, (note, f"content_id={metadata.content_id}" if metadata.content_id else "")))

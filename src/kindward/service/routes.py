"""The routes that do the work: content or fingerprints in, a verdict out.

They know neither the framework nor the server, so that the hot ones can be called without a framework in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from kindward import wire
from kindward.config import Settings
from kindward.errors import KindwardError
from kindward.model import Decision, Fingerprint, Verdict
from kindward.service.access import Guard
from kindward.service.accounts import account_of
from kindward.service.alarms import Alarms
from kindward.service.answers import Answer, json_answer
from kindward.service.asked import Asked
from kindward.service.bodies import Held, Memory, read_body
from kindward.service.brakes import Brakes
from kindward.service.checks import Checks
from kindward.service.forms import file_beside
from kindward.service.log import Log, place
from kindward.service.meter import Meter
from kindward.service.metrics import KIND, Metrics
from kindward.service.problems import problem
from kindward.service.questions import MOST, PDQ_BYTES, fingerprints_of_many, fingerprints_of_one
from kindward.service.rates import Rates
from kindward.service.refusals import (
    ClientGoneError,
    internal,
    kind_wrong,
    more_than_a_minute,
    not_ready,
    rate_exceeded,
)
from kindward.store import Role

FORM, OCTETS, PICTURE = b"multipart/form-data", b"application/octet-stream", b"image/"
CHECKED_KINDS = "image/*, application/octet-stream, multipart/form-data"
JSON, BLOCKS = b"application/json", b"application/vnd.kindward.pdq"
MATCHED_KINDS = "application/json, application/vnd.kindward.pdq"
PERSON = "person"
"""Part of a form that tells what the caller knows of the account; it is sealed with the case."""
CASE = b"kindward-case"
"""Header of an answer that names the case it opened."""
FORM_OVERHEAD = 128 * 1024
"""Bytes that a form may need beside its file."""
QUESTION_BYTES = 512 * 1024
"""Largest JSON question: 1,000 fingerprints, generously written."""


class Routes:
    """Answer requests; each public method takes what was asked and gives a complete answer."""

    def __init__(
        self,
        *,
        settings: Settings,
        checks: Checks,
        guard: Guard,
        meter: Meter,
        metrics: Metrics,
        log: Log,
        brakes: Brakes,
        rates: Rates,
        alarms: Alarms,
    ) -> None:
        self._settings = settings
        self._checks = checks
        self._guard = guard
        self._meter = meter
        self._metrics = metrics
        self._log = log
        self._brakes = brakes
        self._rates = rates
        self._alarms = alarms
        self.memory = Memory(settings.limits.bytes)

    async def check(self, asked: Asked) -> Answer:
        """``POST /v1/check``: one content in, its verdict out."""
        asked.route = "/v1/check"
        return await self._answered(asked, self._check, decides=True)

    async def match(self, asked: Asked) -> Answer:
        """``POST /v1/match``: fingerprints in, verdicts out; the content itself is not sent."""
        asked.route = "/v1/match"
        return await self._answered(asked, self._match, decides=True)

    async def banks(self, asked: Asked) -> Answer:
        """``GET /v1/banks``: the lists in force."""
        asked.route = "/v1/banks"
        return await self._answered(asked, self._banks)

    async def metrics(self, asked: Asked) -> Answer:
        """``GET /metrics``: the counts of all workers, for operators only.

        There is no exception for the machine itself: behind a proxy every request comes from there.
        """
        asked.route = "/metrics"
        return await self._answered(asked, self._exposition)

    async def ready(self, asked: Asked) -> Answer:
        """``GET /readyz``: whether this worker may be sent requests."""
        asked.route = "/readyz"
        return await self._answered(asked, self._ready)

    async def health(self, asked: Asked) -> Answer:
        """``GET /healthz``: whether this worker still answers."""
        asked.route = "/healthz"
        return json_answer({"alive": True})

    async def admitted(self, asked: Asked, route: str, then: Callable[[], object]) -> Answer:
        """Answer any role with what ``then`` gives."""
        asked.route = route

        async def give(asked: Asked) -> Answer:
            """Answer whoever has a token."""
            await self.admit(asked, *Role)
            return json_answer(then())

        return await self._answered(asked, give)

    def refuse(self, asked: Asked, error: KindwardError, *, decides: bool = False) -> Answer:
        """Write an error as the answer, and count it."""
        asked.refused = error.code
        self._metrics.refusal(asked.route, error.code)
        return problem(error, asked.language, settings=self._settings if decides else None)

    async def _answered(
        self, asked: Asked, handle: Callable[[Asked], Awaitable[Answer]], *, decides: bool = False
    ) -> Answer:
        try:
            return await handle(asked)
        except ClientGoneError:
            raise
        except KindwardError as error:
            return self.refuse(asked, error, decides=decides)
        except Exception as fault:  # noqa: BLE001 - its text could hold content, so it ends here
            self._log.error("fault", route=asked.route, kind=type(fault).__name__, place=place(fault))
            return self.refuse(asked, internal(), decides=decides)

    async def admit(self, asked: Asked, *roles: Role) -> str:
        """Let in who may use a route; give the id of the token. Raises: Refusal."""
        asked.require_single()
        token = await self._guard.admit(asked.headers.get(b"authorization"), *roles)
        asked.label = token.label
        return token.id

    async def _check(self, asked: Asked) -> Answer:
        await self.admit(asked, Role.CHECKER)
        asked.require_open()
        asked.require_plain()
        account = account_of(asked)
        kind = asked.kind
        if kind not in {OCTETS, FORM} and not kind.startswith(PICTURE):
            raise kind_wrong(CHECKED_KINDS)
        self._checks.require_room()
        with self.memory.hold() as held:
            data = await self.body(asked, held, self._settings.limits.bytes + FORM_OVERHEAD * (kind == FORM))
            person = b""
            if kind == FORM:
                data, person = file_beside(data, asked.headers[b"content-type"], PERSON)
            verdict, shared = await self._checks.check(data)
            verdict = await self._weighed(verdict, account)
            case = await self._alarms.raised(verdict, data, account, person)
        if shared:
            self._metrics.shared.inc()
        else:
            self._count(verdict)
        answer = json_answer(wire.verdict_record(None, verdict))
        return replace(answer, headers=((CASE, case.encode()),)) if case else answer

    async def _match(self, asked: Asked) -> Answer:
        token_id = await self.admit(asked, Role.CHECKER)
        asked.require_open()
        asked.require_plain()
        account = account_of(asked)
        kind = asked.kind
        if kind not in {JSON, BLOCKS}:
            raise kind_wrong(MATCHED_KINDS)
        with self.memory.hold() as held:
            body = await self.body(asked, held, QUESTION_BYTES if kind == JSON else MOST * PDQ_BYTES)
        fingerprints = fingerprints_of_one(body) if kind == JSON else fingerprints_of_many(body)
        self.meter_out(token_id, len(fingerprints))
        self._metrics.asked(asked.label or "", len(fingerprints))
        if kind == BLOCKS:
            return json_answer(await asyncio.to_thread(self._match_many, fingerprints, account))
        verdict = await self._weighed(self._checks.checker.match(fingerprints), account)
        self._count(verdict)
        return json_answer(wire.verdict_record(None, verdict))

    def meter_out(self, token_id: str, count: int) -> None:
        """Count look-ups of one token. Raises: Refusal (429) if it asked too often."""
        if count > self._meter.per_minute:
            raise more_than_a_minute(self._meter.per_minute, count)
        if wait := self._meter.take(token_id, count):
            raise rate_exceeded(self._meter.per_minute, wait)

    async def _weighed(self, verdict: Verdict, account: bytes | None) -> Verdict:
        """Give the verdict that takes effect, and count the match of every entry; costs nothing without a match."""
        self._rates.note(1, (verdict,), self._checks.banks)
        return await self._brakes.settle(verdict, account, self._checks.checker)

    def _match_many(self, fingerprints: Sequence[Fingerprint], account: bytes | None) -> dict[str, Any]:
        checker = self._checks.checker
        whole = checker.match(fingerprints)
        found = list(self._found(fingerprints, 0, whole))
        self._rates.note(len(fingerprints), [verdict for _, verdict in found], self._checks.banks)
        found = [(index, self._brakes.weigh(verdict, account, checker)) for index, verdict in found]
        for _, verdict in found:
            self._count(verdict)
        return {
            "count": len(fingerprints),
            "simulated": whole.simulated,
            "matched": [
                {
                    "index": index,
                    "decision": str(verdict.decision),
                    "simulated": verdict.simulated,
                    "matches": [wire.match_record(match) for match in verdict.matches],
                    "notes": list(verdict.notes),
                }
                for index, verdict in found
            ],
            "otherwise": str(Decision.PASS),
            "versions": wire.versions_record(whole.versions),
        }

    def _found(self, fingerprints: Sequence[Fingerprint], first: int, whole: Verdict) -> list[tuple[int, Verdict]]:
        """Find which of many fingerprints match, by halves: nearly all match nothing, and are asked about together."""
        if not whole.matches:
            return []
        if len(fingerprints) == 1:
            return [(first, whole)]
        middle = len(fingerprints) // 2
        match = self._checks.checker.match
        low, high = fingerprints[:middle], fingerprints[middle:]
        return [*self._found(low, first, match(low)), *self._found(high, first + middle, match(high))]

    async def _banks(self, asked: Asked) -> Answer:
        await self.admit(asked, *Role)
        banks = [
            {
                "name": bank.name,
                "version": bank.version,
                "trust": str(bank.trust),
                "simulated": bank.simulated or None,
                "entries": dict(bank.counts()),
            }
            for bank in self._checks.banks
        ]
        return json_answer({"banks": banks})

    async def _exposition(self, asked: Asked) -> Answer:
        await self.admit(asked, Role.OPERATOR)
        return Answer(200, await asyncio.to_thread(self._metrics.exposition), KIND)

    async def _ready(self, _: Asked) -> Answer:
        if not (self._checks.ready and self._guard.ready):
            raise not_ready()
        # Whoever has no token is not told which list it is; the metrics and the log say so.
        stale = any(stale for _bank, _standing, stale in self._checks.standings)
        return json_answer({"ready": True, "stale": True} if stale else {"ready": True})

    async def body(self, asked: Asked, held: Held, limit: int) -> bytes:
        """Give the whole body of a request. Raises: Refusal, ClientGoneError."""
        body = await read_body(
            asked.receive,
            held,
            declared=asked.declared,
            limit=limit,
            seconds=self._settings.service.body_seconds,
        )
        asked.unread = False
        return body

    def _count(self, verdict: Verdict) -> None:
        best = verdict.matches[0] if verdict.matches else None
        self._metrics.verdict(
            str(verdict.decision), simulated=verdict.simulated, best=(best.bank, best.signal) if best else None
        )

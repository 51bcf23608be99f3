"""A witness that speaks C2SP tlog-witness over HTTP: it answers what ``ledger.witness`` decides.

It keeps the checkpoints it cosigned in a file if it is given one, so that it can be stopped and started again.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from kindward.ledger.note import Checkpoint
from kindward.ledger.witness import LARGEST_SUBMISSION, PATH, Witness
from kindward.sandbox.faults import Faults, Faulty

_APART = "\n"


class WitnessSandbox:
    """One witness at ``POST /add-checkpoint``; ``now`` gives seconds since 1970."""

    hint = "Send checkpoints of the logs that the witness was told to know."

    def __init__(self, witness: Witness, kept: Path | None = None, now: Callable[[], float] = time.time) -> None:
        """Take up what was cosigned before. Raises: TrustError if ``kept`` cannot be read."""
        self.witness = witness
        self.faults = Faults()
        self._now = now
        self._kept = kept
        self._one_at_a_time = asyncio.Lock()
        if kept is not None:
            witness.seen.update(_read(kept))
            witness.keep = self._keep
        self.app: ASGIApp = Faulty(Starlette(routes=[Route(PATH, self._add, methods=["POST"])]), self.faults)

    async def _add(self, request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_SUBMISSION:
                return Response(status_code=413)
        async with self._one_at_a_time:
            answer = self.witness.add_checkpoint(body, int(self._now()))
        # The framework would add a charset to a content type that the protocol fixes.
        return Response(answer.body, answer.status, {"content-type": answer.kind})

    def _keep(self, checkpoint: Checkpoint) -> None:
        assert self._kept is not None
        seen = {**self.witness.seen, checkpoint.origin: checkpoint}
        new = self._kept.with_suffix(".new")
        with new.open("w", encoding="utf-8") as stream:
            stream.write(_APART.join(each.text for _, each in sorted(seen.items())))
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(self._kept)


def _read(kept: Path) -> dict[str, Checkpoint]:
    if not kept.exists():
        return {}
    texts = kept.read_text(encoding="utf-8").split(_APART + _APART)
    found = [Checkpoint.parse(text.removesuffix("\n") + "\n") for text in texts if text]
    return {each.origin: each for each in found}

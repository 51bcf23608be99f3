"""A provider that sends pages, a plug-in that reads them, and subscriptions to both; nothing leaves the machine."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

from kindward.banks import Bank
from kindward.banks.sources import Response
from kindward.errors import RemoteError
from kindward.subscription import rejects
from kindward.subscription.means import Means
from kindward.subscription.record import Subscription
from kindward.subscription.state import State
from kindward.subscription.subscribing import subscribe
from kindward.subscription.updating import update

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def value(number):
    return hashlib.sha256(f"entry {number}".encode()).digest()


def record(number, *more, **fields):
    """What the provider says of an item with these fingerprints."""
    return {"id": f"e{number}", "values": [value(one).hex() for one in (number, *more)], **fields}


class Provider:
    """Keep what happened in order, and give it page by page; ``fault`` may raise at any request."""

    def __init__(self, *events, page=3):
        self.events, self.page, self.heard, self.asked = list(events), page, [], 0
        self.fault = lambda _request: None

    def __call__(self, request):
        self.asked += 1
        self.fault(request)
        if request.method == "POST":
            self.heard.append((request.url.rpartition("/")[2], request.body.decode()))
            return Response(200, {}, b"")
        after = int(request.url.rpartition("=")[2])
        some = self.events[after : after + self.page]
        answer = {"records": some, "next": after + len(some) if some else None}
        return Response(200, {}, json.dumps(answer).encode())

    def out_of_reach(self, *, after):
        """Answer this many more requests, and none after them."""
        last = self.asked + after

        def fault(_request):
            if self.asked > last:
                raise RemoteError("remote_unreachable", "The host {host} cannot be reached.", "", host="provider.test")

        self.fault = fault


def no_list(_location):
    raise AssertionError("no list is followed here")


class Followed:
    """A bank that follows a provider, with a clock of its own."""

    def __init__(self, path, provider, fetch_from=no_list):
        self.path, self.provider, self.now = path, provider, NOW
        self.means = Means(provider, fetch_from, now=lambda: self.now)

    def subscribe(self, followed=None, **options):
        followed = followed or Subscription(source="paging", settings={"url": "https://provider.test/list"})
        return subscribe(self.path, followed, self.means, **options)

    def update(self):
        self.now += timedelta(seconds=20)
        return update(self.path, self.means)

    @property
    def state(self):
        return State.read(self.path)

    def contents(self):
        """Everything that must be the same whether or not a process was killed on the way."""
        with Bank.open(self.path) as bank:
            return {
                "entries": sorted((entry.id, entry.value, str(entry.state)) for entry in bank.entries()),
                "states": sorted((life.id, str(life.state), life.reason) for life in bank.states()),
                "kept": sorted((entry_id, kept.signal, kept.value) for entry_id, kept in bank.kept()),
                "rejected": [(one.line, one.reason_code) for one in rejects.kept(self.path)],
                "reasons": self.state.rejected,
                "checkpoint": self.state.checkpoint,
            }


class Killer:
    """Run something in a copy of this process, and kill it when it touches files for the n-th time."""

    def __init__(self, place):
        self.place = str(place)

    def __call__(self, work, turn):
        """Say whether it was killed; False if it came to its end before."""
        child = os.fork()
        if child == 0:
            seen = 0

            def watch(event, arguments):
                nonlocal seen
                if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.link"}:
                    named = any(isinstance(one, str | os.PathLike) and self.place in str(one) for one in arguments)
                    seen += named
                    if named and seen == turn:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(watch)
            try:
                work()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)

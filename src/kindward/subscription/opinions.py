"""What reviewers say about entries, queued until the source has heard it: one small file for each opinion."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kindward.banks.manifest import sync_folder, write_durably
from kindward.banks.sources import Opinion, Source, Transport
from kindward.errors import KindwardError, RemoteError, StateError
from kindward.subscription.record import FOLDER, damaged
from kindward.subscription.state import Failure

PLACE = "feedback"
_ENDING = frozenset({"remote_unreachable", "remote_timeout", "remote_rate_limited"})
"""Errors after which the others need not be tried now."""


@dataclass(slots=True)
class Queued:
    """One opinion in the queue; ``failure`` is why the source did not take it when it was tried last."""

    item: str
    signal: str
    value: str
    wrong: bool
    reason: str
    at: str
    by: str
    failure: Failure | None = None

    @property
    def opinion(self) -> Opinion:
        """Give it as the source hears it."""
        return Opinion(self.item, self.signal, base64.b64decode(self.value), self.wrong, self.reason)


def enqueue(path: Path, opinion: Opinion, *, at: str, by: str) -> bool:
    """Keep an opinion until it is sent; say whether it is new, for the same one twice is one."""
    folder = path / FOLDER / PLACE
    folder.mkdir(parents=True, exist_ok=True)
    waiting = [one.opinion for _, one in queued(path)]
    if opinion in waiting:
        return False
    value = base64.b64encode(opinion.value).decode()
    kept = Queued(opinion.item, opinion.signal, value, opinion.wrong, opinion.reason, at, by)
    unnamed = folder / f".{os.getpid()}.new"
    write_durably(unnamed, msgspec.json.encode(kept))
    number = max((int(file.stem) for file in folder.glob("*.json")), default=0)
    while True:
        number += 1
        try:
            # A link fails where a name is taken, so that two reviewers at once never lose an opinion.
            (folder / f"{number:09}.json").hardlink_to(unnamed)
        except FileExistsError:
            continue
        break
    unnamed.unlink()
    sync_folder(folder)
    return True


def queued(path: Path) -> list[tuple[Path, Queued]]:
    """List the opinions that wait, oldest first. Raises: StateError if one is damaged."""
    found: list[tuple[Path, Queued]] = []
    for file in sorted((path / FOLDER / PLACE).glob("*.json")):
        try:
            found.append((file, msgspec.json.decode(file.read_bytes(), type=Queued)))
        except FileNotFoundError:
            continue
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as problem:
            raise damaged(path, f"{FOLDER}/{PLACE}/{file.name}") from problem
    return found


def send_queued(path: Path, source: Source, transport: Transport, *, again: bool) -> tuple[int, KindwardError | None]:
    """Tell the source what waits; give how many it took, and why it did not take the others.

    An opinion that it refused is tried once more only with ``again``. One that was sent when the process was killed
    is sent again: no source counts the same vote of the same member twice.
    """
    sent, problem = 0, None
    for file, one in queued(path):
        if one.failure is not None and not again and one.failure.kind != RemoteError.kind:
            continue
        try:
            source.tell(one.opinion, transport)
        except (RemoteError, StateError) as refused:
            problem = refused
            one.failure = Failure.of(refused)
            write_durably(file, msgspec.json.encode(one))
            if refused.code in _ENDING:
                break
        else:
            file.unlink(missing_ok=True)
            sent += 1
    return sent, problem

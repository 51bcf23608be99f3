"""A reviewer's word about an entry: in force here at once, and queued for the source."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kindward.banks import Bank
from kindward.banks.manifest import unwritable
from kindward.banks.sources import Opinion
from kindward.banks.sources.discovery import find
from kindward.errors import KindwardError, StateError
from kindward.model import EntryState
from kindward.subscription import record
from kindward.subscription.means import Counted, Means, timestamp
from kindward.subscription.opinions import enqueue, queued, send_queued
from kindward.subscription.secrecy import without
from kindward.subscription.updating import alone


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of an opinion: whether the entry is quarantined here by it, and whether it is new in the queue."""

    quarantined: bool
    queued: bool


def give_opinion(path: Path, entry_id: str, *, wrong: bool, reason: str, by: str, means: Means) -> Heard:
    """Say that an entry is wrong, or right; a wrong one matches no longer here, from now on.

    The opinion is queued before the entry is quarantined, so that a crash between the two is noticed by the reviewer
    and mended by saying it again. Raises: StateError if the bank follows nothing or has no such entry.
    """
    record.read(path)
    if wrong and not reason:
        raise StateError("reason_missing", "An opinion needs a reason.", "Say in a few words why the entry is wrong.")
    with closing(Bank.open(path)) as bank:
        held = bank.holding(entry_id) or [bank.entry(entry_id)]
        opinions = [Opinion(entry.id, entry.signal, entry.value, wrong, reason) for entry in held]
        at = timestamp(means.now())
        try:
            new = [enqueue(path, opinion, at=at, by=by) for opinion in opinions]
        except OSError as problem:
            raise unwritable(path, problem) from problem
        quarantined = held[0].state is EntryState.QUARANTINED
        if wrong and not quarantined:
            bank.quarantine(entry_id, reason, by)
        return Heard(wrong or quarantined, any(new))


def send_opinions(path: Path, means: Means) -> tuple[int, KindwardError | None]:
    """Tell the source everything that waits, also what it refused before; give how many it took and why not all.

    Raises: StateError ``feedback_unsupported`` for a signed list, whose authorities hear it otherwise; ConfigError.
    """
    followed = record.read(path)
    if followed.signed:
        raise StateError(
            "feedback_unsupported",
            "The source {source} takes no feedback.",
            "Tell whoever makes the list.",
            source=followed.follows,
        )
    secrets = record.read_secrets(followed)
    with alone(path):
        try:
            source = find(followed.source)(followed.settings, secrets)
            sent, unsent = send_queued(path, source, Counted(means), again=True)
        except OSError as problem:
            raise unwritable(path, problem) from problem
    return sent, without(unsent, secrets.values(), followed.follows) if unsent else None


def waiting(path: Path) -> int:
    """Count the opinions that wait."""
    return len(queued(path))

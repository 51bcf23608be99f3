"""How far a source is followed: ``subscription/state.json``, replaced whole after every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from kindward.banks.manifest import write_durably
from kindward.errors import ConfigError, ContentError, KindwardError, RemoteError, StateError, TrustError
from kindward.subscription.means import timestamp
from kindward.subscription.record import FOLDER, damaged

FILE = "state.json"
FORMAT = 1
STEP, RELEASE = "step", "release"
"""Names of the marks that say how far a bank is: the number of the last step of a feed, of the release of a list."""
_KINDS = {kind.kind: kind for kind in (ConfigError, ContentError, RemoteError, StateError, TrustError)}


@dataclass(slots=True)
class Failure:
    """Why the last update failed, so that it can be told later and in another language."""

    kind: str
    code: str
    template: str
    hint: str
    facts: dict[str, str]

    @classmethod
    def of(cls, problem: KindwardError) -> Failure:
        """Keep an error."""
        facts = {name: str(fact) for name, fact in problem.facts.items()}
        return cls(problem.kind, problem.code, problem.template, problem.hint_template, facts)

    @property
    def error(self) -> KindwardError:
        """Give the error back."""
        kind = _KINDS.get(self.kind, KindwardError)
        return kind(self.code, self.template, self.hint, **self.facts)


@dataclass(slots=True)
class State:
    """Where a subscription stands.

    ``sequence`` counts the steps taken over, ``checkpoint`` is where a source goes on, ``mark`` what the bank bore
    after the last step. ``whole`` says that everything is being read again because the bank had fallen behind.
    ``updated`` is the last success, ``changed`` the last one that brought something, ``failing_since`` the first
    failure since. ``expires`` is when the signature of a list runs out. ``rejected`` counts records that were not
    understood, by reason. ``last`` tells the size of the last update that brought something.
    """

    sequence: int = 0
    checkpoint: dict[str, Any] = field(default_factory=dict)
    mark: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    updated: str = ""
    changed: str = ""
    attempted: str = ""
    failing_since: str = ""
    failures: int = 0
    failure: Failure | None = None
    expires: str = ""
    rejected: dict[str, int] = field(default_factory=dict)
    rejected_kept: int = 0
    last: dict[str, int] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def read(cls, path: Path) -> State:
        """Read the state of a bank's subscription; a fresh one if nothing was done yet. Raises: StateError."""
        try:
            state = msgspec.json.decode((path / FOLDER / FILE).read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as problem:
            raise damaged(path, f"{FOLDER}/{FILE}") from problem
        if state.format != FORMAT:
            raise damaged(path, f"{FOLDER}/{FILE}")
        return state

    def write(self, path: Path) -> None:
        """Keep the state."""
        write_durably(path / FOLDER / FILE, msgspec.json.encode(asdict(self)))

    def succeed(self, now: datetime, last: Mapping[str, int]) -> None:
        """Note that everything there was has been taken over."""
        self.updated = self.attempted = timestamp(now)
        self.failing_since, self.failures, self.failure = "", 0, None
        if last["pages"]:
            self.changed, self.last = self.updated, dict(last)

    def fail(self, now: datetime, problem: KindwardError) -> None:
        """Note that an update failed, and since when they do."""
        self.attempted = timestamp(now)
        self.failing_since = self.failing_since or self.attempted
        self.failures += 1
        self.failure = Failure.of(problem)

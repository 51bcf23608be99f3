"""The one bank that these routes write: imported, named ``local``, with HMA's banks as named groups inside it.

A group is noted as the source of its entries (``hma:3``), so that its name can change without touching them. Which
groups there are, and how much of the traffic they match, stands in ``hma.json`` beside the manifest.
"""

from __future__ import annotations

import fcntl
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from kindward.banks import Bank, build_bank, is_bank
from kindward.banks.manifest import write_durably
from kindward.errors import StateError
from kindward.model import Entry, EntryState
from kindward.service.hma import refusals

NAME = "local"
BY = "hma"
"""Who is named as having disabled or enabled an entry."""
GROUPS = "hma.json"
_LOCK = "hma.lock"
_MARK = "hma:"
_FORM = re.compile("[A-Z_][A-Z0-9_]*", re.ASCII)
LONGEST = 255
YEARS_AHEAD = 5 * 366 * 86_400
ENABLED, DISABLED = 1, 0
"""What ``disable_until_ts`` says for a content that matches, and for one that does not until somebody changes it."""
T = TypeVar("T")


class Group(msgspec.Struct):
    """One of HMA's banks: its name, and the share of look-ups in which it matches."""

    name: str
    ratio: float = 1.0

    def record(self) -> dict[str, object]:
        """Write it as HMA does."""
        return {"matching_enabled_ratio": self.ratio, "name": self.name}


class Register(msgspec.Struct):
    """What stands in ``hma.json``."""

    next_group: int = 1
    next_content: int = 1
    groups: dict[str, Group] = {}
    disabled: dict[str, int] = {}
    """Content → when it matches again, in Unix seconds; 0 for never by itself."""
    signals: dict[str, float] = {}


def make(folder: Path) -> None:
    """Make the empty bank if there is none; several processes may try at the same time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_bank(folder):
            build_bank(folder, (), name=NAME, empty=True)


class Local:
    """Read and change the groups of the bank; every change is on the disk when a method returns."""

    def __init__(self, bank: Bank, clock: Callable[[], float] = time.time) -> None:
        self._bank = bank
        self._clock = clock

    def register(self) -> Register:
        """Read which groups there are."""
        try:
            return msgspec.json.decode((self._bank.path / GROUPS).read_bytes(), type=Register)
        except FileNotFoundError:
            return Register()
        except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
            raise StateError(
                "hma_groups_damaged",
                "The file {path} with the groups of the bank local is damaged.",
                "Put back a copy of it, or remove it: its banks are then empty, their entries stay in the bank local.",
                path=self._bank.path / GROUPS,
            ) from problem

    @contextmanager
    def _changing(self) -> Iterator[Register]:
        with (self._bank.path / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            register = self.register()
            yield register
            write_durably(self._bank.path / GROUPS, msgspec.json.encode(register))

    def create(self, name: str, ratio: float) -> Group:
        """Make a group. Raises: Refusal for a wrong name or one that is taken."""
        with self._changing() as register:
            _require_name(register, name)
            group = Group(name, ratio)
            register.groups[str(register.next_group)] = group
            register.next_group += 1
        return group

    def change(self, name: str, *, rename: str | None, ratio: float | None) -> Group:
        """Rename a group or change the share of look-ups in which it matches. Raises: Refusal."""
        with self._changing() as register:
            group = register.groups[key_of(register, name)]
            if rename is not None and rename != name:
                _require_name(register, rename)
                group.name = rename
            if ratio is not None:
                group.ratio = ratio
        return group

    def remove(self, name: str) -> None:
        """Remove a group and withdraw all its entries. Raises: Refusal."""
        with self._changing() as register:
            key = key_of(register, name)
            for content in {entry.id for entry in self._bank.entries() if entry.source == _MARK + key}:
                self._bank.withdraw(content, "its bank was removed over HTTP")
                register.disabled.pop(content, None)
            del register.groups[key]

    def add(self, name: str, values: Mapping[str, bytes], note: str) -> int:
        """Add one content with its fingerprints, under signals of kindward; give its number. Raises: Refusal."""
        with self._changing() as register:
            key = key_of(register, name)
            number = register.next_content
            register.next_content += 1
        entries = [Entry(str(number), signal, value, source=_MARK + key, note=note) for signal, value in values.items()]
        self._bank.add(entries)
        return number

    def content(self, name: str, number: int) -> tuple[Group, list[Entry], int]:
        """Give a content: its group, its fingerprints, and when it matches again. Raises: Refusal."""
        register = self.register()
        key = key_of(register, name)
        held = [entry for entry in self._all(number) if entry.source == _MARK + key]
        if not held:
            raise refusals.content_missing()
        return register.groups[key], held, register.disabled.get(str(number), ENABLED)

    def disable(self, name: str, number: int, until: int) -> None:
        """Take a content out of force until a time, or put it back with one that has passed. Raises: Refusal."""
        if not 0 <= until <= self._clock() + YEARS_AHEAD:
            raise refusals.wrong("disable_until_ts")
        self.content(name, number)
        off = until == DISABLED or until > self._clock()
        with self._changing() as register:
            if off:
                self._put_out(str(number))
                register.disabled[str(number)] = until
            elif register.disabled.pop(str(number), None) is not None:
                self._put_back(str(number))

    def enable_due(self) -> None:
        """Put back what was disabled until a time that has passed."""
        now = self._clock()
        if any(DISABLED < until <= now for until in self.register().disabled.values()):
            with self._changing() as register:
                for number, until in list(register.disabled.items()):
                    if DISABLED < until <= now:
                        self._put_back(number)
                        del register.disabled[number]

    def delete(self, name: str, number: int) -> None:
        """Withdraw a content. Raises: Refusal."""
        self.content(name, number)
        self._bank.withdraw(str(number), "deleted over HTTP")
        with self._changing() as register:
            register.disabled.pop(str(number), None)

    def set_signal(self, signal: str, ratio: float) -> None:
        """Keep the share of look-ups in which a signal type is used."""
        with self._changing() as register:
            register.signals[signal] = ratio

    def _put_out(self, content: str) -> None:
        life = self._bank.state(content)
        if life is None or life.state is not EntryState.QUARANTINED:
            self._bank.quarantine(content, "disabled over HTTP", BY)

    def _put_back(self, content: str) -> None:
        """Undo what was done here, and only that: what an operator decided meanwhile stays."""
        life = self._bank.state(content)
        if life is not None and life.state is EntryState.QUARANTINED and life.deciders == (BY,):
            self._bank.reinstate(content, "enabled over HTTP", BY)

    def _all(self, number: int) -> list[Entry]:
        return self._bank.holding(str(number))


def key_of(register: Register, name: str) -> str:
    """Give the key of a group. Raises: Refusal if there is none of this name."""
    for key, group in register.groups.items():
        if group.name == name:
            return key
    raise refusals.bank_missing()


def group_of(register: Register, source: str) -> Group | None:
    """Give the group that an entry's source names; None if its group was removed meanwhile."""
    return register.groups.get(source.removeprefix(_MARK))


def _require_name(register: Register, name: str) -> None:
    if not _FORM.fullmatch(name) or len(name) > LONGEST:
        raise refusals.bank_name()
    if any(group.name == name for group in register.groups.values()):
        raise refusals.bank_exists()

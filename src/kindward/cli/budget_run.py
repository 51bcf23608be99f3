"""A run over lawful pictures: which of them match, with near-duplicates of one picture counted once."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kindward.cli import streams
from kindward.cli.inputs import Input, expand
from kindward.cli.work import in_order, progress, workers_for
from kindward.errors import ContentError
from kindward.locale import _

if TYPE_CHECKING:
    from kindward.app import Checker
    from kindward.config import Settings

ENTRIES_MOST = 20
"""So many entries are told, those that matched most pictures first."""


@dataclass(frozen=True, slots=True)
class BankFound:
    """What one bank found: distinct pictures that matched it."""

    version: str
    found: int


@dataclass(frozen=True, slots=True)
class Run:
    """What was looked up and what was found.

    ``files`` were read, ``unread`` could not be; ``pictures`` are distinct ones and ``found`` those of them that
    matched any bank. ``entries`` are (bank, entry, distinct pictures). What a person gave has neither banks nor date.
    """

    pictures: int
    found: int
    files: int = 0
    unread: int = 0
    banks: Mapping[str, BankFound] = field(default_factory=dict)
    entries: Sequence[tuple[str, str, int]] = ()
    date: str = ""

    def record(self) -> dict[str, Any]:
        """Write the run as it stands in the output; ``read_run`` takes it back."""
        return {
            "date": self.date,
            "pictures": self.pictures,
            "found": self.found,
            "files": self.files,
            "unread": self.unread,
            "banks": {name: {"version": bank.version, "found": bank.found} for name, bank in self.banks.items()},
            "entries": [{"bank": bank, "entry": entry, "pictures": count} for bank, entry, count in self.entries],
        }


def read_run(file: str) -> Run:
    """Take a run from a file that ``kindward budget -o json`` wrote. Raises: ContentError if it is none."""
    try:
        run = json.loads(Path(file).read_text(encoding="utf-8"))["run"]
        require_possible(pictures := int(run["pictures"]), found := int(run["found"]))
        banks = {str(name): BankFound(str(bank["version"]), int(bank["found"])) for name, bank in run["banks"].items()}
        entries = [(str(each["bank"]), str(each["entry"]), int(each["pictures"])) for each in run["entries"]]
        for bank in banks.values():
            require_possible(pictures, bank.found)
        return Run(pictures, found, int(run["files"]), int(run["unread"]), banks, entries, str(run["date"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ContentError(
            "budget_run_unreadable",
            "The file {path} holds no run that `kindward budget` wrote.",
            "Write one with `kindward budget --corpus FOLDER -o json`.",
            path=file,
        ) from problem


def require_possible(pictures: int, found: int) -> None:
    """Require numbers that a run can have. Raises: ContentError."""
    if not 0 <= found <= pictures or pictures < 1:
        raise ContentError(
            "budget_numbers_impossible",
            "Of {pictures} pictures {found} cannot have matched.",
            "Give at least one picture, and no more found than looked up.",
            pictures=pictures,
            found=found,
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one file showed; ``look`` is the fingerprint of the picture as a person sees it."""

    look: bytes = field(repr=False)
    matches: frozenset[tuple[str, str]]


def run_corpus(folders: Sequence[str], banks: Sequence[str], settings: Settings) -> Run:
    """Look all pictures in the folders up. Raises: ContentError if none could be read; TrustError as every look-up."""
    from kindward.app import open_checker

    found = expand(folders)
    workers = workers_for(len(found))
    seen: list[_Seen] = []
    unread = 0
    with open_checker(banks, settings=settings, workers=workers, refreshes=False) as checker:
        versions = {bank.name: bank.version for bank in checker.banks}
        answers = in_order(lambda one: _seen(checker, one, settings), found, workers)
        with closing(answers), progress(_("Checking"), len(found)) as advance:
            for done, answer in enumerate(answers, 1):
                if answer is None:
                    unread += 1
                else:
                    seen.append(answer)
                advance(done)
    if not seen:
        raise ContentError(
            "budget_corpus_empty", "No picture could be read in these folders.", "Check the paths given with --corpus."
        )
    return _summed(seen, unread, versions)


def _seen(checker: Checker, one: Input, settings: Settings) -> _Seen | None:
    from kindward.signals import digest

    try:
        data = one.read(settings.limits.bytes)
        findings = checker.hash(data, exact=not settings.matching.fast)
    except ContentError as problem:
        streams.tell(problem, one.name)
        return None
    kinds = frozenset[str]().union(*(bank.digest_kinds for bank in checker.banks))
    verdict = checker.match([*digest.fingerprints(data, kinds), *findings.fingerprints])
    look = findings.fingerprints[0].value
    return _Seen(look, frozenset((match.bank, match.entry) for match in verdict.matches))


def _summed(seen: Sequence[_Seen], unread: int, versions: Mapping[str, str]) -> Run:
    from kindward.policy.near import groups

    with tempfile.TemporaryDirectory(prefix="kindward-budget-") as folder:
        members = groups([one.look for one in seen], Path(folder))
    matched: dict[int, set[tuple[str, str]]] = {group: set() for group in members}
    for group, one in zip(members, seen, strict=True):
        matched[group] |= one.matches
    by_bank = Counter(bank for found in matched.values() for bank in {bank for bank, _entry in found})
    by_entry = Counter(entry for found in matched.values() for entry in found)
    return Run(
        pictures=len(matched),
        found=sum(map(bool, matched.values())),
        files=len(seen),
        unread=unread,
        banks={name: BankFound(version, by_bank[name]) for name, version in versions.items()},
        entries=[(*entry, count) for entry, count in by_entry.most_common(ENTRIES_MOST)],
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
    )

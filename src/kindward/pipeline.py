"""The main job, top to bottom: fingerprints of a content in, a verdict out.

Nothing here decodes, waits or remembers: what has to be killed when it takes too long happens before, and the same
fingerprints, banks and policy always give the same verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from kindward.config import Matching
from kindward.errors import TrustError
from kindward.model import (
    BANK_REFUSED,
    QUALITY_LOW,
    BankVersion,
    Decision,
    Fingerprint,
    Match,
    Risk,
    Trust,
    Verdict,
    Versions,
)
from kindward.policy import Policy, decide

PDQ = "pdq/1"
FAST = "+fast"
"""Stands after a signal whose fingerprints may differ by a few bits from the exact ones."""
_ATTEMPTS = 3


class Bank(Protocol):
    """What the main job asks of a bank."""

    @property
    def name(self) -> str:
        """Give the name under which matches are told."""
        ...

    @property
    def version(self) -> str:
        """Name the state of the bank."""
        ...

    @property
    def trust(self) -> Trust:
        """Give where its authority comes from."""
        ...

    @property
    def simulated(self) -> str:
        """Say by a code why its matches decide nothing; empty if they decide."""
        ...

    def lookup(self, fingerprints: Sequence[Fingerprint], distance: int, quality: int) -> list[Match]:
        """Find the entries near the fingerprints, best first."""
        ...


def check(
    fingerprints: Sequence[Fingerprint],
    *,
    banks: Sequence[Bank],
    policy: Policy,
    matching: Matching,
    simulate: bool,
    notes: Sequence[str] = (),
    risks: Sequence[Risk] = (),
    fast: bool = False,
) -> Verdict:
    """Look the fingerprints of one content up in every bank and decide.

    ``notes`` are what was noticed while fingerprinting; ``fast`` says that PDQ came from a reduced decode. Raises:
    TrustError if a bank is refused and no other bank knows the content: a finding stands, but nothing found is no
    answer as long as a bank was not asked.
    """
    states, found, refused = _ask(fingerprints, banks, matching)
    if refused is not None and not found:
        raise refused
    # The sort is stable: among equally near matches the order of the banks, then of the views, stays.
    matches = tuple(sorted(found, key=lambda match: match.distance))
    missing = [BANK_REFUSED] if refused is not None else []
    noted = tuple(dict.fromkeys([*notes, *_quality_notes(fingerprints, matching.pdq_quality), *missing]))
    silent = {state.name for state in states if state.simulated}
    decision, simulated = _decided(matches, risks, noted, policy, silent if not simulate else set())
    return Verdict(
        decision=decision,
        simulated=simulate or simulated,
        matches=matches,
        risks=tuple(risks),
        versions=Versions(_signals(fingerprints, fast=fast), states, policy.version),
        notes=noted,
    )


def _decided(
    matches: Sequence[Match], risks: Sequence[Risk], notes: Sequence[str], policy: Policy, silent: Collection[str]
) -> tuple[Decision, bool]:
    """Give the decision, and whether only banks in simulation led to it.

    Matches of such banks decide nothing beside those of others. Where they are all there is, and nothing else holds the
    content, the decision is what they would lead to, and is only counted.
    """
    live = [match for match in matches if match.bank not in silent]
    decision = decide(live, risks, notes, policy)
    if live or not matches or decision is not Decision.PASS:
        return decision, False
    return decide(matches, risks, notes, policy), True


def _ask(
    fingerprints: Sequence[Fingerprint], banks: Sequence[Bank], matching: Matching
) -> tuple[tuple[BankVersion, ...], list[Match], TrustError | None]:
    """Look up in every bank, and again if one changed meanwhile, so that the versions told are those that answered."""
    for _ in range(_ATTEMPTS):
        states = tuple(map(_version, banks))
        found: list[Match] = []
        refused: TrustError | None = None
        for bank in banks:
            try:
                found += bank.lookup(fingerprints, matching.pdq_distance, matching.pdq_quality)
            except TrustError as problem:
                refused = problem
        if states == tuple(map(_version, banks)):
            break
    return states, found, refused


def _quality_notes(fingerprints: Iterable[Fingerprint], quality: int) -> list[str]:
    known = [one.quality for one in fingerprints if one.signal == PDQ and one.quality is not None]
    return [QUALITY_LOW] if known and max(known) < quality else []


def _signals(fingerprints: Iterable[Fingerprint], *, fast: bool) -> tuple[str, ...]:
    names = dict.fromkeys(one.signal for one in fingerprints)
    return tuple(sorted(f"{name}{FAST}" if fast and name == PDQ else name for name in names))


def _version(bank: Bank) -> BankVersion:
    return BankVersion(bank.name, bank.version, bank.trust, bool(bank.simulated))

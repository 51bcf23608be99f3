"""A threshold for each account: a decision takes effect only once enough distinct entries matched.

One false match says nothing about a person, and several of one picture say no more than one. So distinct entries are
counted, near-duplicates once, and of matches that come in one burst only one; what is left is as independent as it
can be made. Everything here is pure: who counts and where it is kept is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from kindward.model import BELOW_THRESHOLD, Decision, Match, Trust, Verdict
from kindward.policy import decide
from kindward.policy.near import NEAR, distance
from kindward.policy.table import Policy

DAY_SECONDS = 86_400
EntryName = tuple[str, str]
"""Bank and entry: what a match is with."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One content of an account that matched, as far as it is remembered.

    ``at`` is in seconds since 1970. ``looks`` are the PDQ fingerprints of its entries that are in force; without any,
    an entry is told apart by its name alone.
    """

    at: int
    entries: frozenset[EntryName]
    looks: tuple[bytes, ...] = field(default=(), repr=False)


def epoch_of(now: int, days: int) -> tuple[int, int]:
    """Give when the epoch of a moment began and when it ends; epochs are the same for all accounts, since 1970."""
    length = days * DAY_SECONDS
    began = now - now % length
    return began, began + length


def distinct(hits: Iterable[Hit], burst_seconds: int) -> int:
    """Count the hits of one account that speak for themselves.

    In the order of time, a hit counts unless it is a near-duplicate of an earlier one (of any, counted or not), or
    comes less than ``burst_seconds`` after the last one that counted. So a later hit never takes anything from the
    count, and a burst that goes on does not hide everything after it.
    """
    count, last = 0, 0
    earlier: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: hit.at):
        fresh = not any(_alike(hit, other) for other in earlier)
        if fresh and (not count or hit.at - last >= burst_seconds):
            count, last = count + 1, hit.at
        earlier.append(hit)
    return count


def counting(verdict: Verdict, policy: Policy) -> tuple[Match, ...]:
    """Give the matches that count towards the threshold: those that would decide something and are not exempt."""
    return tuple(
        match for match in _deciding(verdict) if policy.of(match) is not Decision.PASS and not _exempt(match, policy)
    )


def settled(verdict: Verdict, policy: Policy, count: int) -> Verdict:
    """Give the verdict that takes effect when ``count`` distinct entries matched for this account.

    Below the threshold only exempt matches and notes decide; the matches stay in the verdict, and a note says why
    they do not decide.
    """
    if count >= policy.threshold.distinct:
        return verdict
    notes = (*verdict.notes, BELOW_THRESHOLD)
    exempt = [match for match in _deciding(verdict) if _exempt(match, policy)]
    decision = decide(exempt, verdict.risks, notes, policy)
    if decision.rank >= verdict.decision.rank:
        return verdict
    return replace(verdict, decision=decision, notes=notes)


def _deciding(verdict: Verdict) -> Sequence[Match]:
    simulated = {bank.name for bank in verdict.versions.banks if bank.simulated}
    return [match for match in verdict.matches if match.bank not in simulated]


def _exempt(match: Match, policy: Policy) -> bool:
    return (match.signal, Trust(match.trust)) in policy.threshold.exempt


def _alike(one: Hit, other: Hit) -> bool:
    if one.entries & other.entries:
        return True
    return any(distance(mine, theirs) <= NEAR for mine in one.looks for theirs in other.looks)

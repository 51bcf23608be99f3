"""One place from which all figures come: what happened to cases in a time, counted by list and by technique.

Nothing is counted about the people who decide. Shares come with their Clopper-Pearson interval, because a share
of few cases says little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kindward.cases import Case, CaseKind, CaseState, Event, EventKind, Ruling
from kindward.policy.tails import lower_bound, upper_bound
from kindward.store import Store, cases

CONFIDENCE = 0.975
"""On each side, so that an interval holds 95 %."""
NOTICES = "notice"
"""Under this name the cases are counted that a person's notice began."""
UNFOUNDED = "manifestly_unfounded"
"""What a centre answers about a report that it does not pass on."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the interval in which the true share lies with 95 % confidence."""

    count: int
    of: int

    @property
    def low(self) -> float:
        """Give the lower end."""
        return lower_bound(self.count, self.of, CONFIDENCE) if self.of else 0.0

    @property
    def high(self) -> float:
        """Give the upper end."""
        return upper_bound(self.count, self.of, CONFIDENCE) if self.of else 1.0


@dataclass(slots=True)
class Tally:
    """What happened to the cases of one list, or of one technique."""

    opened: int = 0
    confirmed: int = 0
    dismissed: int = 0
    inherited: int = 0
    """Among both: decided because the same bytes had been decided before."""
    reported: int = 0
    unfounded: int = 0
    reopened: int = 0
    reversed: int = 0
    """Confirmed at first, and not a match after an appeal."""
    versions: set[str] = field(default_factory=set)

    @property
    def wrong(self) -> Share:
        """Give the share of decided cases that were no match: the error rate of what raised them."""
        return Share(self.dismissed, self.confirmed + self.dismissed)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a time; times are in seconds since 1970, ``until`` not included.

    ``seconds`` are from the opening of each case to the first decision in force, in rising order.
    """

    since: int
    until: int
    lists: Mapping[str, Tally]
    signals: Mapping[str, Tally]
    seconds: tuple[int, ...] = ()
    undone: int = 0
    overdue: int = 0
    left_out: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)

    @property
    def all(self) -> Tally:
        """Add up all lists and notices."""
        names = ("opened", "confirmed", "dismissed", "inherited", "reported", "unfounded", "reopened", "reversed")
        return Tally(**{name: sum(getattr(one, name) for one in self.lists.values()) for name in names})

    def decided_within(self, share: float) -> int:
        """Give the seconds within which this share of cases was decided; 0 if none was."""
        if not self.seconds:
            return 0
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def collected(store: Store, since: int, until: int, now: int) -> Figures:
    """Count what happened from one moment until another; what has not come yet is not counted as late."""
    with store.read() as connection:
        events = list(cases.events_between(connection, since, until))
        known = {case_id: cases.load(connection, case_id) for case_id in {event.case for event in events}}
        left_out = cases.left_out_since(connection, since)
    return counted(events, known, since, until, ended=min(until, now), left_out=left_out)


def counted(
    events: Iterable[Event], known: Mapping[str, Case], since: int, until: int, *, ended: int = 0, left_out: int = 0
) -> Figures:
    """Count events of known cases; those are late whose deadline was over when the time ``ended``."""
    told = list(events)
    reopened = Counter(event.case for event in told if event.kind is EventKind.REOPENED)
    rounds = {case_id: case.round - reopened[case_id] for case_id, case in known.items()}
    lists, signals = dict[str, Tally](), dict[str, Tally]()
    seconds, statuses = list[int](), Counter[str]()
    for event in told:
        case = known[event.case]
        rounds[event.case] += event.kind is EventKind.REOPENED
        first = rounds[event.case] == 1
        for tally in _tallies(case, lists, signals):
            _count(tally, event, first=first)
        if event.kind is EventKind.ACKNOWLEDGED:
            statuses[str(event.facts.get("status", ""))] += 1
        if first and _is_decided(event):
            seconds.append(event.at - case.opened_at)
    overdue = sum(one.waits and one.deadline < (ended or until) for one in known.values())
    undone = sum(event.kind is EventKind.UNDONE for event in told)
    return Figures(since, until, lists, signals, tuple(sorted(seconds)), undone, overdue, left_out, dict(statuses))


def _is_decided(event: Event) -> bool:
    """Say whether people's decision about the content took effect."""
    ruled = event.kind is EventKind.SETTLED and event.facts.get("ruling") != str(Ruling.RELEASE)
    return ruled and _outcome(event) in {CaseState.CONFIRMED, CaseState.DISMISSED}


def _tallies(case: Case, lists: dict[str, Tally], signals: dict[str, Tally]) -> tuple[Tally, Tally]:
    best = case.matches[0] if case.kind is CaseKind.MATCH and case.matches else None
    by_list = lists.setdefault(best.bank if best else NOTICES, Tally())
    by_signal = signals.setdefault(best.signal if best else NOTICES, Tally())
    if best is not None and case.versions is not None:
        by_list.versions |= {bank.version for bank in case.versions.banks if bank.name == best.bank}
    return by_list, by_signal


def _count(tally: Tally, event: Event, *, first: bool) -> None:
    match event.kind:
        case EventKind.OPENED:
            tally.opened += 1
        case EventKind.REPORTED:
            tally.reported += 1
        case EventKind.REOPENED:
            tally.reopened += 1
        case EventKind.ACKNOWLEDGED:
            tally.unfounded += event.facts.get("status") == UNFOUNDED
        case EventKind.INHERITED:
            tally.inherited += 1
            _decided(tally, _outcome(event), first=first)
        case EventKind.SETTLED if event.facts.get("ruling") != str(Ruling.RELEASE):
            _decided(tally, _outcome(event), first=first)
        case _:
            return


def _decided(tally: Tally, outcome: CaseState, *, first: bool) -> None:
    """Count a decision; in a later round only what it changes."""
    if outcome is CaseState.CONFIRMED:
        tally.confirmed += first
    elif outcome is CaseState.DISMISSED:
        tally.dismissed += first
        tally.reversed += not first


def _outcome(event: Event) -> CaseState:
    return CaseState(str(event.facts.get("outcome", CaseState.OPEN)))

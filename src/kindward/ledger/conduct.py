"""The rules of the audit log: who decided what in which order, and whether everything came to its end in time.

The same rules are run by whoever keeps the log and by whoever examines it. They need the leaves alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kindward.errors import TrustError
from kindward.ledger.deeds import FIRST, Deed, DeedKind, link, parse
from kindward.locale import N_

CONFIRM, DISMISS, RELEASE = "confirm", "dismiss", "release"
CONFIRMED, DISMISSED = "confirmed", "dismissed"
WAITING = frozenset({"open", "in_review", "held"})
PROGRAM = "kindward"


@dataclass(slots=True)
class Told:
    """One case as the log tells it; ``deadline`` is that of its present round."""

    opened_at: int
    deadline: int
    state: str = "open"
    pending: Deed | None = None
    confirmed: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    """Who confirmed or dismissed in this round."""
    before: set[str] = field(default_factory=set)
    """Who decided in earlier rounds."""
    people: set[str] = field(default_factory=set)
    """Who stands behind the present decision."""
    released: str = ""
    closed_at: int = 0
    destroyed: bool = False
    retained_until: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that a ``parameters`` leaf states: two people or one, seconds to undo, seconds until destruction."""

    second_person: int = 1
    undo_seconds: int = 30
    destroy_seconds: int = 86_400


@dataclass(frozen=True, slots=True)
class Standing:
    """What an examination found: counts of leaves by kind and cases by state, and what is late."""

    leaves: int
    counts: Mapping[str, int]
    states: Mapping[str, int]
    overdue: tuple[str, ...]
    """Cases that still wait and whose deadline is over."""
    undestroyed: tuple[str, ...]
    """Dismissed cases whose key should be destroyed by now, and is not."""
    reported: int
    people: int


class Conduct:
    """Take leaf after leaf, and refuse the first one that breaks a rule."""

    def __init__(self) -> None:
        self.cases: dict[str, Told] = {}
        self.rules = Rules()
        self.size = 0
        self.at = 0
        self._before = FIRST
        self._counts: Counter[str] = Counter()
        self._people: set[str] = set()

    def take(self, raw: bytes) -> Deed:
        """Take the next leaf. Raises: TrustError ``deed_…`` if it breaks a rule; nothing after it counts."""
        deed = parse(raw)
        if deed.before != self._before:
            raise _broken("deed_gap", N_("Leaf {place} of the audit log does not follow the one before it."), self.size)
        if deed.at < self.at:
            raise _broken("deed_time", N_("Leaf {place} of the audit log is older than the one before it."), self.size)
        _RULES.get(deed.do, _about_case)(self, deed)
        self._before, self.at = link(raw), deed.at
        self.size += 1
        self._counts[str(deed.do)] += 1
        if deed.by != PROGRAM:
            self._people.add(deed.by)
        return deed

    def standing(self, now: int) -> Standing:
        """Say how things stand at a moment: what is complete, and what is late."""
        overdue = [name for name, told in self.cases.items() if told.state in WAITING and told.deadline < now]
        late = [name for name, told in self.cases.items() if self._should_be_gone(told, now)]
        return Standing(
            self.size,
            dict(self._counts),
            dict(Counter(told.state for told in self.cases.values())),
            tuple(sorted(overdue)),
            tuple(sorted(late)),
            self._counts[DeedKind.REPORTED],
            len(self._people),
        )

    def _should_be_gone(self, told: Told, now: int) -> bool:
        return (
            told.state == DISMISSED
            and not told.destroyed
            and now > max(told.closed_at + self.rules.destroy_seconds, told.retained_until)
        )

    def told(self, deed: Deed) -> Told:
        """Give the case that a leaf is about. Raises: TrustError if it was never opened."""
        found = self.cases.get(deed.case)
        if found is None:
            raise _broken(
                "deed_unopened", N_("Leaf {place} of the audit log is about a case that was not opened."), self.size
            )
        return found


def _broken(code: str, template: str, place: int) -> TrustError:
    return TrustError(
        code,
        template,
        N_("Do not rely on this log from there on; keep a copy of it and ask who runs it."),
        place=place,
    )


def _require(code: str, template: str, rule: object, place: int) -> None:
    """Insist on a rule about the leaf at a place. Raises: TrustError."""
    if not rule:
        raise _broken(code, template, place)


def _parameters(conduct: Conduct, deed: Deed) -> None:
    numbers = {name: value for name, value in deed.facts.items() if isinstance(value, int)}
    known = Rules.__dataclass_fields__
    conduct.rules = Rules(**{name: value for name, value in numbers.items() if name in known})


def _nothing(_conduct: Conduct, _deed: Deed) -> None:
    """Take a leaf that is about no case."""


def _opened(conduct: Conduct, deed: Deed) -> None:
    _require(
        "deed_opened_twice",
        N_("Leaf {place} of the audit log opens a case that is open already."),
        deed.case and deed.case not in conduct.cases,
        conduct.size,
    )
    whole = deed.facts.get("kind") == "notice" or {"bank", "entry", "distance", "threshold"} <= deed.facts.keys()
    _require(
        "deed_without_cause",
        N_("Leaf {place} of the audit log opens a case without saying what matched."),
        whole,
        conduct.size,
    )
    deadline = deed.facts.get("deadline")
    _require(
        "deed_without_deadline",
        N_("Leaf {place} opens a case without a deadline."),
        isinstance(deadline, int),
        conduct.size,
    )
    assert isinstance(deadline, int)
    conduct.cases[deed.case] = Told(deed.at, deadline)


def _about_case(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    _require(
        "deed_after_destruction",
        N_("Leaf {place} of the audit log is about a case whose key was destroyed before."),
        not told.destroyed or deed.do in {DeedKind.ERASED, DeedKind.NOTIFIED},
        conduct.size,
    )
    if deed.do is DeedKind.HELD:
        told.state = "held"
    elif deed.do is DeedKind.RESUMED:
        told.state = "open"


def _ruled(conduct: Conduct, deed: Deed) -> None:
    _about_case(conduct, deed)
    told = conduct.told(deed)
    _require(
        "deed_by_program",
        N_("Leaf {place} of the audit log is a decision that no human took."),
        deed.by != PROGRAM,
        conduct.size,
    )
    _require(
        "deed_ruled_twice",
        N_("Leaf {place} decides while another decision is on its way."),
        told.pending is None,
        conduct.size,
    )
    ruling = deed.facts.get("ruling")
    if ruling == RELEASE:
        _require(
            "deed_released_early",
            N_("Leaf {place} releases a report of a case that is not confirmed, or was released before."),
            told.state == CONFIRMED and not told.released,
            conduct.size,
        )
    else:
        _require(
            "deed_ruled_late",
            N_("Leaf {place} decides about a case that does not wait for a decision."),
            told.state in WAITING and ruling in {CONFIRM, DISMISS},
            conduct.size,
        )
        _require(
            "deed_same_person",
            N_("Leaf {place} of the audit log is a second decision of the same person."),
            deed.by not in told.decided | told.before,
            conduct.size,
        )
    told.pending = deed


def _undone(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    _require(
        "deed_undone_wrongly",
        N_("Leaf {place} of the audit log takes back a decision that its author did not take."),
        told.pending is not None and told.pending.by == deed.by,
        conduct.size,
    )
    told.pending = None


def _settled(conduct: Conduct, deed: Deed) -> None:
    told, rules = conduct.told(deed), conduct.rules
    ruled = told.pending
    _require(
        "deed_settled_early",
        N_("Leaf {place} lets a decision take effect that nobody took, or that could still be undone."),
        ruled is not None and deed.at - ruled.at >= rules.undo_seconds,
        conduct.size,
    )
    assert ruled is not None
    told.pending = None
    ruling, outcome = ruled.facts.get("ruling"), str(deed.facts.get("outcome"))
    if ruling == RELEASE:
        told.released = ruled.by
        return
    told.decided.add(ruled.by)
    if ruling == CONFIRM:
        told.confirmed.add(ruled.by)
    if outcome == CONFIRMED:
        _require(
            "deed_alone",
            N_("Leaf {place} confirms a case although fewer people than the rules demand confirmed it."),
            len(told.confirmed) > (1 if rules.second_person else 0),
            conduct.size,
        )
    _require(
        "deed_outcome",
        N_("Leaf {place} of the audit log gives a decision an outcome that it cannot have."),
        outcome in WAITING | {CONFIRMED, DISMISSED} and not (outcome == DISMISSED and ruling != DISMISS),
        conduct.size,
    )
    told.state, told.closed_at = outcome, deed.at
    told.people = set(told.decided)


def _inherited(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    origin = conduct.cases.get(str(deed.facts.get("from", "")))
    _require(
        "deed_inherited_nothing",
        N_("Leaf {place} takes a decision over from a case about which no human decided."),
        origin is not None and origin.people and told.state in WAITING and told.pending is None,
        conduct.size,
    )
    assert origin is not None
    told.state, told.closed_at = str(deed.facts.get("outcome")), deed.at
    told.people, told.confirmed = set(origin.people), set(origin.confirmed)


def _reported(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    people = told.confirmed | {told.released}
    _require(
        "deed_report_alone",
        N_("Leaf {place} is a report that was not released by a named person, or behind which there are not two."),
        told.state == CONFIRMED and told.released and len(people - {""}) > (1 if conduct.rules.second_person else 0),
        conduct.size,
    )
    told.state, told.closed_at = "reported", deed.at


def _acknowledged(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    _require(
        "deed_acknowledged",
        N_("Leaf {place} is an answer to a report that was not sent."),
        told.state == "reported",
        conduct.size,
    )
    told.state = "acknowledged"


def _reopened(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    deadline = deed.facts.get("deadline")
    _require(
        "deed_reopened",
        N_("Leaf {place} reopens a case that waits, or of which nothing is left."),
        told.state not in WAITING and not told.destroyed and isinstance(deadline, int),
        conduct.size,
    )
    assert isinstance(deadline, int)
    told.before |= told.decided | told.people
    told.state, told.deadline, told.released = "open", deadline, ""
    told.decided, told.confirmed, told.people = set(), set(), set()


def _destroyed(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    _require(
        "deed_destroyed_early",
        N_("Leaf {place} destroys what is still needed to decide."),
        told.state not in WAITING and told.pending is None,
        conduct.size,
    )
    _require(
        "deed_destroyed_held",
        N_("Leaf {place} destroys what an order of an authority forbids to destroy."),
        deed.at >= told.retained_until,
        conduct.size,
    )
    told.destroyed = True


def _erased(conduct: Conduct, deed: Deed) -> None:
    told = conduct.told(deed)
    _require(
        "deed_destroyed_early",
        N_("Leaf {place} destroys what is still needed to decide."),
        told.state not in WAITING and told.pending is None,
        conduct.size,
    )
    told.destroyed = True


def _retained(conduct: Conduct, deed: Deed) -> None:
    _about_case(conduct, deed)
    until = deed.facts.get("until")
    _require(
        "deed_retained_without_order",
        N_("Leaf {place} keeps evidence longer without naming an order or its end."),
        isinstance(until, int) and deed.facts.get("order"),
        conduct.size,
    )
    assert isinstance(until, int)
    conduct.told(deed).retained_until = until


_RULES: Mapping[DeedKind, Callable[[Conduct, Deed], None]] = {
    DeedKind.PARAMETERS: _parameters,
    DeedKind.TIGHTENED: _nothing,
    DeedKind.OPENED: _opened,
    DeedKind.RULED: _ruled,
    DeedKind.UNDONE: _undone,
    DeedKind.SETTLED: _settled,
    DeedKind.INHERITED: _inherited,
    DeedKind.REPORTED: _reported,
    DeedKind.ACKNOWLEDGED: _acknowledged,
    DeedKind.REOPENED: _reopened,
    DeedKind.DESTROYED: _destroyed,
    DeedKind.ERASED: _erased,
    DeedKind.RETAINED: _retained,
}

"""The rules of the log, leaf by leaf: what a list's history must look like for anybody to trust it.

A release is ``ADD…, REMOVE…, RELEASE``, then an ``ATTEST`` and a ``CANARY`` of every authority that its ADD and REMOVE
leaves name. This is one state machine for authorities before they publish, for subscribers before they match, and for
outsiders who verify: nothing is checked in two places. It holds two bytes per leaf, so ten million leaves take 20 MB.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

from kindward.errors import StateError, TrustError
from kindward.ledger.charter import Charter
from kindward.ledger.leaves import Add, Attest, Canary, Leaf, Release, Remove, decode
from kindward.ledger.opened import Opened
from kindward.ledger.past import Past, packed, unpacked
from kindward.ledger.tree import Frontier, leaf_hash
from kindward.locale import N_

NEAR = 31
"""An entry as near as this to a lawful canary would match it; so every canary must be farther off."""
NO_CANARIES = sha256().hexdigest()
"""Digest of a public list without any canary; only on such a list a report may say nothing."""
_GROUPS = 65_535
_PENDING = 4096


class History:
    """Take the leaves of a log in order and check every rule.

    ``charter`` is the newest; ``former`` are those before it, oldest first: a leaf must hold under the charter of the
    leaf before it or under a later one. An error leaves the history as it was before the leaf.
    """

    def __init__(self, charter: Charter, *former: Charter) -> None:
        self._charters = (*former, charter)
        self._at = 0
        self._frontier = Frontier()
        self._pending: list[bytes] = []
        self._groups: list[tuple[tuple[str, ...], str]] = [((), "")]
        self._numbers: dict[tuple[tuple[str, ...], str], int] = {}
        self._agreeing: set[tuple[str, ...]] = set()
        self._group_of = array("H")
        self._active = 0
        self._last: Release | None = None
        self._open = Opened()

    @property
    def charter(self) -> Charter:
        """Give the charter under which the last leaf was taken."""
        return self._charters[self._at]

    @property
    def size(self) -> int:
        """Give the number of leaves taken."""
        return len(self._group_of)

    @property
    def frontier(self) -> Frontier:
        """Give the edge of the tree of all leaves taken; grow a ``copy()`` of it, never itself."""
        self._frontier.extend(self._pending)
        self._pending.clear()
        return self._frontier

    @property
    def active(self) -> int:
        """Give the number of entries that were added and not withdrawn."""
        return self._active

    @property
    def last(self) -> Release | None:
        """Give the last release; None before the first."""
        return self._last

    @property
    def releases(self) -> int:
        """Give the number of the last release; 0 before the first."""
        return self._last.number if self._last else 0

    @property
    def complete(self) -> bool:
        """Say whether the log ends with a whole release: nothing was added after it, and nothing lacks of it."""
        return not self._open.missing() and not self._open.begun

    @property
    def missing(self) -> tuple[str, ...]:
        """Name the authorities whose attestation or canary report the last release still lacks."""
        return self._open.missing()

    def is_active(self, index: int) -> bool:
        """Say whether the leaf at ``index`` is an ADD that was not withdrawn."""
        return 0 <= index < self.size and self._group_of[index] != 0

    def names(self, index: int) -> tuple[str, ...]:
        """Name the authorities that confirmed the active entry at ``index``; empty if it is none."""
        return self._groups[self._group_of[index]][0] if self.is_active(index) else ()

    def category(self, index: int) -> str:
        """Give the category of the active entry at ``index``; empty if it is none."""
        return self._groups[self._group_of[index]][1] if self.is_active(index) else ""

    def counts(self) -> Mapping[tuple[tuple[str, ...], str], int]:
        """Count the active entries by who confirmed them and what they show."""
        counted = Counter(self._group_of)
        return {self._groups[number]: count for number, count in sorted(counted.items()) if number}

    def take(self, raw: bytes, leaf: Leaf | None = None) -> Leaf:
        """Take the next leaf. Raises: TrustError that says at which index which rule is broken.

        Whoever made ``raw`` with ``encode`` may hand in the leaf as well, which saves reading it.
        """
        leaf = leaf or decode(raw)
        if isinstance(leaf, Add) and self._open.begun and leaf.authorities in self._agreeing:
            self._put(leaf_hash(raw), leaf)
            return leaf
        self._check_under_any(leaf)
        self._put(leaf_hash(raw), leaf)
        return leaf

    def _check_under_any(self, leaf: Leaf) -> None:
        """Go on under a later charter if the present one does not allow the leaf."""
        before = self._at
        while True:
            try:
                self._check(leaf)
            except TrustError:
                if self._at + 1 == len(self._charters):
                    self._at = before
                    raise
                self._at += 1
            else:
                break
        if self._at != before:
            self._agreeing.clear()

    def _put(self, hashed: bytes, leaf: Leaf) -> None:
        group = 0
        match leaf:
            case Add():
                group = self._group((leaf.authorities, leaf.category))
                self._agreeing.add(leaf.authorities)
                self._active += 1
                self._opened().added(leaf.authorities, hashed)
            case Remove():
                self._group_of[leaf.index] = 0
                self._active -= 1
                self._opened().removed(leaf.authorities, hashed)
            case Release():
                self._last = leaf
                self._opened().begun = False
            case Attest():
                self._open.attested(leaf)
            case Canary():
                self._open.reported(leaf)
        self._group_of.append(group)
        self._pending.append(hashed)
        if len(self._pending) >= _PENDING:
            self._frontier.extend(self._pending)
            self._pending.clear()

    def _opened(self) -> Opened:
        """Give the release that is being made; a new one if the last was whole."""
        if not self._open.begun:
            self._open = Opened()
            self._open.begun = True
        return self._open

    def _group(self, group: tuple[tuple[str, ...], str]) -> int:
        number = self._numbers.get(group)
        if number is None:
            number = len(self._groups)
            if number > _GROUPS:
                raise _broken(
                    "history_too_many_groups",
                    N_("Leaf {index} breaks a rule: there are too many groups of authorities and categories."),
                    self.size,
                )
            self._groups.append(group)
            self._numbers[group] = number
        return number

    def _check(self, leaf: Leaf) -> None:
        match leaf:
            case Add():
                self._check_begins()
                self._check_named(leaf.authorities)
                self._group((leaf.authorities, leaf.category))
            case Remove():
                self._check_begins()
                self._check_remove(leaf)
            case Release():
                self._check_begins()
                self._check_release(leaf)
            case Attest():
                self._check_stated(leaf)
                self._check_attest(leaf)
            case Canary():
                self._check_stated(leaf)
                self._check_canary(leaf)

    def _check_begins(self) -> None:
        missing = self._open.missing()
        if not self._open.begun and missing:
            raise _broken(
                "release_incomplete",
                N_("Leaf {index} begins a new release, but release {number} lacks a statement of {authority}."),
                self.size,
                number=self.releases,
                authority=missing[0],
            )

    def _check_known(self, names: Sequence[str]) -> None:
        stranger = next((name for name in names if name not in self.charter.authorities), "")
        if stranger:
            raise _broken(
                "history_unknown_authority",
                N_("Leaf {index} breaks a rule: it names {authority}, which is no authority of the charter."),
                self.size,
                authority=stranger,
            )

    def _check_named(self, names: tuple[str, ...]) -> None:
        self._check_known(names)
        if not self.charter.agree(names):
            raise _broken(
                "history_too_few",
                N_("Leaf {index} breaks a rule: an entry needs two authorities of two jurisdictions, it has {names}."),
                self.size,
                names=", ".join(names),
            )

    def _check_remove(self, leaf: Remove) -> None:
        self._check_known(leaf.authorities)
        if not self.is_active(leaf.index):
            raise _broken(
                "history_not_active",
                N_("Leaf {index} breaks a rule: it withdraws leaf {at}, which is no active entry."),
                self.size,
                at=leaf.index,
            )
        left = [name for name in self.names(leaf.index) if name not in leaf.authorities]
        if self.charter.agree(left) and not self.charter.agree(leaf.authorities):
            raise _broken(
                "history_not_entitled",
                N_("Leaf {index} breaks a rule: {names} alone may not withdraw leaf {at}."),
                self.size,
                names=", ".join(leaf.authorities),
                at=leaf.index,
            )

    def _check_release(self, leaf: Release) -> None:
        opened = self._open if self._open.begun else Opened()
        said = {
            "number": (leaf.number, self.releases + 1),
            "size": (leaf.size, self.size),
            "root": (leaf.root.hex(), self.frontier.root().hex()),
            "active": (leaf.active, self._active),
            "added": (leaf.added, opened.adds),
            "removed": (leaf.removed, opened.removes),
            "parameters": (leaf.parameters, self.charter.parameters_digest),
        }
        for field, (given, right) in said.items():
            if given != right:
                raise _broken(
                    "release_wrong",
                    N_("Leaf {index} breaks a rule: release {number} says {field} {given}, but it is {right}."),
                    self.size,
                    number=leaf.number,
                    field=field,
                    given=given,
                    right=right,
                )
        if self._last is not None and leaf.date < self._last.date:
            raise _broken(
                "release_earlier",
                N_("Leaf {index} breaks a rule: release {number} is dated before the release it follows."),
                self.size,
                number=leaf.number,
            )

    def _check_stated(self, leaf: Attest | Canary) -> None:
        if self._last is None or leaf.number != self._last.number or self._open.begun:
            raise _broken(
                "statement_elsewhere",
                N_("Leaf {index} breaks a rule: a statement on release {number} does not stand after that release."),
                self.size,
                number=leaf.number,
            )
        if leaf.authority not in self._open.named or leaf.authority not in self.charter.authorities:
            raise _broken(
                "statement_uncalled",
                N_("Leaf {index} breaks a rule: {authority} states something on a release that does not name it."),
                self.size,
                authority=leaf.authority,
            )
        if not self.charter.signed(leaf):
            raise _broken(
                "statement_forged",
                N_("Leaf {index} breaks a rule: its signature is not one of {authority}."),
                self.size,
                authority=leaf.authority,
            )

    def _check_attest(self, leaf: Attest) -> None:
        if not self._open.is_right(leaf):
            raise _broken(
                "attestation_wrong",
                N_("Leaf {index} breaks a rule: {authority} attests other leaves than those that name it, or twice."),
                self.size,
                authority=leaf.authority,
            )

    def _check_canary(self, leaf: Canary) -> None:
        nothing = not leaf.near and leaf.canaries != NO_CANARIES
        if leaf.canaries != self.charter.canaries or nothing or not self._open.is_new(leaf):
            raise _broken(
                "canary_report_wrong",
                N_("Leaf {index} breaks a rule: {authority} reports on other canaries than the charter's, or twice."),
                self.size,
                authority=leaf.authority,
            )
        for label, distance in leaf.near.items():
            if distance <= NEAR:
                raise _broken(
                    "canary_near",
                    N_("Leaf {index} breaks a rule: an entry is only {distance} bits from the lawful canary {label}."),
                    self.size,
                    distance=distance,
                    label=label,
                )

    def state(self) -> bytes:
        """Write all that is needed to go on later, about two compressed bytes per leaf.

        Raises: StateError ``history_open`` in the middle of a release.
        """
        if not self.complete:
            raise StateError(
                "history_open",
                N_("The history of the list ends in the middle of a release."),
                N_("Go on only when the release is whole."),
            )
        return packed(Past(self.frontier.size, self.frontier.nodes, tuple(self._groups), self._group_of, self._last))

    @classmethod
    def resume(cls, charter: Charter, state: bytes, *former: Charter) -> History:
        """Go on from a kept state; ``former`` are the charters since then. Raises: TrustError.

        The state must have been kept where no other can write, because it is not proven again.
        """
        past = unpacked(state)
        history = cls(charter, *former)
        history._frontier = Frontier(past.size, past.nodes)
        history._groups = list(past.groups)
        history._numbers = {group: number for number, group in enumerate(past.groups) if number}
        history._group_of = past.group_of
        history._active = past.size - past.group_of.count(0)
        history._last = past.last
        return history


def _broken(code: str, template: str, index: int, **facts: object) -> TrustError:
    return TrustError(
        code,
        template,
        N_("Do not use this list; tell its authorities at which leaf its log breaks the rules."),
        index=index,
        **facts,
    )

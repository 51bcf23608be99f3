"""What the release that is being made, or the last one, still lacks."""

from __future__ import annotations

from kindward.ledger.leaves import Attest, Canary
from kindward.ledger.tree import Frontier

_PENDING = 4096


class Opened:
    """The leaves of one release by authority, and which authorities have attested them and reported on canaries.

    ``begun`` is True from the first ADD or REMOVE until the RELEASE leaf.
    """

    def __init__(self) -> None:
        self.begun = False
        self.adds = 0
        self.removes = 0
        self._own: dict[str, Frontier] = {}
        self._waiting: dict[str, list[bytes]] = {}
        self._attested: set[str] = set()
        self._near: dict[str, set[str]] = {}

    @property
    def named(self) -> frozenset[str]:
        """Name the authorities that leaves of the release name."""
        return frozenset(self._own)

    def added(self, names: tuple[str, ...], hashed: bytes) -> None:
        """Count an ADD leaf."""
        self._put(names, hashed)
        self.adds += 1

    def removed(self, names: tuple[str, ...], hashed: bytes) -> None:
        """Count a REMOVE leaf."""
        self._put(names, hashed)
        self.removes += 1

    def _put(self, names: tuple[str, ...], hashed: bytes) -> None:
        for name in names:
            waiting = self._waiting.get(name)
            if waiting is None:
                self._own[name], self._waiting[name] = Frontier(), [hashed]
                continue
            waiting.append(hashed)
            if len(waiting) >= _PENDING:
                self._own[name].extend(waiting)
                waiting.clear()

    def leaves_of(self, name: str) -> Frontier:
        """Give the edge of the tree over the leaves that name an authority; an empty one if none does."""
        own = self._own.get(name, Frontier())
        own.extend(self._waiting.pop(name, ()))
        self._waiting[name] = []
        return own

    def is_right(self, leaf: Attest) -> bool:
        """Say whether an attestation is the first of its authority and says what the leaves say."""
        own = self.leaves_of(leaf.authority)
        return leaf.authority not in self._attested and (leaf.count, leaf.root) == (own.size, own.root())

    def is_new(self, leaf: Canary) -> bool:
        """Say whether a report on canaries is the first of its authority, or says only what it did not say yet."""
        known = self._near.get(leaf.authority)
        return known is None or (bool(leaf.near) and known.isdisjoint(leaf.near))

    def attested(self, leaf: Attest) -> None:
        """Note an attestation."""
        self._attested.add(leaf.authority)

    def reported(self, leaf: Canary) -> None:
        """Note a report on canaries, or a part of one."""
        self._near.setdefault(leaf.authority, set()).update(leaf.near)

    def missing(self) -> tuple[str, ...]:
        """Name the authorities that have not yet attested, or not reported on all canaries that another reported on."""
        every = set().union(*self._near.values())
        return tuple(name for name in sorted(self._own) if name not in self._attested or self._near.get(name) != every)

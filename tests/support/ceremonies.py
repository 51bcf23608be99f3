"""The ceremony of a signed list, with a clock that the test turns, and everybody who takes part in it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_lists import Subscriber

from kindward.authority.exchange import Exchange
from kindward.authority.founding import Terms, found, rotate
from kindward.authority.home import Home
from kindward.authority.proposing import About, confirm, propose, revert, withdraw
from kindward.authority.publishing import cosigned_by, publish
from kindward.authority.signing import sign
from kindward.ledger.audit import Audit
from kindward.ledger.keys import COSIGNATURE, SigningKey
from kindward.model import Entry

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ALL = {"de-centre": "DE", "fr-centre": "FR", "nl-centre": "NL"}
DE, FR, NL = ALL
CANARIES = f"# lawful\n{'ab' * 32} protest\n{'cd' * 32} painting\n".encode()


def value(word):
    """Give the PDQ value of a word, far from any other and from the canaries."""
    return sha256(f"value {word}".encode()).digest()


def entry(word, **fields):
    """Make an entry of a word; everything can be said otherwise."""
    return Entry(**{"id": f"case-{word}", "signal": "pdq/1", "value": value(word), **fields})


class Ceremony:
    """Authorities that share one exchange folder, the publisher first; ``folder`` is what they publish."""

    def __init__(self, folder, names=(DE, FR), *, canaries=CANARIES, quorum=1, uris=None, **terms):
        self.base, self.now, self.names = folder, NOW, tuple(names)
        self.folder, self.exchange = folder / "list", Exchange(folder / "exchange")
        self.homes = {
            name: Home.make(folder / name, name, terms.get("jurisdictions", ALL)[name], (uris or {}).get(name, {}))
            for name in names
        }
        self.witnesses = [
            SigningKey.of(f"w{number}.example", Ed25519PrivateKey.generate(), COSIGNATURE) for number in range(2)
        ]
        keys = tuple(key.verifier.text for key in self.witnesses)
        first, *others = self.homes.values()
        what = Terms("tested", terms.get("threshold", 2), keys, quorum)
        found(first, self.exchange, [home.card for home in others], what, canaries=canaries, now=self.now)

    @property
    def root(self):
        """The root file with which a subscriber begins."""
        return (self.folder / "metadata/1.root.json").read_bytes()

    @property
    def publisher(self):
        return self.homes[self.names[0]]

    def tick(self, **much):
        """Let time go on, by a minute unless told."""
        self.now += timedelta(**(much or {"minutes": 1}))

    def propose(self, name, *words, category="scheme:a", **fields):
        """Propose entries, each a word or an entry."""
        self.tick()
        entries = [entry(word, **fields) if isinstance(word, str) else word for word in words]
        return propose(self.homes[name], self.exchange, entries, About(category), self.now)

    def confirm(self, name, proposal="", own=None):
        """Confirm what others proposed."""
        self.tick()
        entries = None if own is None else [entry(word) for word in own]
        return confirm(self.homes[name], self.exchange, proposal, self.now, own=entries)

    def withdraw(self, name, *words, reason="not_illegal"):
        """Withdraw entries by their proposer's ids."""
        self.tick()
        return withdraw(self.homes[name], self.exchange, [f"case-{word}" for word in words], reason, self.now)

    def revert(self, name, release):
        """Say what leads back to an earlier release."""
        self.tick()
        return revert(self.homes[name], self.exchange, release, self.now)

    def rotate(self, name, **how):
        """Renew keys, so that a new root waits."""
        self.tick()
        rotate(self.homes[name], self.exchange, self.now, uris=how.pop("uris", {}), **how)

    def sign(self, *names):
        """Sign what waits, everybody unless some are named; give what the last one was told."""
        self.tick()
        done = None
        for name in names or self.names:
            done = sign(self.homes[name], self.exchange, self.now)
        return done

    def publish(self, *, cosigners=None, refresh=False, to=None):
        """Publish."""
        self.tick()
        if cosigners is None:
            cosigners = [cosigned_by(key, self.now) for key in self.witnesses]
        return publish(self.publisher, self.exchange, to or self.folder, cosigners, self.now, refresh=refresh)

    def release(self):
        """Sign and publish."""
        self.sign()
        return self.publish()

    def agree(self, *words, **fields):
        """Let the first propose and the second confirm."""
        self.propose(self.names[0], *words, **fields)
        self.confirm(self.names[1])

    def subscriber(self, name="subscriber"):
        """Give one who follows the list."""
        return Subscriber(self.base / name, self)

    def audit(self):
        """Let an outsider examine the publication; give the examination."""
        audit = Audit(lambda path, _: (self.folder / path).read_bytes(), self.now, first=self.root)
        assert list(audit.everything())
        return audit

    def files(self, *parts):
        """Give all files below a part of the exchange with their bytes."""
        top = self.exchange.path.joinpath(*parts)
        return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


def words_of(subscriber):
    """Give the words whose entries a subscriber holds."""
    return {each.note.removeprefix("case-") for item in subscriber.entries.values() for each in item.entries}

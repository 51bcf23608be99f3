"""D6: votes against an entry were read and then ignored, and most kinds of fingerprint were dropped."""

import pytest
from providers import Followed

from kindward.banks import Bank
from kindward.model import EntryState, Fingerprint
from kindward.sandbox import running
from kindward.sandbox.ncmec import PASSWORD, USER, Listed, invented, sandbox
from kindward.subscription.record import Subscription
from kindward.transport import HttpTransport

VALUE = bytes.fromhex(invented(1))


@pytest.fixture
def followed(tmp_path):
    """Follow the stand-in with one entry in it."""
    provider = sandbox(0)
    provider.put(Listed("one", {"pdq": invented(1), "md5": invented(1, 16)}))
    for name, text in (("user", USER), ("password", PASSWORD)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    with running(provider.app) as url, HttpTransport() as transport:
        one = Followed(tmp_path / "bank", transport)
        one.listed = provider
        one.now = one.now.fromtimestamp(provider.now + 1, one.now.tzinfo)
        one.subscribe(
            Subscription(
                source="ncmec",
                settings={"url": url},
                secrets={name: str(tmp_path / name) for name in ("user", "password")},
            )
        )
        yield one


def matches(followed):
    with Bank.open(followed.path) as bank:
        return [match.entry for match in bank.lookup([Fingerprint("pdq/1", VALUE)], 31)]


def test_three_votes_against_an_entry_take_it_out_of_force(followed):
    assert ["42-one"] == matches(followed)
    for voter in ("2", "3", "43"):
        followed.listed.vote("one", "PDQ", voter, "Not child abuse")
    followed.update()

    assert [] == matches(followed)
    with Bank.open(followed.path) as bank:
        assert (EntryState.QUARANTINED, "negative_votes") == bank.state("42-one")[1:3]


def test_two_votes_are_kept_and_the_entry_stays_in_force(followed):
    for voter in ("2", "3"):
        followed.listed.vote("one", "PDQ", voter, "Not child abuse")
    followed.update()

    assert ["42-one"] == matches(followed)
    with Bank.open(followed.path) as bank:
        assert {("pdq/1", 2), ("digest/1", 0)} == {(one.signal, one.negative) for one in bank.holding("42-one")}


def test_votes_in_favour_are_counted_beside_those_against(followed):
    followed.listed.vote("one", "PDQ", "2")
    followed.listed.vote("one", "PDQ", "3", "Duplicate")
    followed.update()
    with Bank.open(followed.path) as bank:
        (entry,) = [one for one in bank.holding("42-one") if one.signal == "pdq/1"]

    assert (1, 1) == (entry.positive, entry.negative)


def test_the_digest_of_a_picture_is_matched_too(followed):
    with Bank.open(followed.path) as bank:
        found = bank.lookup([Fingerprint("digest/1", bytes.fromhex(invented(1, 16)))], 31)

    assert ["42-one"] == [match.entry for match in found]

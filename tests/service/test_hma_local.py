"""The groups of the bank local, beside whoever else changes that bank."""

import pytest

from kindward.banks import Bank
from kindward.model import EntryState, Fingerprint
from kindward.service.hma.local import Local, make

VALUE = bytes(range(32))
NOW = 1_800_000_000


class Hour:
    """A clock that the test turns."""

    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hour()


@pytest.fixture
def bank(tmp_path):
    make(tmp_path / "local")
    with Bank.open(tmp_path / "local") as bank:
        yield bank


@pytest.fixture
def local(bank, clock):
    """Give the groups, with one group and one content in it that is disabled for ten seconds."""
    local = Local(bank, clock)
    local.create("KNOWN", 1.0)
    local.disable("KNOWN", local.add("KNOWN", {"pdq/1": VALUE}, ""), NOW + 10)
    return local


def found(bank):
    return [match.entry for match in bank.lookup([Fingerprint("pdq/1", VALUE)], 31)]


def test_a_content_is_put_back_when_its_time_has_come(bank, local, clock):
    local.enable_due()
    assert [] == found(bank)
    clock.now += 10
    local.enable_due()

    assert ["1"] == found(bank)
    assert {} == local.register().disabled


@pytest.mark.parametrize("do", ["reinstate", "withdraw"])
def test_what_an_operator_did_meanwhile_never_stops_look_ups(bank, local, clock, do):
    bank.reinstate("1", "looked at", "operator") if do == "reinstate" else bank.withdraw("1", "wrong")
    clock.now += 10
    local.enable_due()

    assert ["1"][: do == "reinstate"] == found(bank)
    assert {} == local.register().disabled


def test_a_content_that_an_operator_put_back_can_be_disabled_again(bank, local):
    bank.reinstate("1", "looked at", "operator")
    local.disable("KNOWN", 1, NOW + 20)

    assert EntryState.QUARANTINED is bank.entry("1").state
    assert [] == found(bank)


def test_a_content_that_an_operator_doubts_is_not_put_back_over_http(bank, local, clock):
    clock.now += 10
    local.enable_due()
    bank.quarantine("1", "doubted", "operator")
    local.disable("KNOWN", 1, 1)

    assert [] == found(bank)


def test_with_a_group_the_times_of_its_contents_go_too(local):
    local.remove("KNOWN")

    assert {} == local.register().disabled

"""An operator's signature gives an imported bank consequences; a budget takes them away."""

import json
import stat

import pytest

from kindward.banks import Bank, Item, build_bank
from kindward.banks.approval import approve, check, new_key, operator_keys, public_path
from kindward.banks.simulation import simulate, simulation
from kindward.errors import ConfigError, StateError, TrustError
from kindward.model import Trust


@pytest.fixture
def key(tmp_path):
    """Give the path of an operator's private key."""
    new_key(tmp_path / "operator")
    return tmp_path / "operator"


@pytest.fixture
def keys(key):
    return operator_keys([public_path(key)])


@pytest.fixture
def watched(made, keys):
    """Give a bank of one entry, as a live service has it open."""
    made.bank(made.pdq(1))
    with Bank.open(made.folder / "made", operators=keys) as bank:
        yield bank


def test_without_a_signature_an_imported_bank_is_in_simulation(made, watched):
    assert "not_signed" == watched.simulated
    assert "" == made.open().simulated


def test_a_signature_of_the_state_holds_until_something_is_added(made, watched, key, keys):
    bank = made.open()
    signed = approve(bank, key.read_bytes())
    assert (signed, "state") == (check(bank, keys), signed.scope)
    assert watched.refresh()
    assert "" == watched.simulated
    assert not watched.refresh()
    bank.add([made.pdq(2)])
    assert (True, "changed_since_signed") == (watched.refresh(), watched.simulated)
    assert check(bank, keys) is None
    approve(bank, key.read_bytes())
    assert (True, "") == (watched.refresh(), watched.simulated)


def test_taking_entries_out_of_force_needs_no_new_signature_and_putting_them_back_does(made, watched, key):
    bank = made.open()
    bank.add([made.pdq(2), made.pdq(3)])
    approve(bank, key.read_bytes())
    bank.quarantine("e2", "x", "Anna")
    bank.withdraw("e3", "x")
    watched.refresh()
    assert "" == watched.simulated
    bank.reinstate("e2", "x", "Anna")
    watched.refresh()
    assert "changed_since_signed" == watched.simulated


def test_a_journal_that_was_cut_off_is_noticed_by_the_signature(made, watched, key, keys):
    bank = made.open()
    bank.add([made.pdq(2)])
    whole = (bank.path / "journal-000001").read_bytes()
    bank.withdraw("e1", "x")
    approve(bank, key.read_bytes())
    (bank.path / "journal-000001").write_bytes(whole)
    with Bank.open(bank.path, operators=keys) as again:
        assert "changed_since_signed" == again.simulated


def test_a_signature_by_an_unknown_key_or_over_other_words_is_none(made, watched, key, tmp_path):
    new_key(tmp_path / "stranger")
    bank = made.open()
    approve(bank, (tmp_path / "stranger").read_bytes())
    watched.refresh()
    assert "not_signed" == watched.simulated
    approve(bank, key.read_bytes())
    file = bank.path / "approval.json"
    record = json.loads(file.read_text())
    for changed in (
        {"bank": "other"},
        {"at": "2030-01-01T00:00:00Z"},
        {"signature": "00" * 64},
        {"signature": "x"},
        {"content": 1},
        {"more": ""},
    ):
        file.write_text(json.dumps(record | changed))
        watched.refresh()
        assert "not_signed" == watched.simulated
    file.write_text("{")
    watched.refresh()
    assert "not_signed" == watched.simulated
    file.write_text(json.dumps(record))
    watched.refresh()
    assert "" == watched.simulated


def test_the_signature_of_one_bank_is_none_of_another(made, watched, key, keys):
    approve(made.open(), key.read_bytes())
    other = made.bank(made.pdq(1), name="other")
    (other.path / "approval.json").write_bytes((watched.path / "approval.json").read_bytes())
    assert check(other, keys) is None


def test_the_signature_of_a_feed_covers_whatever_it_brings_and_no_other_feed(made, watched, key):
    bank = made.open()
    with pytest.raises(StateError) as told:
        approve(bank, key.read_bytes(), scope="feed")
    assert "feed_missing" == told.value.code
    subscription = bank.path / "subscription.json"
    subscription.write_text(json.dumps({"source": "ncmec", "settings": {"url": "https://a"}}))
    signed = approve(bank, key.read_bytes(), scope="feed")
    assert ("feed", "ncmec", "") == (signed.scope, signed.source, signed.content)
    bank.take_over([Item("i", (made.pdq(5),))])
    bank.compact()
    watched.refresh()
    assert "" == watched.simulated
    subscription.write_text(json.dumps({"source": "ncmec", "settings": {"url": "https://b"}}))
    watched.refresh()
    assert "changed_since_signed" == watched.simulated


def test_a_signed_list_needs_no_operator(made, keys):
    build_bank(made.folder / "made", [made.pdq(1)], trust=Trust.FEDERATED)
    with Bank.open(made.folder / "made", operators={}) as bank:
        assert "" == bank.simulated


def test_a_bank_over_its_budget_is_in_simulation_until_an_operator_signs_it_again(made, watched, key):
    bank = made.open()
    approve(bank, key.read_bytes())
    watched.refresh()
    simulate(bank.path, "over_budget", {"rate": 0.01})
    assert ("over_budget", {"rate": 0.01}) == (simulation(bank.path).reason, simulation(bank.path).facts)
    for opened in (watched, bank):
        assert opened.refresh()
        assert "over_budget" == opened.simulated
    approve(bank, key.read_bytes())
    assert watched.refresh()
    assert ("", "", None) == (watched.simulated, bank.simulated, simulation(bank.path))


@pytest.mark.parametrize("text", ["{", "[]", '{"reason": "x"}', '{"reason": "", "facts": {}, "at": ""}'])
def test_a_simulation_whose_reason_cannot_be_read_stays_one(made, text):
    bank = made.bank(made.pdq(1))
    (bank.path / "simulated.json").write_text(text)
    assert bank.refresh()
    assert "simulation_unreadable" == bank.simulated


def test_only_a_bank_is_put_into_simulation(tmp_path):
    with pytest.raises(TrustError):
        simulate(tmp_path, "over_budget")
    assert [] == list(tmp_path.iterdir())


def test_words_beside_a_bank_survive_building_and_compaction(made, watched, key):
    bank = made.open()
    approve(bank, key.read_bytes())
    simulate(bank.path, "over_budget")
    bank.compact()
    build_bank(bank.path, [made.pdq(2)], replace=True)
    assert {"approval.json", "simulated.json"} <= {path.name for path in bank.path.iterdir()}


def test_a_bank_may_be_built_where_a_subscription_lies(made):
    folder = made.folder / "made"
    (folder / "subscription").mkdir(parents=True)
    (folder / "subscription.json").write_text("{}")
    build_bank(folder, [made.pdq(1)])
    assert (folder / "subscription").is_dir()


def test_a_private_key_is_for_its_owner_and_is_never_overwritten(key):
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    with pytest.raises(StateError) as told:
        new_key(key)
    assert "key_exists" == told.value.code


def test_what_is_no_key_is_said_so(made, key, tmp_path):
    (tmp_path / "x").write_text("no key")
    for path in (tmp_path / "x", tmp_path / "none", key):
        with pytest.raises(ConfigError) as told:
            operator_keys([path])
        assert "operator_key_unreadable" == told.value.code
    for data in (b"", public_path(key).read_bytes()):
        with pytest.raises(ConfigError) as told:
            approve(made.bank(made.pdq(1), name="b" + str(len(data))), data)
        assert "operator_key_wrong" == told.value.code

"""Every way to deceive a subscriber with metadata is refused, with a sentence of its own, and changes nothing."""

import shutil
from datetime import timedelta

import pytest
from securesystemslib.signer import CryptoSigner
from signed_lists import NOW, PublishedList, Subscriber, copied, entry, put_back
from tuf.api.metadata import Metadata

from kindward.errors import TrustError

# What TUF protects against


def test_a_rollback_to_an_older_timestamp_is_refused(tmp_path, published, following):
    old = copied(published, tmp_path)
    published.add(entry("d"))
    published.release()
    following.update()
    put_back(published, old, "metadata", "log")

    assert "list_rollback" == following.refused()


def test_a_rollback_of_one_part_under_a_new_timestamp_is_refused(published, following):
    published.versions["authorities"] -= 1
    published.sign()
    published.sign_online()
    published.add(entry("d"))
    published.release()
    following.update()
    published.versions["authorities"] = 1
    published.sign_online()

    assert "list_rollback" == following.refused()


def test_a_rollback_that_is_signed_by_everybody_is_refused_because_the_bank_knows_better(tmp_path, published):
    older = copied(published, tmp_path)
    published.add(entry("d"))
    published.release()
    ahead = Subscriber(tmp_path / "state", published)
    ahead.update()
    shutil.rmtree(tmp_path / "state")
    put_back(published, older, "metadata", "log", "targets")

    assert "list_rollback" == ahead.refused()


def test_a_freeze_is_noticed_when_the_signature_runs_out(following):
    assert "list_expired" == following.refused(NOW + timedelta(days=2))


def test_a_list_that_ran_out_before_the_first_update_is_refused(subscriber):
    assert "list_expired" == subscriber.refused(NOW + timedelta(days=1, seconds=1))


def test_each_signature_can_run_out(published, following):
    published.sign(expires=timedelta(hours=1))
    published.sign_online()

    assert "list_expired" == following.refused(NOW + timedelta(hours=2))


def test_an_expired_root_is_refused(following):
    assert "list_expired" == following.refused(NOW + timedelta(days=400))


def test_a_mixture_of_two_states_is_refused(tmp_path, published, following):
    old = copied(published, tmp_path)
    published.add(entry("d"))
    published.release()
    shutil.copy(old / "metadata" / "1.authorities.json", published.folder / "metadata" / "2.authorities.json")

    assert "list_mixed" == following.refused()


def test_an_old_snapshot_under_a_new_name_is_refused_as_a_mixture(tmp_path, published, following):
    old = copied(published, tmp_path)
    published.add(entry("d"))
    published.release()
    shutil.copy(old / "metadata" / "1.snapshot.json", published.folder / "metadata" / "2.snapshot.json")

    assert "list_mixed" == following.refused()


@pytest.mark.parametrize("part", ["log/checkpoint", "log"])
def test_an_old_log_beside_a_new_list_is_refused_as_a_mixture(tmp_path, published, following, part):
    old = copied(published, tmp_path)
    published.add(entry("d"))
    published.release()
    put_back(published, old, part)

    assert "list_mixed" == following.refused()


def test_a_release_beside_the_files_of_another_is_refused_as_a_mixture(published, following):
    published.add(entry("d"))
    published.release(files={})

    assert "list_mixed" == following.refused()


# Keys in other hands


def stolen(published, following, how):
    """Let a thief with some keys put an entry of their own into the list."""
    published.add(entry("planted"))
    published.signing = how.get("authorities", [])
    published.release()
    return following.refused()


def test_the_online_keys_alone_cannot_change_the_list(published, following):
    assert "list_too_few_signatures" == stolen(published, following, {})


def test_one_authority_alone_cannot_change_the_list(published, following):
    assert "list_too_few_signatures" == stolen(published, following, {"authorities": ["bka"]})


def test_one_authority_that_signs_twice_counts_once(published, following):
    published.add(entry("planted"))
    published.signing = ["bka"]
    published.release()
    path = published.folder / "metadata" / "2.authorities.json"
    metadata = Metadata.from_file(str(path))
    metadata.sign(published.keys["bka"], append=True)
    (only,) = metadata.signatures.values()
    data = metadata.to_dict()
    data["signatures"] *= 2
    assert 2 == len(data["signatures"])
    assert only.signature

    assert "list_too_few_signatures" == following.refused()


def test_one_key_under_two_names_is_one_authority(tmp_path, published):
    published.keys["ofmin"] = published.keys["bka"]
    with pytest.raises(TrustError) as refused:
        published.charter.record()

    assert "charter_same_key" == refused.value.code


@pytest.mark.parametrize("role", ["timestamp", "snapshot"])
def test_another_key_in_the_place_of_an_online_one_is_refused(published, following, role):
    published.sign_online(signers={role: CryptoSigner.generate_ed25519()})

    assert "list_too_few_signatures" == following.refused()


def test_one_holder_of_the_root_cannot_put_in_a_new_root(published, following):
    published.rotate(signers=published.offline["root"][:1])

    assert "list_root_not_following" == following.refused()


def test_strangers_cannot_put_in_a_new_root(published, following):
    published.offline["root"] = [CryptoSigner.generate_ed25519() for _ in range(3)]
    published.rotate(signers=published.offline["root"])

    assert "list_root_not_following" == following.refused()


def test_a_root_that_skips_a_version_is_refused(published, following):
    published.versions["root"] += 1
    data = published.rotate()
    (published.folder / "metadata" / "2.root.json").write_bytes(data)

    assert "list_root_not_following" == following.refused()


def test_one_holder_of_the_targets_cannot_change_the_delegation(published, following):
    published.offline["targets"] = published.offline["targets"][:1]
    published._top()
    published.sign_online()

    assert "list_too_few_signatures" == following.refused()


def test_a_new_root_signed_by_the_one_before_is_followed(published, following):
    published.offline["root"] = [*published.offline["root"][:2], CryptoSigner.generate_ed25519()]
    published.rotate()
    published.sign_online()

    assert following.update().current


# Rules that TUF cannot express


def test_two_authorities_of_one_jurisdiction_cannot_sign_the_list(tmp_path):
    published = PublishedList(tmp_path / "published", jurisdictions=("DE", "FR", "DE"))
    published.add(entry("a"))
    published.signing = ["bka", "esafety"]
    published.release()

    assert "list_too_few_authorities" == Subscriber(tmp_path / "state", published).refused()


def test_a_key_that_belongs_to_no_authority_cannot_be_delegated_to(published, subscriber):
    charter = published.charter.record()
    del charter["authorities"]["esafety"]
    published.rotate(charter=charter)
    published.sign_online()

    assert "list_key_foreign" == subscriber.refused()


def test_one_key_in_two_writings_is_counted_once(published, subscriber):
    one = published.keys["bka"].public_key
    other = type(one).from_dict("0" * 64, {**one.to_dict(), "x-other": "writing"})
    published.keys["bka2"] = type("Twin", (), {"public_key": other})()
    published.jurisdictions["bka2"] = "FR"
    published.delegates = ["bka", "bka2", "ofmin"]
    published._top()
    published.sign_online()

    assert "list_same_authority" == subscriber.refused()


@pytest.mark.parametrize(
    "role", [{"threshold": 1}, {"terminating": False}, {"paths": ["*"]}, {"paths": ["list/*", "other/*"]}]
)
def test_a_delegation_that_says_something_else_is_refused(published, subscriber, role):
    published._top(**role)
    published.sign_online()

    assert "list_delegation_wrong" == subscriber.refused()


def test_a_list_without_a_release_is_refused(published, subscriber):
    published.sign(without="list/release.json")

    assert "list_delegation_wrong" == subscriber.refused()


def test_a_file_without_a_digest_we_know_is_refused(published, subscriber):
    published.sign(hashed="sha512")

    assert "list_delegation_wrong" == subscriber.refused()


def test_a_root_without_a_charter_is_refused(published, subscriber):
    published.rotate(charter={"list": "tested"})

    assert "charter_unreadable" == subscriber.refused()


def test_the_name_of_a_list_does_not_change(published, subscriber):
    published.rotate(list="other")
    published.sign_online()

    assert "list_name_other" == subscriber.refused()


def test_the_witnesses_cannot_be_dropped_on_the_way(published, following):
    published.witnesses, published.quorum = [], 0
    published.rotate()
    published.sign_online()

    assert "list_quorum_lost" == following.refused()


def test_named_witnesses_must_be_asked(tmp_path):
    published = PublishedList(tmp_path / "published", quorum=0)
    published.add(entry("a"))
    published.release()

    assert "list_quorum_lost" == Subscriber(tmp_path / "state", published).refused()


def test_a_list_may_do_without_witnesses_from_the_beginning(tmp_path):
    published = PublishedList(tmp_path / "published", witnesses=0, quorum=0)
    published.add(entry("a"))
    published.release()
    subscriber = Subscriber(tmp_path / "state", published)
    subscriber.update()

    assert {"0"} == set(subscriber.entries)


def test_parameters_that_the_root_does_not_name_are_refused(published, following):
    published.add(entry("d"))
    published.release(parameters="0" * 64)

    assert "release_wrong" == following.refused()

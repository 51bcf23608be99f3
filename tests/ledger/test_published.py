"""The metadata of a list, part by part: each way to deceive is refused with a sentence of its own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from made_logs import BKA, KC, NCA, NOW, MadeList, charter_record, flipped, public_key
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, Targets

from kindward.errors import RemoteError, TrustError
from kindward.ledger.published import FIRST_ROOT, Published, missing, needed, read_published


@pytest.fixture
def made():
    """A list with one release."""
    new = MadeList()
    new.add(2)
    new.publish()
    return new


def read(made, now=NOW):
    return read_published(made.fetch, made.files[FIRST_ROOT], now)


def refused(made, code, now=NOW):
    with pytest.raises(TrustError) as met:
        read(made, now)
    assert code == met.value.code, met.value
    assert met.value.hint
    return met.value.sentence


def test_a_right_list_is_read(made):
    found = read(made)

    assert (1, (BKA, NCA), NOW + timedelta(days=30)) == (found.version, found.signers, found.expires)
    assert {"list/release.json", "list/canaries.txt", "list/0-2.kwc"} == set(found.targets)
    assert (len(made.public["list/0-2.kwc"]), made.history.last.files["list/0-2.kwc"]) == found.targets["list/0-2.kwc"]
    assert [made.charter] == [*found.charters]
    assert isinstance(found, Published)


@pytest.mark.parametrize(("earliest", "days"), [("root", 5), ("metadata", 3)])
def test_the_list_is_valid_until_its_first_part_runs_out(made, earliest, days):
    if earliest == "root":
        made.rotate(days=days)
    made.write_metadata(days=days if earliest == "metadata" else 30)

    assert NOW + timedelta(days=days) == read(made).expires


def test_roots_are_followed_one_by_one(made):
    record = charter_record(parameters={"pdq_distance": 31, "pdq_quality": 60})
    made.rotate(record)
    made.rotate(record, signers=("root 1", "root 2", "root 3"), holders=("root 1", "root 3"))
    made.rotate(record, signers=("root 1", "root 3"), holders=("root 1", "root 3"))
    found = read(made)

    assert (4, [50, 60, 60, 60]) == (found.version, [each.parameters["pdq_quality"] for each in found.charters])
    assert 60 == found.charter.parameters["pdq_quality"]


def test_a_later_root_may_be_the_first(made):
    made.rotate()
    found = read_published(made.fetch, made.files["metadata/2.root.json"], NOW)

    assert (2, 1) == (found.version, len(found.charters))


@pytest.mark.parametrize(
    ("signers", "holders"),
    [
        (("root 1",), ("root 1", "root 2")),
        (("root 1", "stranger"), ("root 1", "root 2")),
        (("root 2", "root 3"), ("root 2", "root 3")),
        (("root 1", "root 2"), ("root 2", "root 3")),
        ((), ("root 1", "root 2")),
    ],
)
def test_a_root_that_old_or_new_holders_did_not_sign_is_refused(made, signers, holders):
    made.rotate(signers=signers, holders=holders)

    assert "The root metadata of the list is damaged or has too few valid signatures." == refused(
        made, "published_unsigned"
    )


def test_a_root_in_the_place_of_another_is_refused(made):
    made.rotate(version=5)

    assert "The root metadata is not of the same state" in refused(made, "published_mixed")


def test_a_first_root_that_is_no_root_is_refused(made):
    for wrong in (b"", b"{}", made.files["metadata/timestamp.json"], flipped(made.files[FIRST_ROOT], at=900)):
        with pytest.raises(TrustError) as met:
            read_published(made.fetch, wrong, NOW)
        assert "published_unsigned" == met.value.code


def test_a_root_without_a_charter_is_refused(made):
    made.rotate({"not": "a charter"})

    assert "charter" in refused(made, "charter_unreadable")


@pytest.mark.parametrize("part", ["timestamp", "snapshot", "targets", "authorities"])
def test_a_part_that_ran_out_is_refused(made, part):
    made.write_metadata(expiring=part)

    assert f"The {part} metadata of the list ran out on 2026-11-24T12:00:00Z" in refused(made, "published_expired")


def test_a_root_that_ran_out_is_refused(made):
    made.rotate(days=0)

    assert "The root metadata of the list ran out" in refused(made, "published_expired")


def test_a_list_may_be_used_to_its_last_second(made):
    assert read(made, NOW + timedelta(days=30, seconds=-1))
    assert "timestamp" in refused(made, "published_expired", NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("timestamp", "metadata/timestamp.json"),
        ("targets", "metadata/1.targets.json"),
        ("authorities", "metadata/1.authorities.json"),
    ],
)
@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_bit_is_refused(made, part, path, seed):
    made.files[path] = flipped(made.files[path], seed=seed)

    with pytest.raises(TrustError) as met:
        read(made)
    assert met.value.code in {"published_unsigned", "published_one_sided"}
    assert met.value.facts.get("part", part) == part


def test_a_flipped_bit_in_the_snapshot_makes_it_another_file(made):
    made.files["metadata/1.snapshot.json"] = flipped(made.files["metadata/1.snapshot.json"])

    assert "The snapshot metadata is not of the same state" in refused(made, "published_mixed")


@pytest.mark.parametrize("name", ["targets", "authorities"])
def test_an_older_part_in_the_place_of_a_newer_is_refused(made, name):
    made.write_metadata()
    made.files[f"metadata/2.{name}.json"] = made.files[f"metadata/1.{name}.json"]

    assert f"The {name} metadata is not of the same state" in refused(made, "published_mixed")


@pytest.mark.parametrize("name", ["targets", "authorities"])
def test_a_snapshot_that_names_no_such_part_is_refused(made, name):
    both = {f"{each}.json": MetaFile(2) for each in ("targets", "authorities")}
    del both[f"{name}.json"]
    made.write_metadata(named=both | {"other.json": MetaFile(1)})
    snapshot = Metadata.from_bytes(made.files["metadata/2.snapshot.json"]).signed
    del snapshot.meta[f"{name}.json"]
    raw = made.sign("metadata/2.snapshot.json", snapshot, "online")
    stamp = Metadata.from_bytes(made.files["metadata/timestamp.json"]).signed
    stamp.snapshot_meta = MetaFile.from_data(2, raw, ["sha256"])
    made.sign("metadata/timestamp.json", stamp, "online")

    assert f"The {name} metadata is not of the same state" in refused(made, "published_mixed")


@pytest.mark.parametrize(
    ("part", "options"),
    [
        ("timestamp", {"online": "stranger"}),
        ("targets", {"top": "online"}),
        ("authorities", {"signers": (BKA,)}),
        ("authorities", {"signers": ("online", BKA)}),
    ],
)
def test_a_part_with_a_wrong_signature_is_refused(made, part, options):
    made.write_metadata(**options)

    assert f"The {part} metadata of the list is damaged or has too few" in refused(made, "published_unsigned")


def test_stolen_online_keys_cannot_sign_entries(made):
    made.write_metadata(signers=("online",))

    refused(made, "published_unsigned")


@pytest.mark.parametrize(
    "options",
    [
        {"signers": (BKA,), "role": {"threshold": 1}},
        {"signers": (BKA, "stranger"), "holders": (BKA, "stranger")},
    ],
)
def test_a_list_that_one_authority_signed_is_refused_even_if_the_targets_allow_it(made, options):
    made.write_metadata(**options)

    assert "The list is signed by bka.example; two authorities" in refused(made, "published_one_sided")


def test_a_list_that_only_strangers_signed_is_refused(made):
    made.write_metadata(signers=("one", "two"), holders=("one", "two"))

    assert "The list is signed by –; two" in refused(made, "published_one_sided")


def test_an_authority_that_signs_with_two_key_ids_counts_once(made):
    keys = {keyid: SSlibKey.from_dict(keyid, public_key(BKA).to_dict()) for keyid in ("a" * 64, public_key(BKA).keyid)}
    role = DelegatedRole("authorities", sorted(keys), 2, terminating=True, paths=["list/*"])
    targets = Targets(2, expires=NOW + timedelta(days=9), delegations=Delegations(keys, {"authorities": role}))
    made.write_metadata()
    made.sign("metadata/2.targets.json", targets, "root 1")
    metadata = Metadata.from_bytes(made.files["metadata/2.authorities.json"])
    metadata.signatures["a" * 64] = replace_id(metadata.signatures[public_key(BKA).keyid])
    made.files["metadata/2.authorities.json"] = metadata.to_bytes()

    assert "signed by bka.example;" in refused(made, "published_one_sided")


def replace_id(signature):
    return type(signature)("a" * 64, signature.signature)


def test_authorities_of_one_jurisdiction_do_not_suffice():
    made = MadeList(charter_record({BKA: "DE", NCA: "DE", KC: "NL"}))
    made.add(1, (BKA, KC))
    made.publish(signers=(BKA, NCA))

    assert "signed by bka.example, nca.example;" in refused(made, "published_one_sided")


@pytest.mark.parametrize(
    "role",
    [{"terminating": False}, {"paths": ["list/*", "more/*"]}, {"paths": ["*"]}, {"paths": []}, {"name": "others"}],
)
def test_entries_that_are_delegated_otherwise_are_refused(made, role):
    made.write_metadata(role=role)

    assert "list/* to its authorities alone" in refused(made, "published_delegation")


def test_a_role_before_the_authorities_is_refused(made):
    made.write_metadata()
    targets = Metadata.from_bytes(made.files["metadata/2.targets.json"]).signed
    first = DelegatedRole("first", [public_key(BKA).keyid], 1, terminating=True, paths=["list/*"])
    targets.delegations.roles = {"first": first, **targets.delegations.roles}
    made.sign("metadata/2.targets.json", targets, "root 1")

    refused(made, "published_delegation")


def test_targets_without_delegations_are_refused(made):
    made.write_metadata()
    made.sign("metadata/2.targets.json", Targets(2, expires=NOW + timedelta(days=9)), "root 1")

    refused(made, "published_delegation")


@pytest.mark.parametrize(
    "path",
    ["metadata/timestamp.json", "metadata/1.snapshot.json", "metadata/1.targets.json", "metadata/1.authorities.json"],
)
def test_a_missing_part_is_named(made, path):
    del made.files[path]

    assert f"The list lacks the file {path}, without which" in refused(made, "published_missing")


def test_only_what_is_not_there_is_missing():
    gone = RemoteError("remote_missing", "Gone.", status=404)
    away = RemoteError("remote_unreachable", "Away.")

    assert [True, True, True, False, False] == [
        missing(problem)
        for problem in (gone, KeyError("x"), RemoteError("x", "y", status=410), away, RemoteError("x", "y", status=500))
    ]
    assert missing(FileNotFoundError())
    for problem in (away, gone):
        with pytest.raises(type(away) if problem is away else TrustError):
            needed(_raising(problem))("path", 1)


def _raising(problem):
    def fetch(_path, _most):
        raise problem

    return fetch


def test_a_host_that_is_away_is_no_end_of_the_chain_of_roots(made):
    def fetch(path, most):
        if path == "metadata/2.root.json":
            raise RemoteError("remote_unreachable", "Away.")
        return made.fetch(path, most)

    with pytest.raises(RemoteError):
        read_published(fetch, made.files[FIRST_ROOT], NOW)


def test_files_are_fetched_within_limits(made):
    asked = []

    def fetch(path, most):
        asked.append(most)
        return made.fetch(path, most)

    read_published(fetch, made.files[FIRST_ROOT], NOW)
    assert {5_000_000} == set(asked)
    assert replace(read(made), version=1) == read(made)

"""An outsider's examination: what is proven is listed, and the first thing that is not ends it."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from made_logs import BKA, CANARIES, JURISDICTIONS, KC, NCA, NOW, MadeList, MadeLog, charter_record, log_key

from kindward.errors import RemoteError, TrustError
from kindward.ledger.audit import ATTESTED, SENTENCES, Audit, canary_labels
from kindward.ledger.note import Checkpoint
from kindward.ledger.published import FIRST_ROOT
from kindward.ledger.tiles import TileReader, no_log, written


@pytest.fixture
def made():
    """A list of two releases with 305 entries, one of them withdrawn."""
    new = MadeList()
    new.add(3)
    new.add(2, (BKA, KC), "B2")
    new.publish()
    new.add(300)
    new.remove(0)
    new.publish()
    return new


def audit(made, **options):
    options.setdefault("first", made.files[FIRST_ROOT])
    return Audit(made.fetch, NOW, **options)


def sentences(findings):
    return {each.code: each.template.format(**each.facts) for each in findings}


def refused(made, code, proven=None, **options):
    found = []
    with pytest.raises(TrustError) as met:
        found.extend(audit(made, **options).everything())
    assert code == met.value.code, met.value
    assert met.value.hint
    del proven
    return met.value.sentence


def test_everything_that_can_be_proven_is_said(made):
    found = sentences(audit(made).everything())

    assert [*SENTENCES] == [code for code in SENTENCES if code in found or code == "continued"]
    assert "the newest is number 1." in found["roots"]
    assert "valid until 2026-12-24T12:00:00Z" in found["metadata"]
    assert "signed by bka.example, nca.example: authorities of DE, GB." in found["signers"]
    assert "length of 318 leaves" in found["checkpoint"]
    assert found["witnesses"].startswith("2 of 2 witnesses")
    assert found["witnesses"].endswith("1 must.")
    assert found["rules"].startswith("All 318 leaves")
    assert "305 entries ever added" in found["jurisdictions"]
    assert found["balance"].startswith("305 added, 1 withdrawn, 304 active:")
    assert "In the releases 1 to 2 every" in found["attested_leaves"]
    assert "The release 2 that is signed is leaf 313 of the log." == found["release"]
    assert "signed metadata (2) are" in found["files"]
    assert "Release 2 matches by the parameters of the charter: pdq_distance 31, pdq_quality 50." == found["parameters"]
    assert (
        "In release 2 bka.example, nca.example reported on all 3 canaries of the public list; the nearest entry is "
        "96 bits off, which is more than 31." == found["canaries"]
    )


def test_what_was_learnt_can_be_looked_up(made):
    done = audit(made)
    list(done.everything())

    assert made.files["log/checkpoint"] == done.note
    assert (318, {"witness.example/0", "witness.example/1"}) == (done.checkpoint.size, set(done.witnesses))
    assert [(1, 5), (2, 304)] == [(each.number, each.active) for each in done.releases]
    assert {((BKA, NCA), "A1"): 302, ((BKA, KC), "B2"): 2} == done.history.counts()
    assert [(BKA, "beach", 101), (BKA, "clinic", 96), (BKA, "painting", 110)] == [
        (each.authority, each.label, each.distance) for each in done.reported[:3]
    ]
    assert 6 == len(done.reported)


def test_what_is_only_attested_is_said(made):
    done = audit(made)
    list(done.everything())

    assert ["content", "rebuilt", "distances", "files_unread"] == [each.code for each in done.attested()]
    assert {each.code: each.template for each in done.attested()}.items() <= ATTESTED.items()


def test_a_first_root_from_the_list_itself_is_only_attested(made):
    done = audit(made, first=None)
    list(done.everything())

    digest = hashlib.sha256(made.files[FIRST_ROOT]).hexdigest()
    assert f"compare its SHA-256 {digest} with" in sentences(done.attested())["first_root"]


def test_a_list_without_witnesses_says_so():
    made = MadeList(charter_record(witnesses=0, quorum=0))
    made.add()
    made.publish()
    done = audit(made)

    assert "witnesses" not in sentences(done.everything())
    assert "no_witnesses" in sentences(done.attested())


def test_a_list_without_entries_is_proven_and_says_what_lacks():
    made = MadeList()
    made.publish()
    done = audit(made)

    assert "canaries" not in sentences(done.everything())
    assert ["content", "rebuilt", "no_canaries", "files_unread"] == [each.code for each in done.attested()]


def test_a_first_root_of_strangers_is_refused(made):
    other = MadeList(charter_record())
    other.rotate(signers=("other 1", "other 2"), holders=("other 1", "other 2"), online="other online")

    assert "timestamp metadata" in refused(made, "published_unsigned", first=other.files["metadata/2.root.json"])


@pytest.mark.parametrize("days", [-30, 30])
def test_the_clock_is_the_one_that_was_handed_in(made, days):
    examined = Audit(made.fetch, NOW + timedelta(days=days), made.files[FIRST_ROOT])
    if days < 0:
        assert list(examined.everything())
        return
    with pytest.raises(TrustError) as met:
        list(examined.everything())
    assert "published_expired" == met.value.code


# The log.


def test_a_log_that_continues_an_earlier_checkpoint_is_proven_to(made):
    before = made.files["log/checkpoint"]
    made.add(3)
    made.publish()

    found = sentences(audit(made, since=before).everything())
    assert "The log continues the one of 318 leaves" in found["continued"]
    assert "continued" in sentences(audit(made, since=made.files["log/checkpoint"]).everything())


def test_a_log_that_became_shorter_is_refused(made):
    before = {path: data for path, data in made.files.items() if path != "log/checkpoint"}
    old = made.files["log/checkpoint"]
    made.add(3)
    made.publish()
    newer = made.files["log/checkpoint"]
    made.files = before | {"log/checkpoint": old}

    assert "The log of 318 leaves is not proven to be a continuation of the log of" in refused(
        made, "log_inconsistent", since=newer
    )


def test_a_rewritten_log_is_refused(made):
    other = MadeList()
    other.add(4, (KC, NCA))
    other.publish()

    refused(made, "log_inconsistent", since=other.files["log/checkpoint"])


def test_an_earlier_checkpoint_of_another_log_is_refused(made):
    other = MadeList()
    other.add()
    other.publish()
    other.write_log(key=log_key("other.example/log"))

    refused(made, "checkpoint_unsigned", since=other.files["log/checkpoint"])


def test_a_checkpoint_without_a_quorum_is_refused(made):
    made.write_log(witnesses=())

    assert "by 0 of the witnesses, but 1 must" in refused(made, "checkpoint_unwitnessed")


def test_leaves_that_do_not_have_the_signed_root_are_refused(made):
    made.write_checkpoint(Checkpoint("list.example/log", made.size, bytes(32)))

    assert "do not have the root that was signed" in refused(made, "log_other_root")


def test_a_log_that_ends_in_the_middle_is_refused(made):
    made.add()
    made.put(made.a_release())
    made.put(made.an_attest(BKA))
    made.write_log()

    assert "what lacks is a statement of bka.example, nca.example" in refused(made, "log_unfinished")


def test_a_log_that_ends_before_its_release_is_refused(made):
    made.add()
    made.write_log()

    assert "statement of" in refused(made, "log_unfinished")


@pytest.mark.parametrize("path", ["log/checkpoint", "log/tile/entries/001.p/64", "log/tile/entries/000"])
def test_a_missing_file_of_the_log_is_named(made, path):
    made.files = {each: data for each, data in made.files.items() if not each.startswith(path.removesuffix(".p/64"))}

    assert "The list lacks the file log/" in refused(made, "published_missing")


def _rewritten(change):
    """A list whose log was made by somebody who does not keep the rules, and signed nevertheless."""
    made = MadeList()
    made.add(3)
    made.publish()
    leaves = change(list(made.raw))
    made.files = {path: data for path, data in made.files.items() if not path.startswith("log/")}
    made.files |= {f"log/{path}": data for path, data in written(TileReader(no_log, 0), leaves).items()}
    reader = TileReader(lambda path: made.files[f"log/{path}"], len(leaves))
    made.write_checkpoint(Checkpoint("list.example/log", len(leaves), reader.root()))
    return made


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda raw: [raw[0].replace(b',"nca.example"', b""), *raw[1:]], "history_too_few"),
        (lambda raw: [raw[0].replace(b"nca.example", b"zzz.example"), *raw[1:]], "history_unknown_authority"),
        (lambda raw: [*raw[:3], raw[3].replace(b'"active":3', b'"active":2'), *raw[4:]], "release_wrong"),
        (lambda raw: [raw[1], raw[0], *raw[2:]], "release_wrong"),
        (lambda raw: raw[1:], "release_wrong"),
        (lambda raw: [*raw[:4], *raw[5:]], "log_unfinished"),
        (lambda raw: [*raw, raw[4]], "attestation_wrong"),
        (lambda raw: [*raw[:6], raw[6].replace(b'"beach":101', b'"beach":102'), *raw[7:]], "statement_forged"),
        (lambda raw: [b"{}", *raw], "leaf_unreadable"),
    ],
)
def test_a_log_that_breaks_the_rules_is_refused_although_it_is_signed_and_witnessed(change, code):
    refused(_rewritten(change), code)


# The release.


def test_a_release_that_is_not_in_the_log_is_refused(made):
    made.public["list/release.json"] = made.public["list/release.json"].replace(b'"active":304', b'"active":303')
    made.write_metadata()

    assert "is not in the log" in refused(made, "release_not_logged")


def test_another_leaf_is_no_release(made):
    made.public["list/release.json"] = made.raw[0]
    made.write_metadata()

    refused(made, "release_not_logged")


def test_an_older_release_in_the_metadata_is_told_by_its_number(made):
    made.add()
    made.put(made.a_release())
    for name in (BKA, NCA):
        made.put(made.an_attest(name))
        made.put(made.a_canary(name))
    made.write_log()

    assert "The release 2 that is signed is leaf 313" in sentences(audit(made).everything())["release"]


@pytest.mark.parametrize("change", ["more", "fewer", "other"])
def test_files_other_than_those_in_the_log_are_refused(made, change):
    if change == "more":
        made.public["list/extra.kwc"] = b"slipped in"
    elif change == "fewer":
        del made.public["list/0-5.kwc"]
    else:
        made.public["list/0-5.kwc"] = b"exchanged"
    made.write_metadata()

    file = "list/extra.kwc" if change == "more" else "list/0-5.kwc"
    assert f"release 2 in the log do not name the same file {file}." in refused(made, "release_other_files")


@pytest.mark.parametrize("change", [lambda data: data + b" ", lambda data: data[:-1], lambda data: data[:-1] + b" "])
def test_a_release_file_that_is_not_the_signed_one_is_refused(made, change):
    digest = hashlib.sha256(made.raw[313]).hexdigest()
    path = f"targets/list/{digest}.release.json"
    made.files[path] = change(made.files[path])[: len(made.files[path])]
    if made.files[path] == made.raw[313]:
        made.files[path] = made.files[path][:-1]

    assert "The file list/release.json of the list is missing or is not" in refused(made, "file_other_digest")


def test_a_list_without_a_release_file_is_refused(made):
    del made.public["list/release.json"]
    made.write_metadata()

    refused(made, "file_other_digest")


def test_parameters_of_an_older_charter_are_not_said_to_be_the_present_ones(made):
    made.rotate(charter_record(parameters={"pdq_distance": 31, "pdq_quality": 60}))

    assert "parameters" not in sentences(audit(made).everything())


def test_a_list_goes_on_after_its_charter_changed(made):
    new = charter_record(parameters={"pdq_distance": 31, "pdq_quality": 60})
    made.rotate(new)
    list(audit(made).everything())
    log = MadeLog()
    log.history, log.raw = made.history, made.raw
    made.history = _under(new, made)
    made.add(2)
    made.publish()

    assert "pdq_quality 60" in sentences(audit(made).everything())["parameters"]


def _under(record, made):
    from kindward.ledger.charter import Charter
    from kindward.ledger.history import History

    made.charter = Charter.from_record(record)
    return History.resume(made.charter, made.history.state())


# Canaries.


def _with_reports(near=None, canaries=CANARIES, **fields):
    made = MadeList(charter_record(**fields))
    made.add(2)
    index = made.release({}, near)
    made.public |= {"list/release.json": made.raw[index], "list/canaries.txt": canaries}
    made.write_log()
    made.write_metadata()
    return made


def test_reports_that_leave_a_canary_out_are_refused():
    assert "exactly the public list" in refused(_with_reports({"beach": 90, "clinic": 99}), "canaries_incomplete")


def test_reports_on_further_canaries_are_refused():
    near = {"beach": 90, "clinic": 99, "painting": 80, "more": 70}

    refused(_with_reports(near), "canaries_incomplete")


def test_another_list_of_canaries_than_the_charters_is_refused():
    refused(_with_reports(canaries=CANARIES + b"# changed\n"), "canaries_incomplete")


def test_only_the_reports_of_the_last_release_that_has_some_count():
    made = _with_reports({"beach": 90, "clinic": 99, "painting": 80})
    made.add(1, (KC, NCA))
    made.publish()
    found = sentences(audit(made).everything())["canaries"]

    assert found.startswith("In release 2 kc.example, nca.example reported on all 3")
    assert "is 96 bits off" in found
    made.publish()
    assert sentences(audit(made).everything())["canaries"].startswith("In release 2 ")


def test_a_public_list_of_canaries_is_read():
    assert ["beach", "clinic", "painting"] == canary_labels(CANARIES)
    assert ["two words"] == canary_labels(b"\n# note\n" + b"0" * 64 + b"  two words \n\n")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"# nothing\n",
        b"0" * 64,
        b"0" * 63 + b" beach\n",
        b"0" * 62 + b" beach\n",
        b"0" * 66 + b" beach\n",
        b"z" * 64 + b" beach\n",
        b"0" * 64 + b" beach\n" + b"1" * 64 + b" beach\n",
        b"\xff",
    ],
)
def test_what_is_no_list_of_canaries_is_refused(raw):
    with pytest.raises(TrustError) as met:
        canary_labels(raw)
    assert "canaries_unreadable" == met.value.code
    assert "Ask the authorities" in met.value.hint


def test_a_host_that_is_away_is_not_taken_for_a_fault_of_the_list(made):
    def fetch(path, most):
        if path == "log/checkpoint":
            raise RemoteError("remote_unreachable", "Away.")
        return made.fetch(path, most)

    with pytest.raises(RemoteError):
        list(Audit(fetch, NOW).everything())


def test_every_sentence_can_be_filled(made):
    found = [*audit(made, since=made.files["log/checkpoint"]).everything()]

    assert [*SENTENCES] == sorted((each.code for each in found), key=[*SENTENCES].index)
    assert all(each.template == SENTENCES[each.code] for each in found)
    assert 3 == len(JURISDICTIONS)
    assert replace(found[0], code="x").code == "x"

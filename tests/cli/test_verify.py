"""``kindward verify``: one command with public files only, for people and for programs."""

import json
from datetime import UTC, datetime

import made_logs
import pytest
from made_logs import BKA, KC, MadeList, log_key

from kindward.cli.program import program as root_command


@pytest.fixture(scope="module")
def now():
    """The program has the clock of this machine, so the list must be of today."""
    old = made_logs.NOW
    made_logs.NOW = datetime.now(UTC).replace(microsecond=0)
    yield made_logs.NOW
    made_logs.NOW = old


@pytest.fixture
def made(now):
    new = MadeList()
    new.add(3)
    new.add(2, (BKA, KC), "B2")
    new.publish()
    new.remove(0)
    new.publish()
    return new


@pytest.fixture
def place(made, tmp_path):
    """The list as a folder."""
    return made.write(tmp_path / "list")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "release",
            ["The release 2 that is signed", "In release 2 bka.example", "signed metadata (2) are", "2 of 2 witnesses"],
        ),
        ("log", ["All 18 leaves follow", "5 added, 1 withdrawn, 4 active", "two authorities of two jurisdictions"]),
        ("canary", ["reported on all 3 canaries", "96 bits off, which is more than 31"]),
    ],
)
def test_a_right_list_is_proven(kindward, place, command, said):
    answer = kindward("verify", command, str(place))

    assert (0, "") == (answer.status, answer.err)
    assert [] == [sentence for sentence in said if sentence not in answer.out]
    proven, attested = answer.out.split("Only attested, or not examined:")
    assert proven.startswith("Proven:\n  - Each root is signed")
    assert "That an entry shows what its category says: attested by the authorities" in attested
    assert "compare its SHA-256" in attested


def test_people_see_counts_and_releases(kindward, place):
    out = kindward("verify", "log", str(place)).out

    assert "  bka.example (DE)  4\n  kc.example (NL)  2\n  nca.example (GB)  2\n" in out
    assert "  A1  2\n  B2  2\n" in out
    assert "5 added  0 withdrawn  5 active\n" in out
    assert "0 added  1 withdrawn  4 active\n" in out


def test_people_see_the_newest_releases_only(kindward, made, tmp_path):
    for _ in range(20):
        made.publish()
    out = kindward("verify", "log", str(made.write(tmp_path / "long"))).out

    assert "  …\n  3  " in out
    assert 20 == out.count(" withdrawn  4 active")


def test_programs_get_one_record(kindward, place):
    record = json.loads(kindward("verify", "release", str(place), "-o", "json").out)

    assert {
        "list",
        "name",
        "all_proven",
        "proven",
        "attested",
        "checkpoint",
        "witnesses",
        "releases",
        "authorities",
        "categories",
        "canaries",
        "error",
    } == set(record)
    assert ("made", True, None, str(place)) == (record["name"], record["all_proven"], record["error"], record["list"])
    assert [5, 4] == [release["active"] for release in record["releases"]]
    assert {"authority": BKA, "label": "clinic", "distance": 96} in record["canaries"]
    assert {"code", "message", "facts"} == set(record["proven"][0])
    assert {"name": "kc.example", "jurisdiction": "NL", "entries": 2} in record["authorities"]
    assert [{"category": "A1", "entries": 2}, {"category": "B2", "entries": 2}] == record["categories"]
    assert 64 == len(record["checkpoint"]["root"])
    assert ["witness.example/0", "witness.example/1"] == [witness["name"] for witness in record["witnesses"]]
    assert record["witnesses"][0]["cosigned"].endswith("Z")


def test_a_root_from_elsewhere_need_not_be_compared(kindward, place):
    answer = kindward("verify", "release", str(place), "--root", str(place / "metadata" / "1.root.json"))

    assert 0 == answer.status
    assert "compare its SHA-256" not in answer.out


def test_a_checkpoint_is_kept_and_the_log_proven_to_continue_it(kindward, made, place):
    kept = kindward.folder / "kept"
    assert 0 == kindward("verify", "log", str(place), "--keep", "kept").status
    assert made.files["log/checkpoint"] == kept.read_bytes()
    made.add(1)
    made.publish()
    made.write(place)
    answer = kindward("verify", "log", str(place), "--since", "kept")

    assert 0 == answer.status
    assert "The log continues the one of 18 leaves" in answer.out


def test_a_list_that_is_not_proven_says_what_was_and_what_is_not(kindward, made, place):
    path = place / "log" / "tile" / "entries" / "000.p" / "18"
    path.write_bytes(path.read_bytes().replace(b'"k":"A1"', b'"k":"A2"', 1))
    human = kindward("verify", "release", str(place), "--keep", "kept")
    record = kindward("verify", "release", str(place), "-o", "jsonl").record

    assert (77, 77) == (human.status, kindward("verify", "log", str(place)).status)
    assert "Proven:\n  - Each root" in human.out
    assert "Not proven:\n  - Leaf 5 breaks a rule: release 1 says root" in human.out
    assert "kindward: Leaf 5 breaks a rule" in human.err
    assert "Only attested" not in human.out
    assert not (kindward.folder / "kept").exists()
    assert (False, "release_wrong", []) == (record["all_proven"], record["error"]["code"], record["attested"])
    assert ["roots", "metadata", "signers", "checkpoint", "witnesses"] == [each["code"] for each in record["proven"]]


def test_of_a_list_without_a_right_root_nothing_is_proven(kindward, place):
    (place / "metadata" / "1.root.json").write_bytes(b"{}")
    human = kindward("verify", "release", str(place))
    record = kindward("verify", "release", str(place), "-o", "json")

    assert 77 == human.status
    assert human.out.startswith("Nothing is proven.\nNot proven:\n")
    assert (None, None, []) == tuple(json.loads(record.out)[key] for key in ("name", "checkpoint", "releases"))


def test_a_log_without_enough_witnesses_is_not_proven(kindward, made, place):
    made.write_log(witnesses=())
    made.write(place)
    answer = kindward("verify", "canary", str(place))

    assert 77 == answer.status
    assert "cosigned by 0 of the witnesses" in answer.err


def test_a_list_that_lacks_a_file_is_not_proven(kindward, place):
    (place / "log" / "checkpoint").unlink()

    assert (77, True) == ((a := kindward("verify", "log", str(place))).status, "lacks the file log/checkpoint" in a.err)


def test_the_release_must_stand_in_the_log(kindward, made, tmp_path):
    made.public["list/extra.kwc"] = b"slipped in"
    made.write_metadata()
    place = str(made.write(tmp_path / "other"))

    assert 77 == kindward("verify", "release", place).status
    assert 0 == kindward("verify", "log", place).status


@pytest.mark.parametrize("option", ["--root", "--since"])
def test_a_file_that_is_not_there_is_named(kindward, place, option):
    answer = kindward("verify", "log", str(place), option, "missing")

    assert 78 == answer.status
    assert "The file missing cannot be read" in answer.err


def test_a_checkpoint_that_cannot_be_kept_is_told(kindward, place):
    answer = kindward("verify", "log", str(place), "--keep", "no/such/folder")

    assert 78 == answer.status
    assert "The file no/such/folder cannot be written" in answer.err


def test_a_checkpoint_of_another_log_is_no_earlier_one(kindward, made, place):
    made.write_log(key=log_key("other.example/log"))
    (kindward.folder / "since").write_bytes(made.files["log/checkpoint"])

    assert 77 == kindward("verify", "log", str(place), "--since", "since").status


def test_a_list_that_is_not_there_is_told(kindward):
    assert 78 == kindward("verify", "log", "nowhere").status
    assert 64 == kindward("verify", "log").status


def test_the_command_is_known():
    assert "verify" in root_command.list_commands(None)

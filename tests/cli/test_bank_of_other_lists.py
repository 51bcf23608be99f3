"""Lists of police forces on the command line: known by their content, counted to the last record."""

import base64
import hashlib
import json

from kindward.banks import Bank

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"

ICSE_HEADER = (
    "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;"
    "Number of submissions;File Available;Media Type;Baseline"
)


def digest(number, width=16):
    return hashlib.sha256(f"listed {number}".encode()).digest()[:width]


def medium(number, category=1, **fields):
    return {
        "MediaID": number,
        "Category": category,
        "MD5": digest(number).hex().upper(),
        "SHA1": digest(number, 20).hex().upper(),
        "PhotoDNA": base64.b64encode(digest(number) * 9).decode(),
        "Series": "Somebody Private",
    } | fields


def vics(*records):
    return "\ufeff" + json.dumps({"@odata.context": CONTEXT, "value": list(records)})


def icse(*numbers):
    lines = [
        ICSE_HEADER,
        *(f"{digest(n).hex()};{digest(n, 20).hex()};;{n};1;0;0;Somebody Private;3;1;image;true" for n in numbers),
    ]
    return "\r\n".join(lines)


def test_a_project_vic_list_becomes_a_bank_and_every_record_is_accounted_for(kindward, tmp_path):
    records = [medium(1), medium(2, 0), medium(3, 5), medium(4, MD5="zz", SHA1="", PhotoDNA=""), medium(5, 2)]
    (tmp_path / "list.json").write_text(vics(*records), encoding="utf-8")
    answer = kindward("bank", "build", "new", "--from", "list.json", "-o", "jsonl")
    assert (65, 4, 3) == (answer.status, answer.record["entries"], answer.record["rejected_total"])
    assert [
        (2, "category_not_pertinent"),
        (3, "category_uncategorised"),
        (4, "fingerprint_unreadable"),
    ] == [(one["line"], one["code"]) for one in answer.record["rejected"]]
    with Bank.open(tmp_path / "new") as bank:
        assert {"vics2.0/US:1", "vics2.0/US:2"} == {entry.severity for entry in bank.entries()}
        assert 2 == len({entry.id for entry in bank.entries()})
        assert ["photodna", "photodna"] == [kept.signal for _, kept in bank.kept()]


def test_no_name_of_a_list_appears_in_what_is_said_or_stored(kindward, tmp_path):
    (tmp_path / "list.json").write_text(vics(medium(1), medium(2, MD5="zz")), encoding="utf-8")
    (tmp_path / "icse.csv").write_text(icse(3), encoding="utf-8")
    said = kindward("bank", "build", "new", "--from", "list.json", "--from", "icse.csv")
    shown = kindward("bank", "show", "new")
    assert b"Private" not in said.raw + said.raw_errors + shown.raw
    assert [] == [file for file in (tmp_path / "new").iterdir() if b"Private" in file.read_bytes()]


def test_a_list_may_come_from_standard_input(kindward, tmp_path):
    assert "2 entries in one.\n" == kindward("bank", "build", "one", "--from", "-", stdin=vics(medium(1)).encode()).out
    assert "2 entries in two.\n" == kindward("bank", "build", "two", "--from", "-", stdin=icse(1).encode()).out


def test_entries_of_such_a_list_can_be_added_to_a_bank(kindward, tmp_path):
    kindward("bank", "build", "new", "--from", "-", stdin=icse(1).encode())
    (tmp_path / "list.json").write_text(vics(medium(2), medium(3, 0)), encoding="utf-8")
    answer = kindward("bank", "add", "new", "--from", "list.json", "-o", "jsonl")
    assert (65, 2, 1) == (answer.status, answer.record["added"], answer.record["rejected"])


def test_a_list_that_was_cut_off_makes_no_bank(kindward, tmp_path):
    (tmp_path / "list.json").write_text(vics(medium(1), medium(2))[:-20], encoding="utf-8")
    answer = kindward("bank", "build", "new", "--from", "list.json")
    assert (65, False) == (answer.status, (tmp_path / "new").exists())
    assert "The list is not whole JSON" in answer.err


def test_json_of_another_kind_is_told_as_such(kindward, tmp_path):
    (tmp_path / "list.json").write_text('{"hashes": []}', encoding="utf-8")
    answer = kindward("bank", "build", "new", "--from", "list.json")
    assert (65, True) == (answer.status, "not a Project VIC list" in answer.err)

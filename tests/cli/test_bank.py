"""Banks on the command line: made, looked at, proven, changed."""

import json
import shutil

VALUES = [
    f"{number:064x}"
    for number in range(0x1234567890ABCDEF1234567890ABCDEF << 100, (0x1234567890ABCDEF1234567890ABCDEF << 100) + 3)
]


def _listed(values):
    return "".join(f"{value}\n" for value in values).encode()


def test_a_bank_is_built_from_a_list_and_reported(kindward, tmp_path):
    (tmp_path / "list.txt").write_bytes(_listed(VALUES))
    answer = kindward("bank", "build", "new", "--from", "list.txt")
    assert (0, "3 entries in new.\n", "") == (answer.status, answer.out, answer.err)


def test_a_bank_is_built_from_standard_input_and_several_lists(kindward, tmp_path):
    (tmp_path / "list.txt").write_bytes(_listed(VALUES[:2]))
    answer = kindward(
        "bank", "build", "new", "--from", "-", "--from", "list.txt", "-o", "jsonl", stdin=_listed(VALUES[1:])
    )
    assert {
        "path": "new",
        "entries": 3,
        "duplicates": 1,
        "doubts": [],
        "rejected_total": 0,
        "rejected": [],
    } == answer.record


def test_a_bank_with_one_entry_still_matches(kindward, pictures):
    value = kindward("hash", pictures["coffee.png"], "-o", "jsonl").records[0]["value"]
    assert 0 == kindward("bank", "build", "one", "--from", "-", stdin=_listed([value])).status
    assert 1 == kindward("check", pictures["coffee.png"], "--bank", "one").status


def test_upper_case_is_read_like_lower_case(kindward):
    assert 0 == kindward("bank", "build", "new", "--from", "-", stdin=_listed([VALUES[0].upper()])).status


def test_lines_that_are_not_understood_are_told_and_the_others_taken(kindward):
    answer = kindward("bank", "build", "new", "--from", "-", stdin=_listed([VALUES[0], "nonsense", VALUES[1]]))
    assert (65, "2 entries in new, 1 line not understood.\n") == (answer.status, answer.out)
    assert answer.err.startswith("kindward: line 2: This is not a fingerprint")
    assert "nonsense" not in answer.err


def test_many_rejected_lines_are_told_in_part_and_counted_in_full(kindward):
    answer = kindward(
        "bank", "build", "new", "--from", "-", "-o", "jsonl", stdin=_listed([VALUES[0]] + ["nonsense"] * 50)
    )
    assert (50, 50) == (answer.record["rejected_total"], len(answer.record["rejected"]))
    assert (21, True) == (answer.err.count("\n"), answer.err.endswith("30 more lines were not understood.\n"))


def test_an_existing_bank_is_replaced_only_on_request(kindward):
    assert 0 == kindward("bank", "build", "new", "--from", "-", stdin=_listed(VALUES)).status
    refused = kindward("bank", "build", "new", "--from", "-", stdin=_listed(VALUES[:1]))
    assert (75, "There already is a bank at new." in refused.err) == (refused.status, True)
    replaced = kindward("bank", "build", "new", "--from", "-", "--replace", stdin=_listed(VALUES[:1]))
    assert (0, "1 entry in new.\n") == (replaced.status, replaced.out)


def test_a_list_that_cannot_be_read_is_told(kindward):
    answer = kindward("bank", "build", "new", "--from", "nowhere.txt")
    assert (65, "The list nowhere.txt cannot be read" in answer.err) == (answer.status, True)


def test_one_picture_that_cannot_be_read_stops_the_build(kindward, pictures, tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(pictures["camera.png"], tmp_path / "in")
    (tmp_path / "in/broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    answer = kindward("bank", "build", "new", "--from-pictures", "in")
    assert 65 == answer.status
    assert "in/broken.png" in answer.err
    assert not (tmp_path / "new").exists()


def test_a_picture_without_structure_is_known_by_its_bytes_only(kindward, tmp_path):
    from PIL import Image

    Image.new("RGB", (300, 300), "white").save(tmp_path / "white.png")
    Image.new("RGB", (200, 200), "white").save(tmp_path / "other.png")
    built = kindward("bank", "build", "new", "--from-pictures", "white.png")
    assert (0, "too little structure" in built.err) == (built.status, True), built
    assert [1, 0] == [kindward("check", name, "--bank", "new").status for name in ("white.png", "other.png")]


def test_the_name_of_a_bank_stands_in_its_matches(kindward, pictures):
    kindward("bank", "build", "folder", "--from-pictures", pictures["coffee.png"], "--name", "national list")
    answer = kindward("check", pictures["coffee.png"], "--bank", "folder", "-o", "jsonl")
    assert "national list" == answer.record["matches"][0]["bank"]


def test_banks_are_listed_from_folders_and_from_the_configuration(kindward, known, tmp_path):
    by_folder = kindward("bank", "list", known.parent, "-o", "json")
    assert [("known", "imported", True)] == [(r["name"], r["trust"], r["proven"]) for r in json.loads(by_folder.out)]
    (tmp_path / "kindward.toml").write_text(f"[banks]\npaths = ['{known}']\n", encoding="utf-8")
    configured = kindward("bank", "list", "-o", "json")
    assert json.loads(by_folder.out) == json.loads(configured.out)


def test_people_read_the_trust_in_a_bank_in_their_language(kindward, known):
    assert kindward("--language", "de", "bank", "list", known).out.startswith("known  importiert  ")


def test_listing_without_any_bank_says_how_to_name_one(kindward):
    answer = kindward("bank", "list")
    assert (78, "No bank is named" in answer.err) == (answer.status, True)


def test_entries_are_shown_in_pages(kindward):
    kindward("bank", "build", "new", "--from", "-", stdin=_listed(VALUES))
    whole = kindward("bank", "show", "new", "-o", "jsonl").record
    page = kindward("bank", "show", "new", "--limit", "1", "--offset", "1", "-o", "jsonl").record
    assert ({"digest/1": 0, "pdq/1": 3}, VALUES) == (whole["entries"], sorted(e["value"] for e in whole["shown"]))
    assert (whole["shown"][1:2], 1) == (page["shown"], page["offset"])


def test_a_sound_bank_is_verified_with_status_0(kindward, known):
    answer = kindward("bank", "verify", known, "-o", "jsonl")
    assert (0, True, None) == (answer.status, answer.record["proven"], answer.record["error"])
    assert min(answer.record["found"], answer.record["strangers"]) > 0


def test_a_damaged_bank_is_refused_with_77(kindward, known, tmp_path):
    shutil.copytree(known, tmp_path / "damaged")
    part = next((tmp_path / "damaged").glob("pdq-values-*"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 0xFF
    part.chmod(0o644)
    part.write_bytes(data)
    answer = kindward("bank", "verify", "damaged", known, "-o", "jsonl")
    assert (77, [False, True]) == (answer.status, [record["proven"] for record in answer.records])
    assert "Traceback" not in answer.err


def test_an_added_fingerprint_matches_and_a_withdrawn_one_does_not(kindward, pictures):
    kindward("bank", "build", "new", "--from", "-", stdin=_listed(VALUES))
    value = kindward("hash", pictures["camera.png"], "-o", "jsonl").records[0]["value"]
    added = kindward("bank", "add", "new", value)
    assert (0, "1 new entry.\n") == (added.status, added.out)
    found = kindward("check", pictures["camera.png"], "--bank", "new", "-o", "jsonl")
    assert 1 == found.status
    entry = found.record["matches"][0]["entry"]
    withdrawn = kindward("bank", "withdraw", "new", entry, "--reason", "added by mistake")
    assert (0, f"Entry {entry} is withdrawn from new.\n") == (withdrawn.status, withdrawn.out)
    assert 0 == kindward("check", pictures["camera.png"], "--bank", "new").status


def test_adding_pictures_and_lists_at_once(kindward, pictures):
    kindward("bank", "build", "new", "--from", "-", stdin=_listed(VALUES[:1]))
    answer = kindward(
        "bank",
        "add",
        "new",
        "--from",
        "-",
        "--from-pictures",
        pictures["coffee.png"],
        "-o",
        "jsonl",
        stdin=_listed(VALUES),
    )
    assert (0, 3, 0) == (answer.status, answer.record["added"], answer.record["rejected"])


def test_adding_what_is_not_understood_is_told(kindward):
    kindward("bank", "build", "new", "--from", "-", stdin=_listed(VALUES[:1]))
    answer = kindward("bank", "add", "new", "nonsense", VALUES[1])
    assert (65, "1 new entry.\n") == (answer.status, answer.out)
    assert "line 1: This is not a fingerprint" in answer.err


def test_withdrawing_an_unknown_entry_is_refused(kindward):
    kindward("bank", "build", "new", "--from", "-", stdin=_listed(VALUES[:1]))
    answer = kindward("bank", "withdraw", "new", "nobody", "--reason", "test")
    assert (75, "The bank new has no entry nobody in force." in answer.err) == (answer.status, True)


def test_sha256_values_that_were_read_as_pdq_are_doubted_aloud(kindward):
    import hashlib

    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(50)]
    answer = kindward("bank", "build", "new", "--from", "-", "-o", "jsonl", stdin=_listed(digests))
    assert ["looks_like_sha256"] == [doubt["code"] for doubt in answer.record["doubts"]]
    assert "do not look like PDQ" in answer.err

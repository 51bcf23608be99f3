"""Fingerprints of files on the command line."""

import hashlib
import json

import pytest

KEYS = ["path", "signal", "value", "quality"]


def test_a_photograph_has_one_pdq_and_three_digests(kindward, pictures):
    answer = kindward("hash", pictures["rocket.jpg"], "-o", "jsonl")
    assert 0 == answer.status, answer
    assert [("pdq/1", 64), ("digest/1", 64), ("digest/1", 40), ("digest/1", 32)] == [
        (record["signal"], len(record["value"])) for record in answer.records
    ]
    assert [KEYS] * 4 == [list(record) for record in answer.records]
    assert [100, None, None, None] == [record["quality"] for record in answer.records]


def test_digests_are_those_of_the_bytes(kindward, pictures):
    data = pictures["camera.png"].read_bytes()
    values = [record["value"] for record in kindward("hash", pictures["camera.png"], "-o", "jsonl").records]
    assert [hashlib.new(kind, data).hexdigest() for kind in ("sha256", "sha1", "md5")] == values[1:]


def test_the_exact_fingerprint_is_that_of_the_reference(kindward, pictures):
    pdqhash = pytest.importorskip("pdqhash", reason="pdqhash (dependency group oracles) is not installed")
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    from PIL import Image

    with Image.open(pictures["rocket.jpg"]) as opened:
        bits, _ = pdqhash.compute(numpy.asarray(opened.convert("RGB")))
    expected = f"{int(''.join(map(str, bits)), 2):064x}"
    assert expected == kindward("hash", pictures["rocket.jpg"], "-o", "jsonl").records[0]["value"]


def test_the_fast_fingerprint_is_near_the_exact_one(kindward, pictures):
    exact, fast = (
        int(kindward("hash", way, pictures["hubble_deep_field.jpg"], "-o", "jsonl").records[0]["value"], 16)
        for way in ("--exact", "--fast")
    )
    assert (exact ^ fast).bit_count() <= 10


def test_all_views_are_named(kindward, pictures):
    records = kindward("hash", "--all-views", pictures["camera.png"], "-o", "jsonl").records
    views = [record["view"] for record in records if record["signal"] == "pdq/1"]
    assert {"original", "rotate90", "rotate180", "rotate270", "flip", "mirror"} <= set(views)
    assert [*KEYS, "view"] == list(records[0])


def test_people_get_columns(kindward, pictures):
    first = kindward("hash", pictures["rocket.jpg"]).out.splitlines()[0].split()
    assert ("pdq/1", 64, "100", str(pictures["rocket.jpg"])) == (first[0], len(first[1]), first[2], first[3])


def test_what_is_no_picture_still_has_digests_and_is_told(kindward, tmp_path):
    (tmp_path / "a.txt").write_text("abc", encoding="utf-8")
    answer = kindward("hash", "a.txt", "-o", "jsonl")
    assert 65 == answer.status
    assert "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" == answer.records[0]["value"]
    assert "kindward: a.txt: The content is no picture of a known format." in answer.err


def test_json_is_an_array_even_when_there_is_nothing_in_it(kindward):
    answer = kindward("hash", "nowhere", "-o", "json")
    assert (65, []) == (answer.status, json.loads(answer.out))


def test_the_output_of_hash_can_be_built_into_a_bank(kindward, pictures, tmp_path):
    lines = kindward("hash", pictures["coffee.png"]).raw.splitlines()
    (tmp_path / "list.txt").write_bytes(lines[0] + b"\n")
    assert 0 == kindward("bank", "build", "bank", "--from", "list.txt").status
    assert 1 == kindward("check", pictures["coffee.png"], "--bank", "bank").status

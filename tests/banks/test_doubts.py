import hashlib

from kindward.banks import build_bank
from kindward.model import Entry
from kindward.signals import pdq

EXACT = pdq.PictureOptions(fast=False, borders=False)


def digests(count):
    return [Entry("", "pdq/1", hashlib.sha256(bytes([n])).digest()) for n in range(count)]


def test_digests_that_were_read_as_pdq_are_doubted(tmp_path):
    report = build_bank(tmp_path / "bank", digests(200))
    assert ["looks_like_sha256"] == [doubt.code for doubt in report.doubts]
    assert "do not look like PDQ" in str(report.doubts[0])
    assert "write sha256 before each" in str(report.doubts[0])


def test_fingerprints_of_photographs_are_not_doubted(tmp_path, package_photographs):
    entries = [
        Entry("", "pdq/1", fingerprint.value)
        for file in package_photographs
        for fingerprint in pdq.fingerprints(file.read_bytes(), EXACT).fingerprints
    ]
    assert [] == build_bank(tmp_path / "bank", entries).doubts


def test_a_few_values_are_too_few_to_doubt(tmp_path):
    assert [] == build_bank(tmp_path / "bank", digests(7)).doubts


def test_a_bank_of_digests_only_is_not_doubted(tmp_path):
    entries = [Entry("", "digest/1", entry.value) for entry in digests(100)]
    assert [] == build_bank(tmp_path / "bank", entries).doubts

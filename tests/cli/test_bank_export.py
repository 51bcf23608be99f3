"""Lists out of banks: read back by kindward, and by the real ``tx`` in both directions."""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kindward.banks import Bank, build_bank
from kindward.banks.formats.writing import CSV_COLUMNS, FORMS
from kindward.model import Entry

TX = Path(sys.executable).with_name("tx")


def value(number, width=32):
    return hashlib.sha256(f"exported {number}".encode()).digest()[:width]


def entries():
    return [
        Entry(
            "1", "pdq/1", value(1), "Centre A", "iwf:A", 'a "note", with commas', "DE", "2026-01-02", (), "2027-01-01"
        ),
        Entry("2", "pdq/1", value(2), "S", "threatexchange:DISPUTED", "tags=b a", positive=3, negative=1),
        Entry("3", "digest/1", value(3, 16), "A | B", "threatexchange:POSITIVE_CLASS", "tags=x,y"),
        Entry("4", "digest/1", value(4, 20)),
        Entry("5", "digest/1", value(5)),
    ]


@pytest.fixture
def bank(tmp_path):
    build_bank(tmp_path / "known", entries())
    return tmp_path / "known"


@pytest.fixture
def tx(tmp_path):
    """Run the real ``tx`` with a home of its own."""
    pytest.importorskip("threatexchange.cli.main", reason="threatexchange is not installed")
    if not TX.exists():
        pytest.skip(f"there is no {TX}")

    def run(*arguments):
        done = subprocess.run(
            [TX, *map(str, arguments)],
            capture_output=True,
            text=True,
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            timeout=120,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout

    return run


def test_every_form_that_can_be_chosen_can_be_written():
    from kindward.cli.bank_export import FORMS as CHOICES

    assert CHOICES == FORMS


@pytest.mark.parametrize("form", FORMS)
def test_a_list_goes_to_standard_output_or_to_a_file_alike(kindward, bank, tmp_path, form):
    told = kindward("bank", "export", "known", "--as", form)
    filed = kindward("bank", "export", "known", "--as", form, "--out", "list")
    assert (0, 0) == (told.status, filed.status), (told, filed)
    assert told.raw == (tmp_path / "list").read_bytes()
    assert ("kindward: 1 fingerprint of the kind sha1 has no name in this form and was left out.\n" in filed.err) == (
        form.startswith("tx-")
    )
    assert [] == list(tmp_path.glob(".export-*"))


def test_the_file_is_only_for_its_owner_and_reported(kindward, bank, tmp_path):
    answer = kindward("bank", "export", "known", "--as", "tx-text", "--out", "list", "-o", "jsonl")
    with Bank.open(bank) as opened:
        version = opened.version
    assert {
        "path": "list",
        "form": "tx-text",
        "bank": "known",
        "version": version,
        "trust": "imported",
        "entries": 4,
        "not_in_force": 0,
        "left_out": {"sha1": 1},
    } == answer.record
    assert 0o600 == stat.S_IMODE((tmp_path / "list").stat().st_mode)


def test_a_list_that_cannot_be_written_is_told_and_leaves_nothing_behind(kindward, bank):
    answer = kindward("bank", "export", "known", "--as", "plain", "--out", "nowhere/list")
    assert (75, True) == (answer.status, "cannot be written" in answer.err)


def test_a_form_must_be_chosen(kindward, bank):
    assert 64 == kindward("bank", "export", "known").status


def test_a_bank_exported_and_built_again_holds_the_same(kindward, bank, tmp_path):
    assert 0 == kindward("bank", "export", "known", "--as", "csv", "--out", "list.csv").status
    assert "5 entries in again.\n" == kindward("bank", "build", "again", "--from", "list.csv").out
    with Bank.open(bank) as one, Bank.open(tmp_path / "again") as other:
        assert list(one.entries()) == list(other.entries())


def test_d15_what_the_real_tx_prints_is_read_and_nothing_is_lost(kindward, tx, tmp_path, bank):
    """Both ways: our text into ``tx``, its CSV back into a bank, and that bank's CSV is the one that came."""
    kindward("bank", "export", "known", "--as", "tx-text", "--out", "list.txt")
    tx("config", "collab", "edit", "local_file", "--create", "Exported list", "--filename", tmp_path / "list.txt")
    tx("fetch", "--only-collab", "Exported list")
    counts = tx("dataset", "-c", "Exported list")
    assert {"pdq: 2", "video_md5: 1", "video_sha256: 1"} == set(counts.split("\n")) - {""}
    printed = tx("dataset", "-c", "Exported list", "-P", "--csv")
    (tmp_path / "printed.csv").write_text(printed, newline="")
    answer = kindward("bank", "build", "back", "--from", "printed.csv", "-o", "jsonl")
    assert (4, 0, 0) == (answer.record["entries"], answer.record["rejected_total"], answer.record["duplicates"])
    ours = kindward("bank", "export", "back", "--as", "tx-csv").out
    assert sorted(printed.split()) == sorted(ours.split())


def test_d15_the_plain_print_of_the_real_tx_is_read_too(kindward, tx, tmp_path, bank):
    kindward("bank", "export", "known", "--as", "tx-text", "--out", "list.txt")
    tx("config", "collab", "edit", "local_file", "--create", "Exported list", "--filename", tmp_path / "list.txt")
    tx("fetch", "--only-collab", "Exported list")
    for options in ([], ["-S"]):
        (tmp_path / "printed.txt").write_text(tx("dataset", "-c", "Exported list", "-P", *options))
        answer = kindward("bank", "build", "back", "--from", "printed.txt", "--replace", "-o", "jsonl")
        assert (4, 0) == (answer.record["entries"], answer.record["rejected_total"]), options


def test_d2_a_file_with_one_hash_is_a_list_that_matches(kindward, pictures, tmp_path):
    """The walkthrough of a peer: hash a picture, put the one line into a file, follow the file, match the picture."""
    shutil.copy(pictures["coffee.png"], tmp_path / "photo.png")
    line = kindward("hash", "photo.png", "-o", "jsonl").records[0]
    (tmp_path / "list.txt").write_text(f"pdq {line['value']}\n")
    built = kindward("bank", "build", "local_file", "--from", "list.txt")
    assert (0, "1 entry in local_file.\n") == (built.status, built.out)
    found = kindward("check", "photo.png", "--bank", "local_file", "-o", "jsonl")
    assert (1, 0) == (found.status, found.record["matches"][0]["distance"])


def test_d2_the_same_file_from_the_hash_command_of_the_real_tx(kindward, tx, pictures, tmp_path):
    shutil.copy(pictures["coffee.png"], tmp_path / "photo.png")
    (tmp_path / "list.txt").write_text(tx("hash", "photo", tmp_path / "photo.png"))
    assert 0 == kindward("bank", "build", "local_file", "--from", "list.txt").status
    assert 1 == kindward("check", "photo.png", "--bank", "local_file").status


def test_every_column_of_the_csv_is_named_in_the_reference():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    assert [] == [name for name in CSV_COLUMNS if f"`{name}`" not in page]

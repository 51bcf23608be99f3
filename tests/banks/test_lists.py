import io

import pytest

from kindward.banks import Rejected, read_list
from kindward.banks.formats.fields import ID_MOST, item_of
from kindward.banks.items import Item
from kindward.errors import ContentError
from kindward.model import Entry

PDQ = "f8f8f0cee0f4a84f06370a2038f63f0b36e2ed596621e1d33e6b39c4e9c9b229"
SHA1 = "a9993e364706816aba3e25717850c26c9cd0d89d"
MD5 = "900150983cd24fb0d6963f7d28e17f72"


def read(text: str) -> list[Entry | Rejected]:
    return list(read_list(io.StringIO(text, newline="")))


def one(text: str) -> Entry | Rejected:
    (record,) = read(text)
    return record


@pytest.mark.parametrize(
    ("line", "signal", "digits"),
    [
        (PDQ, "pdq/1", PDQ),
        (SHA1, "digest/1", SHA1),
        (MD5, "digest/1", MD5),
        (f"pdq {PDQ}", "pdq/1", PDQ),
        (f"pdq,{PDQ}", "pdq/1", PDQ),
        (f"pdq:{PDQ}", "pdq/1", PDQ),
        (f"sha256 {PDQ}", "digest/1", PDQ),
        (f"sha256:{PDQ}", "digest/1", PDQ),
        (f"SHA-256 {PDQ}", "digest/1", PDQ),
        (f"sha1 {SHA1}", "digest/1", SHA1),
        (f"md5\t{MD5}", "digest/1", MD5),
        (f"video_md5 {MD5}", "digest/1", MD5),
        (f"   {PDQ}   ", "pdq/1", PDQ),
    ],
)
def test_a_line_is_understood_by_its_name_or_its_length(line, signal, digits):
    assert (signal, bytes.fromhex(digits)) == (one(line).signal, one(line).value)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_line_ends_comments_and_empty_lines_are_no_entries(mark, end):
    text = mark + end.join(["# a list", "", PDQ, "   ", "  # more", SHA1, ""])
    assert [bytes.fromhex(PDQ), bytes.fromhex(SHA1)] == [entry.value for entry in read(text)]


@pytest.mark.parametrize(
    ("line", "code", "facts"),
    [
        ("hello", "fingerprint_unreadable", {}),
        ("hello world", "signal_unsupported", {"signal": "hello"}),
        ("pdq", "fingerprint_missing", {}),
        ("pdq ", "fingerprint_missing", {}),
        (PDQ[:-1], "fingerprint_unreadable", {}),
        (PDQ + "00", "fingerprint_unreadable", {}),
        ("pdq " + PDQ[:-2], "fingerprint_wrong_length", {"signal": "pdq", "expected": 64, "found": 62}),
        ("md5 " + SHA1, "fingerprint_wrong_length", {"signal": "md5", "expected": 32, "found": 40}),
        ("pdq " + "g" * 64, "fingerprint_unreadable", {}),
        (PDQ[:31] + " " + PDQ[31:], "fingerprint_unreadable", {}),
        ("0" * 64, "fingerprint_empty", {}),
        ("f" * 64, "fingerprint_empty", {}),
        ("d41d8cd98f00b204e9800998ecf8427e", "fingerprint_empty", {}),
        ("photodna 123,45,6", "signal_unsupported", {"signal": "photodna"}),
        ("\x00\x01\x02", "line_unreadable", {}),
    ],
)
def test_a_line_that_is_no_entry_is_kept_with_its_number_and_reason(line, code, facts):
    text = f"# first\n{PDQ}\n{line}\n{SHA1}\n"
    before, rejected, after = read(text)
    assert Rejected(3, code, facts) == rejected
    assert [bytes.fromhex(PDQ), bytes.fromhex(SHA1)] == [before.value, after.value]


def test_a_rejection_says_a_sentence_and_never_the_line():
    rejected = one("pdq " + PDQ[:-2])
    assert "A pdq fingerprint has 64 hexadecimal digits, not 62." == rejected.sentence == str(rejected)


def test_reserved_canaries_cannot_become_entries():
    from kindward.banks import canaries
    from kindward.banks.kinds import KINDS

    for kind in KINDS:
        for value in (*canaries.planted(kind), *canaries.strangers(kind)):
            assert Rejected(1, "canary_reserved", {}) == one(f"{kind.name} {value.hex()}")
    for value in canaries.added():
        assert Rejected(1, "canary_reserved", {}) == one(value.hex())


def test_the_output_of_checksum_tools_is_read_as_digests():
    text = f"{PDQ}  holiday picture.jpg\n{PDQ} *binary.jpg\n{MD5}  other.jpg\n"
    assert [
        Entry("", "digest/1", bytes.fromhex(PDQ), note="holiday picture.jpg"),
        Entry("", "digest/1", bytes.fromhex(PDQ), note="binary.jpg"),
        Entry("", "digest/1", bytes.fromhex(MD5), note="other.jpg"),
    ] == read(text)


def test_what_stands_behind_a_fingerprint_is_kept_as_a_note():
    assert "seen twice" == one(f"{PDQ} seen twice").note


def test_a_csv_of_our_own_columns_fills_every_field():
    text = f'id,signal,value,source,severity,note\n17,pdq,{PDQ},Centre,"iwf:A","a, b"\n'
    assert Entry("17", "pdq/1", bytes.fromhex(PDQ), "Centre", "iwf:A", "a, b") == one(text)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_may_be_separated_by_commas_semicolons_or_tabs(delimiter):
    text = delimiter.join(["value", "id"]) + "\n" + delimiter.join([PDQ, "17"]) + "\n"
    assert ("17", "pdq/1") == (one(text).id, one(text).signal)


def test_a_row_with_several_fingerprints_gives_an_entry_for_each_under_one_id():
    text = f"MD5;SHA1;PhotoDNA;Image ID;Baseline\n{MD5};{SHA1};abc;9;1\n"
    note = "photodna=abc; baseline=1"
    assert [
        Entry("9", "digest/1", bytes.fromhex(MD5), note=note),
        Entry("9", "digest/1", bytes.fromhex(SHA1), note=note),
    ] == read(text)


def test_unknown_columns_are_kept_in_the_note():
    assert "comment; region=north" == one(f"value,note,region\n{PDQ},comment,north\n").note


def test_a_row_with_too_few_or_too_many_columns_is_rejected():
    text = f"signal,value\npdq\npdq,{PDQ},x\npdq,{PDQ}\n"
    few, many, entry = read(text)
    assert Rejected(2, "columns_too_few", {"found": 1, "expected": 2}) == few
    assert Rejected(3, "columns_too_many", {"found": 3, "expected": 2}) == many
    assert bytes.fromhex(PDQ) == entry.value


def test_a_row_without_a_fingerprint_is_rejected():
    assert Rejected(2, "fingerprint_missing", {}) == one("signal,value\npdq,\n")


def test_an_open_quotation_mark_is_told_with_how_much_it_swallowed():
    text = f'signal,value\npdq,"{PDQ}\npdq,{PDQ}\npdq,{PDQ}\n'
    assert Rejected(2, "quote_open", {"lines": 3}) == one(text)


def test_reading_goes_on_behind_a_line_that_is_not_csv():
    text = "signal,value\npdq," + "0" * 200_000 + f"\npdq,{PDQ}\n"
    rejected, entry = read(text)
    assert Rejected(2, "line_unreadable", {}) == rejected
    assert bytes.fromhex(PDQ) == entry.value


def test_numbers_of_lines_count_comments_before_the_header():
    assert Rejected(4, "fingerprint_unreadable", {}) == one("# a\n\nsignal,value\npdq,xyz\n")


def test_the_origin_is_the_source_of_entries_that_name_none():
    assert ["Centre", "other"] == [
        entry.source for entry in read_list(io.StringIO(f"value,source\n{PDQ},\n{SHA1},other\n"), origin="Centre")
    ]
    assert ["Centre"] == [entry.source for entry in read_list(io.StringIO(PDQ), origin="Centre")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_may_be_in_any_usual_encoding(tmp_path, encoding):
    (tmp_path / "list").write_bytes(f"value,note\r\n{PDQ},Grüße\r\n".encode(encoding))
    assert ["Grüße"] == [entry.note for entry in read_list(tmp_path / "list")]


def test_bytes_that_are_no_text_are_rejected_line_by_line(tmp_path):
    (tmp_path / "list").write_bytes(b"\xff\xfa\x80\n" + PDQ.encode() + b"\n")
    rejected, entry = read_list(tmp_path / "list")
    assert (1, "line_unreadable") == (rejected.line, rejected.reason_code)
    assert bytes.fromhex(PDQ) == entry.value


def test_a_note_with_bytes_that_are_no_text_still_becomes_an_entry(tmp_path):
    (tmp_path / "list").write_bytes(PDQ.encode() + b" caf\xe9\x1fx\n")
    assert ["caf? x"] == [entry.note for entry in read_list(tmp_path / "list")]


@pytest.mark.parametrize("make", [lambda _: None, lambda path: path.mkdir()])
def test_a_list_that_is_missing_or_a_folder_is_said_so(tmp_path, make):
    make(tmp_path / "list")
    with pytest.raises(ContentError, match="cannot be read") as told:
        list(read_list(tmp_path / "list"))
    assert "list_unreadable" == told.value.code


def test_an_empty_list_gives_nothing():
    assert [] == read("") == read("\n\n# nothing\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_that_is_far_too_long_is_rejected_without_being_held(end, monkeypatch):
    monkeypatch.setattr("kindward.banks.lists.LINE_MOST", 100)
    rejected, entry = read("x" * 100_000 + end + PDQ + end)
    assert ("line_unreadable", bytes.fromhex(PDQ)) == (rejected.reason_code, entry.value)
    longer = "x" * 150
    assert ["columns_too_few"] == [record.reason_code for record in read(f"signal,value{end}pdq,{longer}{end}")]


def test_the_longest_name_of_an_item_is_taken_and_a_longer_one_is_not():
    entry = Entry("", "digest/1", bytes.fromhex(MD5))

    taken = item_of("n" * ID_MOST, [entry], [], 7)
    assert isinstance(taken, Item)
    assert taken.id.startswith("n" * ID_MOST + "-")
    refused = item_of("n" * (ID_MOST + 1), [entry], [], 7)
    assert isinstance(refused, Rejected)
    assert (7, "id_too_long", {"most": ID_MOST}) == (refused.line, refused.reason_code, refused.facts)

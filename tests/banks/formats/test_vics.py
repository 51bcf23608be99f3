"""Project VIC lists: every record becomes an item or a reasoned rejection, and no name leaves the file."""

import json

import pytest

from kindward.banks import Rejected, build_bank, read_list
from kindward.banks.formats.vics import find_context
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, derived_id
from kindward.errors import ContentError
from kindward.model import Entry


def number(item):
    """The source's own number of an item."""
    return item.id.rpartition("-")[0]


def entries(item):
    return {(entry.signal, entry.value) for entry in item.entries}


@pytest.mark.parametrize("scheme", ["vics1.2", "vics1.3", "vics2.0/Default", "vics2.0/US", "vics2.0/UK"])
@pytest.mark.parametrize("form", ["media", "case"])
def test_media_lists_and_case_exports_give_the_same_items(written, read, scheme, form):
    text = getattr(written, form)(written.medium(7, 1), written.medium(8, 2), scheme=scheme)
    first, second = read(text, origin="A force")
    said = {"source": "A force", "severity": f"{scheme}:1"}
    item_id = "7-" + derived_id(MD5, written.digest(7))[:8]
    assert (
        Item(
            item_id,
            (
                Entry(item_id, "digest/1", written.digest(7), **said),
                Entry(item_id, "digest/1", written.digest(7, 20), **said),
            ),
        )
        == first
    )
    assert {f"{scheme}:2"} == {entry.severity for entry in second.entries}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_may_begin_with_a_byte_order_mark_and_be_one_long_line(written, tmp_path, encoding, indent):
    path = tmp_path / "list.json"
    text = json.dumps(json.loads(written.media(written.medium(1), written.medium(2))), indent=indent)
    path.write_text(text, encoding=encoding)
    assert ["1", "2"] == [number(item) for item in read_list(path)]


def test_d8_large_and_small_letters_are_the_same_fingerprint(written, read):
    (large,) = read(written.media(written.medium(1, MD5=written.digest(1).hex().upper())))
    (small,) = read(written.media(written.medium(1, MD5=written.digest(1).hex())))
    assert large == small


@pytest.mark.parametrize(
    ("category", "code"),
    [
        (0, "category_not_pertinent"),
        ("0", "category_not_pertinent"),
        (5, "category_uncategorised"),
        (None, "category_unreadable"),
        ("A", "category_unreadable"),
        (True, "category_unreadable"),
        (-1, "category_unreadable"),
        (1.5, "category_unreadable"),
    ],
)
def test_what_nobody_calls_illegal_is_counted_and_left_out(written, read, category, code):
    before, rejected, after = read(written.media(written.medium(1), written.medium(2, category), written.medium(3)))
    assert (2, code) == (rejected.line, rejected.reason_code)
    assert ("1", "3") == (number(before), number(after))


def test_five_means_uncategorised_only_where_its_context_says_so(written, read):
    (item,) = read(written.media(written.medium(1, 5), scheme="vics2.0/UK"))
    assert "vics2.0/UK:5" == item.entries[0].severity
    (rejected,) = read(written.media(written.medium(1, 5), scheme="vics1.3"))
    assert "Nobody has looked at this item yet (vics1.3:5), so it is not known material." == rejected.sentence


def test_a_category_of_an_unknown_context_keeps_the_whole_address(read, written):
    text = written.media(written.medium(1, 5)).replace("http://github.com/VICSDATAMODEL", "http://example.org/own")
    address = "http://example.org/own/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"
    assert "vics2.0/US" == find_context(address).scheme
    assert "http://example.org/x.xml" == find_context("http://example.org/x.xml#Media").scheme
    assert ["category_uncategorised"] == [one.reason_code for one in read(text)]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"value": []}',
        '{"value": [{"MD5": "00"}], "odata.metadata": "http://x/1.3.xml#Media"}',
        '{"odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"}',
        '{"odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml", "value": []}',
        '{"odata.metadata": 5, "value": []}',
        '{"odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media", "value": {}}',
        '{"hashes": ["' + "a" * 64 + '"]}',
    ],
)
def test_json_that_does_not_say_how_its_categories_are_numbered_is_refused(read, text):
    with pytest.raises(ContentError) as refused:
        read(text)
    assert "context_missing" == refused.value.code
    assert (
        "This is JSON, but not a Project VIC list that says first by which scheme its categories are numbered."
        == refused.value.sentence
    )
    assert (
        "Export it as VICS 1.3 or 2.0; the first member must be `@odata.context` or `odata.metadata`."
        == refused.value.hint
    )


def test_a_list_that_was_cut_off_is_refused_and_not_taken_in_part_as_if_whole(written, read):
    text = written.media(*(written.medium(number) for number in range(1, 40)))
    for end in (len(text) - 1, len(text) // 2, 300, 30):
        with pytest.raises(ContentError) as refused:
            read(text[:end])
        assert "json_damaged" == refused.value.code


@pytest.mark.parametrize("behind", [" x", "{}", "]", '{"a": 1}'])
def test_nothing_may_stand_behind_the_list(written, read, behind):
    with pytest.raises(ContentError, match="not whole JSON"):
        read(written.media(written.medium(1)) + behind)


def test_an_empty_list_is_no_error(written, read):
    assert [] == read(written.media())


def test_photodna_and_other_fingerprints_are_kept_and_known_ones_matched(written, read):
    other = [
        {"HashName": "PhotoDNA", "HashValue": written.photodna(2)},
        {"HashName": "SHA256", "HashValue": written.digest(1, 32).hex().upper()},
        {"HashName": "pdq", "HashValue": written.digest(3, 32).hex()},
        {"HashName": "ImageMark", "HashValue": "abc"},
        {"HashName": "F1", "HashValue": ""},
    ]
    files = [{"MD5": written.digest(4).hex(), "FileName": "private.jpg"}, {"MD5": written.digest(1).hex()}, "odd"]
    (item,) = read(
        written.media(written.medium(1, PhotoDNA=written.photodna(1), AlternativeHashes=other, MediaFiles=files))
    )
    assert (
        Kept("photodna", written.photodna(1)),
        Kept("photodna", written.photodna(2)),
        Kept("imagemark", "abc"),
    ) == item.kept
    assert {
        ("digest/1", written.digest(1)),
        ("digest/1", written.digest(1, 20)),
        ("digest/1", written.digest(1, 32)),
        ("pdq/1", written.digest(3, 32)),
        ("digest/1", written.digest(4)),
    } == entries(item)
    assert {item.id} == {entry.id for entry in item.entries}
    assert 5 == len(item.entries)


@pytest.mark.parametrize("text", ["00" * 144, "FF" * 144, ",".join(["7"] * 144)])
def test_photodna_may_be_digits_or_numbers(written, read, text):
    (item,) = read(written.media(written.medium(1, MD5="", SHA1=None, PhotoDNA=text)))
    assert ((), (Kept("photodna", text),)) == (item.entries, item.kept)


@pytest.mark.parametrize(
    "text",
    [
        "00" * 143,
        "zz" * 144,
        "A" * 191,
        "A" * 96 + "\n" + "A" * 96,
        "a" * 288 + "b" * 288,
        ",".join(["7"] * 143),
        ",".join(["256"] * 144),
    ],
)
def test_photodna_that_is_not_whole_is_told(written, read, text):
    item, rejected = read(written.media(written.medium(1, PhotoDNA=text)))
    assert ("1", (), Rejected(1, "photodna_unreadable")) == (number(item), item.kept, rejected)


def test_one_unreadable_fingerprint_does_not_cost_the_others(written, read):
    item, rejected = read(written.media(written.medium(1, SHA1="zz")))
    assert {("digest/1", written.digest(1))} == entries(item)
    assert Rejected(1, "fingerprint_unreadable") == rejected


def test_a_record_of_which_nothing_is_readable_is_only_rejected(written, read):
    rejected = read(written.media(written.medium(1, MD5="zz", SHA1="00")))
    assert ["fingerprint_unreadable", "fingerprint_wrong_length"] == [one.reason_code for one in rejected]


@pytest.mark.parametrize("record", [None, 5, "text", [], [1]])
def test_what_is_no_record_is_told(written, read, record):
    assert [Rejected(1, "record_unreadable")] == read(written.media(record))


def test_a_record_without_fingerprints_is_told(written, read):
    assert [Rejected(1, "fingerprint_missing")] == read(written.media({"MediaID": 1, "Category": 1}))


def test_the_digest_of_the_empty_file_is_never_an_entry(written, read):
    (rejected,) = read(written.media(written.medium(1, MD5="D41D8CD98F00B204E9800998ECF8427E", SHA1="")))
    assert "fingerprint_empty" == rejected.reason_code


def test_an_item_without_an_id_gets_one_that_is_the_same_every_time(written, read):
    text = written.media(
        written.medium(1, MediaID=None), written.medium(2, MediaID="", MD5="", SHA1="", PhotoDNA="00" * 144)
    )
    first, again = read(text), read(text)
    assert first == again
    assert all(len(item.id) == 20 for item in first)
    assert first[0].id != first[1].id


def test_an_endless_id_is_refused(written, read):
    assert [Rejected(1, "id_too_long", {"most": 200})] == read(written.media(written.medium(1, MediaID="9" * 201)))


def test_names_of_series_tags_files_and_comments_never_leave_the_file(written, read):
    file = {"MD5": written.digest(1).hex(), "FileName": "Somebody Private", "FilePath": "Somebody Private"}
    private = {
        "Series": "Somebody Private",
        "Tags": "Somebody Private",
        "Comments": "Somebody Private",
        "RelativeFilePath": "Somebody Private",
        "MediaFiles": [file],
        "Exifs": [{"PropertyName": "Artist", "PropertyValue": "Somebody Private"}],
    }
    said = {"VictimIdentified": True, "OffenderIdentified": "false", "IsDistributed": "True", "IsSuspected": 0}
    items = read(written.case(written.medium(1, **private, **said)))
    assert "Private" not in repr(items)
    assert "IsDistributed VictimIdentified Series" == items[0].entries[0].note


def test_every_record_is_an_item_or_a_rejection(written, read):
    records = [
        written.medium(1),
        written.medium(2, 0),
        written.medium(3, 5),
        written.medium(4, MD5="zz", SHA1=""),
        None,
        {"Category": 1},
        written.medium(7),
    ]
    told = read(written.media(*records))
    assert (2, 5) == (sum(isinstance(one, Item) for one in told), sum(isinstance(one, Rejected) for one in told))
    assert [2, 3, 4, 5, 6] == [one.line for one in told if isinstance(one, Rejected)]


def test_several_cases_in_one_file_are_read_one_after_the_other(written, read):
    cases = json.loads(written.case(written.medium(1), written.medium(2)))
    cases["value"] += [{"Media": [written.medium(3)]}, {"CaseID": "empty"}, {"Media": None}, 5]
    told = read(json.dumps(cases))
    assert ["1", "2", "3"] == [number(item) for item in told[:3]]
    assert [Rejected(4, "record_unreadable")] == told[3:]


def test_cases_that_number_their_media_alike_do_not_overwrite_each_other(written, read, tmp_path):
    cases = json.loads(written.case(written.medium(1)))
    cases["value"].append({"Media": [written.medium(2, MediaID=1)]})
    report = build_bank(tmp_path / "bank", read(json.dumps(cases)))
    assert {"md5": 2, "sha1": 2} == {name: count for name, count in report.counts.items() if count}


def test_each_unreadable_fingerprint_among_the_alternatives_is_told_with_its_record(written, read):
    other = [
        {"HashName": "", "HashValue": "abc"},
        {"HashName": "PhotoDNA", "HashValue": "short"},
        {"HashName": "sha-1", "HashValue": "zz"},
        {"HashName": "Sha-256", "HashValue": written.digest(2, 32).hex()},
        {"HashValue": ""},
    ]
    _, item, *rejected = read(written.media(written.medium(1), written.medium(2, AlternativeHashes=other)))
    assert ("digest/1", written.digest(2, 32)) in entries(item)
    assert [
        Rejected(2, "fingerprint_nameless"),
        Rejected(2, "photodna_unreadable"),
        Rejected(2, "fingerprint_unreadable"),
    ] == rejected


@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff", " "])
def test_marks_before_the_first_sign_do_not_hide_what_a_list_is(written, read, mark):
    assert ["1"] == [number(item) for item in read(mark + written.media(written.medium(1)))]


def test_members_beside_the_list_are_passed_over_whatever_they_are(written, read):
    whole = json.loads(written.media(written.medium(1)))
    (name, address), (_, records) = whole.items()
    text = json.dumps({name: address, "a": [1, [2]], "b": {"value": []}, "value": records, "c": None, "d": "value"})
    assert ["1"] == [number(item) for item in read(text)]

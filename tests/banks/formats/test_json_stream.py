"""Long JSON is read in bounded memory, and damaged JSON is told as such."""

import io
import itertools
import json

import pytest

from kindward.banks.formats.json_stream import CHUNK, VALUE_MOST, JsonReader
from kindward.banks.formats.vics import read_vics
from kindward.banks.items import Item
from kindward.errors import ContentError


class Dripping:
    """A stream that gives few characters at a time, or as many as it likes, and counts them."""

    def __init__(self, pieces, most=None):
        self._pieces, self._rest, self._most = iter(pieces), "", most
        self.given = 0

    def read(self, size):
        size = min(size, self._most or size)
        while len(self._rest) < size and (piece := next(self._pieces, "")):
            self._rest += piece
        piece, self._rest = self._rest[:size], self._rest[size:]
        self.given += len(piece)
        return piece


def walked(reader):
    """Read everything through the pulling functions and build it anew."""
    sign = reader.next_sign()
    if sign == "{":
        return {name: walked(reader) for name in reader.members()}
    if sign == "[":
        return [walked(reader) for _ in reader.elements()]
    return reader.value()


VALUES = [
    {},
    [],
    0,
    -12.5e3,
    True,
    None,
    "",
    'quote " and \\ and \n and ä and \U0001f600',
    [1, [2, [3, []]], {"a": {"b": [{}]}}],
    {"long": "x" * 1000, "numbers": list(range(300)), "": {" ": "\t"}},
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("most", [1, 2, 7, 64])
@pytest.mark.parametrize("indent", [None, 3])
def test_any_text_is_understood_wherever_it_is_cut_into_pieces(value, most, indent):
    reader = JsonReader(Dripping([json.dumps(value, indent=indent, ensure_ascii=False)], most))
    assert value == walked(reader)
    reader.end()


def test_a_number_is_not_taken_before_its_last_digit_came():
    reader = JsonReader(Dripping(["1234567890"], 3))
    assert 1234567890 == reader.value()


def test_skipping_leaves_the_reader_at_the_next_name():
    reader = JsonReader(Dripping(['{"a": [1, {"b": 2}], "c": {"d": []}, "e": "end"}'], 1))
    found = {}
    for name in reader.members():
        if name == "e":
            found[name] = reader.value()
        else:
            reader.skip()
    assert {"e": "end"} == found


def test_an_array_of_any_length_is_skipped_an_element_at_a_time():
    stream = Dripping(itertools.chain(["["], itertools.repeat('"' + "x" * 1000 + '",', 20_000), ["0] 7"]))
    reader = JsonReader(stream)
    reader.skip()
    assert stream.given > 2 * VALUE_MOST
    assert 7 == reader.value()


def test_the_place_of_the_damage_is_told_and_nothing_of_what_stands_there():
    with pytest.raises(ContentError) as refused:
        walked(JsonReader(Dripping(['["private", "x" private]'], 3)))
    assert (
        "The list is not whole JSON; it cannot be understood after 16 characters.",
        "Compare it with its original; a file that was cut off must be fetched again.",
    ) == (refused.value.sentence, refused.value.hint)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a"',
        '{"a":',
        '{"a": 1',
        '{"a": 1,',
        '{"a": 1,}',
        '{"a" 1}',
        "{a: 1}",
        "{1: 1}",
        "[1 2]",
        "[1,]",
        "[,]",
        '["a',
        "tru",
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        '"\\u12',
        '"\x01"',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5000,
    ],
)
def test_what_is_no_json_is_told_and_nothing_else_happens(text):
    with pytest.raises(ContentError) as refused:
        JsonReader(io.StringIO(text)).skip()
    assert "json_damaged" == refused.value.code


def test_a_value_without_end_is_given_up_at_the_limit():
    stream = Dripping(itertools.chain(['["'], itertools.repeat("x" * CHUNK)))
    with pytest.raises(ContentError):
        JsonReader(stream).value()
    assert stream.given <= 3 * VALUE_MOST


def test_a_list_of_any_length_is_read_a_piece_at_a_time(written):
    count = 40_000
    head = '{"odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media", "value": ['
    records = (json.dumps(written.medium(number, FileName="x" * 200)) + "," for number in range(1, count))
    stream = Dripping(itertools.chain([head], records, [json.dumps(written.medium(count)), "]}"]))
    size, passed, ahead = len(json.dumps(written.medium(count, FileName="x" * 200))) + 1, len(head), 0
    seen = 0
    for item in read_vics(stream):
        seen += isinstance(item, Item)
        passed += size
        ahead = max(ahead, stream.given - passed)
    assert count == seen
    assert ahead <= 3 * CHUNK
    assert stream.given > 10_000_000

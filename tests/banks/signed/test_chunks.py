"""Files of a list's history: the same rows give the same bytes, and other bytes are refused."""

import io
import struct
from hashlib import sha256

import msgspec
import pytest
from signed_lists import add_leaf, entry

from kindward.banks.signed import chunks
from kindward.banks.signed.openings import Opening, commitment, salt
from kindward.banks.signed.rows import Closed, Opened
from kindward.errors import TrustError
from kindward.ledger.leaves import Attest, Remove, encode

ROWS = [
    entry("a"),
    entry("b", category="scheme:ä", id="0123456789abcdef0123"),
    entry("c", signal="digest/1", width=20, id="", expires="2027-01-01"),
    entry("d", signal="digest/1", width=16, authorities=("bka", "esafety", "ofmin")),
    entry("e", signal="digest/1", jurisdiction="baseline", source="", id="ABC"),
    Closed(add_leaf(entry("f"))),
    Closed(encode(Remove(2, "adult", ("bka",), "2026-11-24"))),
    Closed(encode(Remove(1_000_000, "adult", ("bka",), "2026-11-24"))),
    Closed(encode(Attest(1, "bka", 7, bytes(32), "ab"))),
    entry("g"),
]


def written(rows, start=0, end=None):
    stream = io.BytesIO()
    chunks.write(stream, start, start + len(rows) if end is None else end, rows)
    return stream.getvalue()


def read(data):
    return list(chunks.read(io.BytesIO(data), "a file").rows())


def refused(data):
    with pytest.raises(TrustError) as refused:
        read(data)
    assert "a file" in refused.value.sentence
    return refused.value.code


def block(data):
    """Give where the first block's body begins and the body."""
    start = len(chunks.MAGIC) + 16
    return start, msgspec.msgpack.decode(data[start + 8 :])


def with_body(body, count=None, end=None):
    data = msgspec.msgpack.encode(body)
    count = sum(body[4][1::2]) if count is None else count
    head = chunks.MAGIC + struct.pack("<QQ", 0, count if end is None else end)
    return head + struct.pack("<II", len(data), count) + data


def test_rows_come_back_as_they_were_written():
    assert ROWS == read(written(ROWS))


def test_a_file_says_from_where_to_where_it_tells():
    chunk = chunks.read(io.BytesIO(written(ROWS, 40)), "a file")

    assert (40, 50) == (chunk.start, chunk.end)
    assert [40, 41, 42, 43, 44, 45, 46, 48, 49] == [run.first for run in chunk.runs()]


def test_a_file_may_be_empty():
    assert [] == read(written([]))
    assert len(chunks.MAGIC) + 16 == len(written([]))


def test_the_same_rows_give_the_same_bytes_on_every_machine():
    assert "c3223c7e5c270b19" == sha256(written(ROWS)).hexdigest()[:16]


def test_other_rows_give_other_bytes():
    assert written(ROWS) != written(ROWS[::-1])


def test_the_leaves_are_those_of_the_log():
    rows = [row for row in ROWS if isinstance(row, Opened)]
    leaves = [leaf for run in chunks.read(io.BytesIO(written(ROWS)), "a file").runs() for leaf in run.leaves()]

    assert [add_leaf(row) if isinstance(row, Opened) else row.leaf for row in ROWS] == leaves
    assert 6 == len(rows)


def test_a_commitment_is_what_the_format_says():
    opening = Opening("x1", "pdq/1", bytes(range(32)), "scheme:a", "DE", "2027-01-01", "bka")
    salted = salt(b"s" * 32, "pdq/1", bytes(range(32)))
    record = (
        b'{"g":"pdq/1","i":"x1","j":"DE","k":"scheme:a","o":"bka",'
        b'"v":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","x":"2027-01-01"}'
    )

    assert sha256(b"kindward/salt/1\n" + b"s" * 32 + b"pdq/1" + bytes(range(32))).digest()[:16] == salted
    assert sha256(b"kindward/entry/1\n" + salted + record).digest() == commitment(opening, salted)


def test_an_entry_takes_about_45_bytes():
    rows = [
        entry("a")._replace(id=sha256(b"%d" % n).hexdigest()[:20], value=sha256(b"%d" % n).digest())
        for n in range(9000)
    ]

    assert 45 > len(written(rows)) / len(rows) > 42


def test_a_closed_entry_takes_its_commitment_and_little_more():
    rows = [Closed(add_leaf(entry("a")._replace(id=str(n)))) for n in range(1000)]

    assert 33 > len(written(rows)) / len(rows)


def test_a_long_history_is_cut_into_blocks():
    rows = [entry("a")] * (chunks.ROWS + 1)
    data = written(rows)
    start = len(chunks.MAGIC) + 16
    length, count = struct.unpack_from("<II", data, start)

    assert chunks.ROWS == count
    assert (1,) == struct.unpack_from("<I", data, start + 8 + length + 4)
    assert rows == read(data)


def test_long_leaves_close_a_block_early():
    leaf = encode(Attest(1, "bka", 7, bytes(32), "ab" * 2000))
    rows = [Closed(leaf)] * 2000
    data = written(rows)
    _, count = struct.unpack_from("<II", data, len(chunks.MAGIC) + 16)

    assert -(-chunks.WEIGHT // len(leaf)) == count
    assert rows == read(data)


@pytest.mark.parametrize(
    "row",
    [
        entry("a")._replace(value=bytes(31)),
        entry("a")._replace(signal="other/1"),
        entry("a")._replace(seed=bytes(31)),
        entry("a")._replace(id="x" * 301),
        entry("a")._replace(source="x" * 301),
    ],
)
def test_rows_that_no_list_holds_are_not_written(row):
    with pytest.raises(ValueError, match=r"such|long"):
        written([row])


def test_a_leaf_that_no_log_holds_is_not_written():
    with pytest.raises(TrustError):
        written([Closed(b"{}")])
    with pytest.raises(ValueError, match="such"):
        written([Closed(b" " * 65_536)])


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (1, 0), (0, 1 << 40), (0, 1), (0, 3)])
def test_sizes_must_fit_the_rows(start, end):
    with pytest.raises(ValueError, match=r"no such sizes|instead of"):
        written([entry("a"), entry("b")], start, end)


def test_names_of_300_characters_are_kept():
    rows = [entry("a", id="x" * 300), entry("b", id="ab" * 150)]

    assert rows == read(written(rows))


@pytest.mark.parametrize("data", [b"", b"kindward", b"kindward history 2\n" + bytes(16)])
def test_what_is_no_file_of_history_is_refused(data):
    assert ("chunk_truncated" if len(data) < 19 else "chunk_unreadable") == refused(data)


def test_sizes_that_no_log_has_are_refused():
    assert "chunk_damaged" == refused(chunks.MAGIC + struct.pack("<QQ", 2, 1))
    assert "chunk_damaged" == refused(chunks.MAGIC + struct.pack("<QQ", 0, 1 << 40))


def test_a_file_cut_off_anywhere_is_refused():
    data = written(ROWS)

    assert {"chunk_truncated"} == {refused(data[:end]) for end in range(len(data))}


def test_what_follows_the_last_row_is_refused():
    assert "chunk_too_long" == refused(written(ROWS) + b"\0")
    assert "chunk_too_long" == refused(written([]) + written([]))


def test_more_rows_than_the_file_says_are_refused():
    data = bytearray(written(ROWS))
    struct.pack_into("<Q", data, len(chunks.MAGIC) + 8, 9)

    assert "chunk_count_wrong" == refused(bytes(data))


def test_fewer_rows_than_the_file_says_are_refused():
    data = bytearray(written(ROWS))
    struct.pack_into("<Q", data, len(chunks.MAGIC) + 8, 11)

    assert "chunk_truncated" == refused(bytes(data))


@pytest.mark.parametrize("count", [9, 11])
def test_a_block_that_lies_about_its_rows_is_refused(count):
    _, body = block(written(ROWS))

    assert "chunk_count_wrong" == refused(with_body(body, count, 11))


def test_a_block_as_long_as_may_be_is_not_read():
    frame = struct.pack("<II", chunks.BLOCK_BYTES + 1, 1)
    nothing = struct.pack("<II", 0, 0)
    many = struct.pack("<II", 0, chunks.ROWS + 1)
    head = chunks.MAGIC + struct.pack("<QQ", 0, 100_000)

    assert {"chunk_damaged"} == {refused(head + each + bytes(100)) for each in (frame, nothing, many)}


@pytest.mark.parametrize(
    ("column", "change"),
    [
        (0, lambda seeds: seeds[:-32]),
        (1, lambda _: []),
        (2, lambda texts: texts[:-1]),
        (2, lambda texts: ["x" * 301, *texts[1:]]),
        (3, lambda shapes: [[7, *shape[1:]] for shape in shapes]),
        (3, lambda shapes: [[shape[0], 301, *shape[2:]] for shape in shapes]),
        (3, lambda shapes: [shape[:-1] for shape in shapes]),
        (3, lambda shapes: [[-1, *shape[1:]] for shape in shapes]),
        (3, lambda shapes: [[*shape[:2], 99, *shape[3:]] for shape in shapes]),
        (3, lambda shapes: [[*shape[:3], 99, *shape[4:]] for shape in shapes]),
        (4, lambda runs: runs[:-1]),
        (4, lambda runs: [*runs[:-1], 0]),
        (4, lambda runs: [99, *runs[1:]]),
        (4, lambda runs: [-1, *runs[1:]]),
        (5, lambda values: values[:-1]),
        (5, lambda values: values + b"\0"),
        (6, lambda packed: packed[:-1]),
        (6, lambda packed: packed + b"\0"),
        (7, lambda ids: ids[:-1]),
        (7, lambda ids: [*ids, ""]),
        (7, lambda ids: ["x" * 301, *ids[1:]]),
        (7, lambda ids: [1, *ids[1:]]),
        (8, lambda removed: removed[:-1]),
        (8, lambda removed: [*removed, 1]),
        (8, lambda removed: [-1, *removed[1:]]),
        (8, lambda removed: [1 << 40, *removed[1:]]),
        (9, lambda raws: raws[:-1]),
        (9, lambda raws: [*raws, b"x"]),
        (9, lambda raws: [bytes(65_536), *raws[1:]]),
        (9, lambda _: {}),
    ],
)
def test_a_block_that_does_not_add_up_is_refused(column, change):
    _, body = block(written(ROWS))
    body[column] = change(body[column])

    assert "chunk_damaged" == refused(with_body(body, 10))


def test_a_block_with_more_or_fewer_columns_is_refused():
    _, body = block(written(ROWS))

    assert "chunk_damaged" == refused(with_body([*body, 0], 10))
    assert "chunk_damaged" == refused(with_body(body[:-1], 10))


def test_seeds_are_whole():
    _, body = block(written(ROWS))
    body[0] += b"\0" * 31

    assert "chunk_damaged" == refused(with_body(body, 10))


def test_reading_takes_one_block_at_a_time():
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size=-1):
            self.largest = max(self.largest, size)
            return super().read(size)

    stream = Counting(written([entry("a")] * 150_000))
    rows = sum(run.count for run in chunks.read(stream, "a file").runs())

    assert 150_000 == rows
    assert chunks.ROWS * 40 > stream.largest > 0

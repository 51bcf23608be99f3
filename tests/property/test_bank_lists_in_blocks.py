"""Reading a list many lines at a time says the same as reading it line by line."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kindward.banks import Block, Rejected, lists, read_blocks, read_list
from kindward.banks import blocks as module
from kindward.model import Entry

LONG = 150
digits = st.sampled_from([64, 40, 32, 62, 66, 0]).flatmap(
    lambda count: st.text("0123456789abcdefABCDEF", min_size=count, max_size=count)
)
names = st.sampled_from(["", "pdq ", "PDQ ", "sha256 ", "sha1 ", "md5 ", "md5:", "sha1,", "vpdq ", " ", "# ", "pdq  "])
tails = st.sampled_from(["", " ", "\t", "  a.jpg", " 'List' POSITIVE_CLASS tag", "\x00", "ü", "\u2028"])
lines = st.one_of(
    st.builds(lambda name, value, tail: name + value + tail, names, digits, tails),
    st.sampled_from(["", "0" * 64, "d41d8cd98f00b204e9800998ecf8427e", "x" * (LONG + 20), "\ufeff", "value", "md5"]),
    st.text(st.characters(exclude_characters="\r\n"), max_size=20),
)


@st.composite
def files(draw):
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join(draw(st.lists(lines, max_size=12))) + draw(st.sampled_from(["", end]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode("utf-8", "surrogatepass")


def told(records):
    """Count entries, whatever their order, and keep rejections in theirs."""
    entries, rejected = Counter(), []
    for record in records:
        if isinstance(record, Block):
            entries.update(Entry("", record.kind.signal, value.tobytes(), record.source) for value in record.values)
        elif isinstance(record, Rejected):
            rejected.append(record)
        else:
            entries[record] += 1
    return entries, sorted(rejected, key=lambda one: one.line)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 64)
    monkeypatch.setattr(module, "LINE_MOST", LONG)
    monkeypatch.setattr(lists, "LINE_MOST", LONG)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files())
@example(b"x" * 1000 + b"\n" + b"a" * 64 + b"\n")
@example(b"a" * 64 + b"\n" + b"x" * 1000)
@example(b"a" * 64 + b"\r\n" + b"x" * 200 + b"\r\n" + b"B" * 64 + b"\n")
def test_blocks_say_what_lines_say(small, tmp_path, text):
    (tmp_path / "list").write_bytes(text)
    assert told(read_list(tmp_path / "list", origin="S")) == told(read_blocks(tmp_path / "list", origin="S"))


@pytest.mark.parametrize(
    "text",
    [
        b"signal,value\r\npdq," + b"a" * 64 + b"\r\n",
        ("a" * 64 + "\n").encode("utf-16"),
        b"a" * 64 + b"\r" + b"b" * 64 + b"\r",
        b"",
        b"# only a comment",
    ],
)
def test_other_files_are_read_line_by_line(tmp_path, text):
    (tmp_path / "list").write_bytes(text)
    assert told(read_list(tmp_path / "list")) == told(read_blocks(tmp_path / "list"))


def test_a_plain_list_really_is_read_in_blocks(tmp_path):
    (tmp_path / "list").write_bytes(b"".join(b"%064x\nmd5 %032x\n" % (n, n) for n in range(1, 2000)))
    assert [(1999, "pdq"), (1999, "md5")] == [(len(block), block.kind.name) for block in read_blocks(tmp_path / "list")]

"""Lists that are read by the stretch give what they give line by line."""

import pytest

from kindward.banks import read_list
from kindward.banks.blocks import Block, read_blocks
from kindward.model import Entry

PDQ = "f8f8f0cee0f4a84f06370a2038f63f0b36e2ed596621e1d33e6b39c4e9c9b229"
MD5 = "900150983cd24fb0d6963f7d28e17f72"


def values(records):
    found = []
    for record in records:
        if isinstance(record, Block):
            found += [value.tobytes().hex() for value in record.values]
        elif isinstance(record, Entry):
            found.append(record.value.hex())
    return sorted(found)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_mark_at_the_beginning_belongs_to_no_line(tmp_path, mark, end):
    file = tmp_path / "list.txt"
    file.write_bytes(mark + f"{PDQ}\n{MD5}".encode() + end)

    assert sorted([PDQ, MD5]) == values(read_blocks(file)) == values(read_list(file))

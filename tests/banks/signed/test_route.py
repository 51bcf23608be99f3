"""The fewest bytes that lead from what a subscriber has to the newest release."""

import pytest

from kindward.banks.signed.route import route
from kindward.errors import TrustError

FILES = {"list/0-10.kwc": 100, "list/0-30.kwc": 300, "list/10-20.kwc": 10, "list/20-30.kwc": 10, "list/10-30.kwc": 25}


@pytest.mark.parametrize(
    ("size", "end", "names"),
    [
        (0, 10, ["list/0-10.kwc"]),
        (0, 20, ["list/0-10.kwc", "list/10-20.kwc"]),
        (0, 30, ["list/0-10.kwc", "list/10-20.kwc", "list/20-30.kwc"]),
        (10, 30, ["list/10-20.kwc", "list/20-30.kwc"]),
        (13, 30, ["list/10-20.kwc", "list/20-30.kwc"]),
        (20, 30, ["list/20-30.kwc"]),
        (29, 30, ["list/20-30.kwc"]),
        (30, 30, []),
        (0, 0, []),
    ],
)
def test_the_files_with_the_fewest_bytes_are_chosen(size, end, names):
    assert names == route(FILES, size, end)


def test_a_base_is_taken_when_it_is_shorter_than_all_changes():
    assert ["list/0-30.kwc"] == route(FILES | {"list/0-30.kwc": 119}, 0, 30)
    assert ["list/10-30.kwc"] == route(FILES | {"list/10-30.kwc": 19}, 13, 30)


def test_of_two_ways_of_the_same_length_always_the_same_is_taken():
    names = ["list/0-10.kwc", "list/10-30.kwc"]

    assert names == route({"list/0-30.kwc": 2, "list/0-10.kwc": 1, "list/10-30.kwc": 1}, 0, 30)
    assert names == route({"list/10-30.kwc": 1, "list/0-10.kwc": 1, "list/0-30.kwc": 2}, 0, 30)


@pytest.mark.parametrize(
    ("files", "size", "end"),
    [
        ({}, 0, 10),
        (FILES, 0, 31),
        (FILES, 30, 29),
        ({"list/0-10.kwc": 1, "list/11-20.kwc": 1}, 0, 20),
        ({"list/0-10.kwc": 1, "list/9-20.kwc": 1}, 0, 20),
        ({"list/00-10.kwc": 1}, 0, 10),
        ({"list/0-10.kwc ": 1}, 0, 10),
        ({"other/0-10.kwc": 1}, 0, 10),
        ({"list/0-10.txt": 1}, 0, 10),
        ({"list/0-1٣.kwc": 1}, 0, 13),
        ({"list/10-0.kwc": 1}, 10, 0),
        ({"list/0-20.kwc": 1}, 0, 10),
    ],
)
def test_where_no_files_lead_the_list_is_incomplete(files, size, end):
    with pytest.raises(TrustError) as refused:
        route(files, size, end)

    assert "list_incomplete" == refused.value.code
    assert {"size": size, "end": end} == refused.value.facts


def test_many_files_are_searched_quickly():
    files = {f"list/{n}-{n + 1}.kwc": 1 for n in range(4000)}

    assert 4000 == len(route(files, 0, 4000))

"""A log as files: whatever is appended, the files are those of the specification, and everything can be proven."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import plain_root

from kindward.errors import RemoteError, TrustError
from kindward.ledger.tiles import TileReader, appended, no_log, tile_path, written
from kindward.ledger.tree import EMPTY, Frontier, leaf_hash, verify_consistency, verify_inclusion


def leaves(start, end):
    return [b"leaf %d" % number for number in range(start, end)]


def log_of(*sizes):
    """The files of a log that grew in steps."""
    files = {}
    before = 0
    for size in sizes:
        files |= written(TileReader(files.__getitem__, before), leaves(before, size))
        before = size
    return files


def reader(files, size):
    return TileReader(files.__getitem__, size)


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 5, 256, "tile/0/005"),
        (1, 999, 256, "tile/1/999"),
        (0, 1000, 256, "tile/0/x001/000"),
        (3, 1234067, 256, "tile/3/x001/x234/067"),
        (0, 273, 112, "tile/0/273.p/112"),
        (None, 12, 1, "tile/entries/012.p/1"),
        (None, 1_000_000, 256, "tile/entries/x001/x000/000"),
    ],
)
def test_paths_are_those_of_the_specification(level, number, width, path):
    assert path == tile_path(level, number, width)


def test_a_log_of_70_000_leaves_has_the_files_that_the_specification_names():
    files = written(TileReader(no_log, 0), (b"" for _ in range(70_000)))
    levels = {
        level: [path for path in files if path.startswith(f"tile/{level}/")] for level in ("0", "1", "2", "entries")
    }

    assert {"0": 274, "1": 2, "2": 1, "entries": 274} == {level: len(paths) for level, paths in levels.items()}
    assert {"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"} == {
        path for path in files if ".p/" in path
    }
    assert {8192} == {len(files[path]) for path in (*levels["0"], *levels["1"]) if ".p/" not in path}


def test_a_log_of_256_leaves_has_a_full_tile_and_one_hash_above_it():
    assert {"tile/0/000", "tile/1/000.p/1", "tile/entries/000"} == set(log_of(256))


def test_a_bundle_holds_each_leaf_behind_its_length():
    assert b"\0\6leaf 0\0\6leaf 1" == log_of(2)["tile/entries/000.p/2"]
    assert leaf_hash(b"leaf 0") + leaf_hash(b"leaf 1") == log_of(2)["tile/0/000.p/2"]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.integers(1, 20), st.integers(200, 600)), min_size=1, max_size=6))
def test_a_log_that_grew_in_steps_has_the_files_of_one_written_at_once(steps):
    sizes = [sum(steps[: n + 1]) for n in range(len(steps))]
    files, size = log_of(*sizes), sizes[-1]
    at_once = log_of(size)
    frontier = Frontier()
    frontier.extend(map(leaf_hash, leaves(0, size)))

    assert at_once == {path: files[path] for path in at_once}
    assert (frontier.root(), frontier.nodes) == (reader(files, size).root(), reader(files, size).frontier().nodes)
    assert leaves(0, size) == list(reader(files, size).leaves())
    assert [plain_root([leaf_hash(each) for each in leaves(0, size)]) for size in sizes] == [
        reader(files, size).root() for size in sizes
    ]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 70_000), st.data())
def test_whatever_is_proven_from_files_holds(size, data):
    files, read = BIG, TileReader(lambda path: partial(BIG, path), size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    root = read.root()
    before = TileReader(lambda path: partial(files, path), old).root()

    verify_inclusion(leaf_hash(b"leaf %d" % index), index, size, read.prove_inclusion(index), root)
    verify_consistency(old, before, size, root, read.prove_consistency(old))
    assert leaves(index, min(size, index + 300)) == list(read.leaves(index, min(size, index + 300)))


BIG = written(TileReader(no_log, 0), leaves(0, 70_000))


def partial(files, path):
    """A file that is not full, cut from the full one or from the one that is fuller."""
    full, _, width = path.partition(".p/")
    if path in files or not width:
        return files[path]
    found = next(files[each] for each in files if each == full or each.startswith(full + ".p/"))
    if "entries" not in path:
        return found[: 32 * int(width)]
    at = 0
    for _ in range(int(width)):
        at += 2 + int.from_bytes(found[at : at + 2])
    return found[:at]


def test_an_empty_log_has_no_files_and_the_empty_root():
    assert {} == written(TileReader(no_log, 0), [])
    assert EMPTY == TileReader(no_log, 0).root()
    assert [] == list(TileReader(no_log, 0).leaves())
    with pytest.raises(KeyError, match="tile/0"):
        no_log("tile/0/000")


@pytest.mark.parametrize("size", [3, 256, 300, 65_536])
def test_appending_nothing_writes_nothing(size):
    assert {} == written(TileReader(lambda path: partial(BIG, path), size), [])


def test_full_files_come_before_the_log_ends():
    taken = []

    def slowly():
        for number in range(600):
            taken.append(number)
            yield b"leaf"

    path, _ = next(appended(TileReader(no_log, 0), slowly()))

    assert ("tile/entries/000", 256) == (path, len(taken))


@pytest.mark.parametrize("problem", [KeyError("gone"), OSError("gone"), RemoteError("remote_missing", "Gone.")])
def test_a_reader_takes_the_full_file_where_the_other_was_removed(problem):
    files = log_of(256)

    def fetch(path):
        if ".p/" in path and "tile/1" not in path:
            raise problem
        return files[path]

    assert log_of(100)["tile/0/000.p/100"] == b"".join(TileReader(fetch, 100).partial(0))
    assert leaves(0, 100) == list(TileReader(fetch, 100).leaves())
    assert reader(log_of(100), 100).root() == TileReader(fetch, 100).root()


def test_a_missing_full_file_is_not_looked_for_elsewhere():
    asked = []

    def fetch(path):
        asked.append(path)
        raise KeyError(path)

    with pytest.raises(KeyError):
        TileReader(fetch, 256).root()
    assert ["tile/1/000.p/1", "tile/1/000"] == asked


def _damaged(path, change):
    files = log_of(300)
    files[path] = change(files[path])
    return reader(files, 300)


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d[:-32], lambda d: d + b"\0", lambda _: b""])
def test_a_tile_of_wrong_length_is_refused(change):
    with pytest.raises(TrustError, match=r"The file tile/0/001\.p/44 of the log") as refused:
        _damaged("tile/0/001.p/44", change).root()
    assert "tile_unreadable" == refused.value.code


@pytest.mark.parametrize(
    "change",
    [lambda d: d[:-1], lambda d: d[: -2 - len("leaf 299")], lambda d: d + b"\0", lambda d: b"\xff" + d, lambda _: b""],
)
def test_a_bundle_of_wrong_form_is_refused(change):
    with pytest.raises(TrustError, match=r"The file tile/entries/001\.p/44 of the log") as refused:
        list(_damaged("tile/entries/001.p/44", change).leaves())
    assert "tile_unreadable" == refused.value.code
    assert "tell its authorities" in refused.value.hint


def test_a_full_bundle_with_too_many_leaves_is_refused():
    with pytest.raises(TrustError, match=r"tile/entries/000 of"):
        list(_damaged("tile/entries/000", lambda data: data + b"\0\0").leaves())


def test_a_reader_keeps_tiles_it_needs_again():
    files, asked = log_of(1000), []

    def fetch(path):
        asked.append(path)
        return files[path]

    read = TileReader(fetch, 1000)
    read.prove_inclusion(5)
    before = len(asked)
    read.prove_inclusion(6)

    assert before == len(asked) == len(set(asked))


def test_leaves_of_a_range_are_read_from_their_bundles_only():
    files, asked = log_of(1000), []

    def fetch(path):
        asked.append(path)
        return files[path]

    assert leaves(255, 513) == list(TileReader(fetch, 1000).leaves(255, 513))
    assert ["tile/entries/000", "tile/entries/001", "tile/entries/002"] == asked
    assert leaves(998, 1000) == list(TileReader(fetch, 1000).leaves(998))

"""Every damaged, missing, exchanged or endless file of a list is refused and changes nothing."""

import pytest
from signed_lists import PublishedList, entry
from tuf.api.metadata import Metadata, Root

from kindward.banks.signed import client
from kindward.errors import TrustError

# Files


def test_a_gap_in_the_history_is_refused(published, following):
    published.add(entry("d"))
    published.release(base=False)
    published.add(entry("e"))
    missing = next(name for name in published.files if name.startswith("list/3-"))
    del published.files[missing]
    published.release(base=False)

    assert "list_incomplete" == following.refused()


def test_a_file_that_tells_of_other_sizes_than_its_name_is_refused(published, following):
    published.add(entry("d"))
    published.add(entry("e"))
    published.first = 9
    size = len(published.leaves)
    published.rows, rows = published.rows[:], published.rows
    published.tell(9, size)
    data = published.files.pop(f"list/9-{size}.kwc")
    published.files[f"list/3-{size}.kwc"] = data
    published.rows = rows
    published.first = size
    published.begun = 8
    published.release(base=False)

    assert following.refused() in {"chunk_gap", "list_mixed"}


def test_a_file_that_is_not_there_is_named(published, following):
    published.add(entry("d"))
    published.release()
    for file in published.folder.glob("targets/list/*.kwc"):
        file.unlink()

    assert "list_file_missing" == following.refused()


@pytest.mark.parametrize("path", ["metadata/timestamp.json", "metadata/1.snapshot.json", "log/checkpoint"])
def test_a_missing_file_is_named(published, subscriber, path):
    (published.folder / path).unlink()
    with pytest.raises(TrustError) as refused:
        subscriber.update()

    assert "list_file_missing" == refused.value.code
    assert path.endswith(refused.value.facts["what"])


def test_data_without_end_are_not_read(subscriber):
    right = subscriber.fetch

    def endless(path, most):
        if subscriber.endless not in path:
            yield from right(path, most)
            return
        while True:
            subscriber.read += 1
            yield bytes(1000)

    subscriber.fetch = endless
    for subscriber.endless in (
        "timestamp.json",
        "snapshot.json",
        "1.targets",
        "authorities",
        "release",
        ".kwc",
        "log/",
    ):
        subscriber.read = 0
        assert "list_too_large" == subscriber.refused()
        assert 20_000 > subscriber.read


def test_a_file_that_says_it_is_endless_is_not_begun(published, subscriber):
    published.sign(length=client.MOST_FILE + 1)

    assert "list_too_large" == subscriber.refused()
    assert not any(path.endswith(".kwc") for path in subscriber.fetched)


def test_a_file_that_is_longer_than_signed_is_not_read_to_its_end(published, subscriber):
    published.sign(length=50)

    assert "list_too_large" == subscriber.refused()


def names_of_files(tmp_path):
    published = PublishedList(tmp_path)
    published.add(*map(entry, "abc"))
    published.release()
    return sorted(
        str(file.relative_to(tmp_path)).replace(file.name.partition(".")[0], "*", 1)
        if "targets/" in str(file)
        else str(file.relative_to(tmp_path))
        for file in tmp_path.rglob("*")
        if file.is_file() and "root.json" not in file.name and "tile/0" not in str(file)
    )


FILES = [
    "log/checkpoint",
    "log/tile/entries/000.p/8",
    "metadata/1.authorities.json",
    "metadata/1.snapshot.json",
    "metadata/1.targets.json",
    "metadata/timestamp.json",
    "targets/list/*.0-3.kwc",
    "targets/list/*.release.json",
]
DAMAGED = {
    "list_damaged",
    "list_mixed",
    "list_too_few_signatures",
    "list_file_missing",
    "list_expired",
    "tile_unreadable",
    "leaf_unreadable",
    "note_unreadable",
    "note_signature_wrong",
    "checkpoint_unsigned",
    "checkpoint_unreadable",
    "checkpoint_unwitnessed",
    "statement_forged",
}


def test_these_are_the_files_of_a_list(tmp_path):
    assert FILES == names_of_files(tmp_path)


@pytest.mark.parametrize("place", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_in_any_file_is_noticed(published, subscriber, name, place):
    (file,) = published.folder.glob(name)
    data = bytearray(file.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    file.write_bytes(data)

    try:
        code = subscriber.refused()
    except pytest.fail.Exception:
        # Bits that nobody reads, such as spaces in metadata or leaves that the files tell as well, say nothing.
        assert [entry(name).value for name in "abc"] == [item.entries[0].value for item in subscriber.entries.values()]
        assert not name.startswith("targets/")
    else:
        assert code in DAMAGED


def test_a_flipped_bit_in_a_new_root_is_noticed(published, following):
    data = bytearray(published.rotate())
    data[data.index(b'"version"') + 12] ^= 1
    (published.folder / "metadata" / "2.root.json").write_bytes(data)

    assert following.refused() in {"list_root_not_following", "list_damaged"}


def test_a_root_that_is_none_is_refused(subscriber, published):
    for root in (b"", b"{}", published.folder.joinpath("metadata", "timestamp.json").read_bytes()):
        subscriber.root = root
        assert "list_root_unusable" == subscriber.refused()


def test_a_root_that_its_holders_did_not_sign_is_refused(subscriber, published):
    metadata = Metadata[Root].from_bytes(published.root)
    metadata.signatures.clear()
    subscriber.root = metadata.to_bytes()

    assert "list_root_unusable" == subscriber.refused()

"""The index file: reproducible, written whole or not at all, and harmless when damaged."""

import os
import random
import struct
import subprocess
import sys

import numpy as np
import pytest

from kindward.errors import TrustError
from kindward.kernel.index import LAYOUTS, Index, build, machines

PAGE = 4096


def hashes_of(count, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "list.kwi"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_set_gives_the_same_file_whatever_its_order(tmp_path, layout):
    hashes = hashes_of(3000)
    mixed = np.random.default_rng(2).permutation(np.concatenate([hashes, hashes[:500]]))

    assert 3000 == build(tmp_path / "one", hashes, layout=layout)
    assert 3000 == build(tmp_path / "other", mixed, layout=layout)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_view_that_is_not_contiguous_is_built_as_it_reads(tmp_path):
    hashes = hashes_of(400)

    build(tmp_path / "one", hashes[::2])
    build(tmp_path / "other", hashes[::2].copy())

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_long_common_beginnings_are_sorted_to_the_last_byte(file):
    hashes = np.zeros((60_000, 32), dtype=np.uint8)
    hashes[:, 31] = np.arange(60_000) % 251
    hashes[:, 17] = np.arange(60_000) // 251

    build(file, hashes[::-1])

    index = Index.open(file)
    assert sorted(map(bytes, hashes)) == [index.hash(slot) for slot in range(60_000)]


def test_ten_million_entries_would_take_at_most_132_bytes_each(file):
    count = 100_000
    build(file, hashes_of(count), layout="runs")

    tables = 16 * (65536 + 1) * 4
    assert file.stat().st_size - tables <= 128 * count + 20 * PAGE
    assert 132 > 128 + tables / 10_000_000


def test_progress_runs_from_nothing_to_all(file):
    seen = []

    build(file, hashes_of(600), progress=seen.append)

    assert sorted(seen) == seen
    assert (0.0, 1.0) == (seen[0], seen[-1])


def test_a_failing_progress_leaves_the_old_file_and_nothing_else(file):
    build(file, hashes_of(10))
    before = file.read_bytes()

    def fail(done):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        build(file, hashes_of(600), progress=fail)

    assert before == file.read_bytes()
    assert [file.name] == [each.name for each in file.parent.iterdir()]


def test_a_full_disk_is_an_os_error_and_leaves_nothing(file):
    script = (
        "import resource, signal, sys, numpy, errno\n"
        "from kindward.kernel.index import build\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try:\n"
        "    build(sys.argv[1], numpy.random.default_rng(1).integers(0, 256, (9000, 32), dtype=numpy.uint8))\n"
        "except OSError as error:\n"
        "    print(errno.errorcode[error.errno])\n"
    )

    done = subprocess.run([sys.executable, "-c", script, file], capture_output=True, text=True, check=True)

    assert "EFBIG" == done.stdout.strip()
    assert [] == list(file.parent.iterdir())


def test_a_folder_that_is_missing_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        build(tmp_path / "nowhere" / "list.kwi", hashes_of(3))
    with pytest.raises(FileNotFoundError):
        Index.open(tmp_path / "list.kwi")


def test_a_replaced_file_serves_old_readers_until_they_reopen(file):
    build(file, hashes_of(100, seed=1))
    reader = Index.open(file)
    old = reader.hash(0)

    build(file, hashes_of(200, seed=2))

    assert [(0, 0)] == reader.search(old)
    assert 200 == len(Index.open(file))
    assert Index.open(file).slot_of(old) is None


def test_other_processes_read_the_same_file(file):
    hashes = hashes_of(5000)
    build(file, hashes)
    script = (
        "import sys\n"
        "from kindward.kernel.index import Index\n"
        "print(Index.open(sys.argv[1]).search(bytes.fromhex(sys.argv[2])))"
    )

    done = [
        subprocess.run(
            [sys.executable, "-c", script, file, bytes(hashes[7]).hex()], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    slot = Index.open(file).slot_of(bytes(hashes[7]))
    assert [f"[(0, {slot})]\n"] * 2 == done


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "index_foreign"),
        (b"KW", "index_foreign"),
        (b"not an index at all" * 500, "index_foreign"),
        (b"KWINDEX\n" + struct.pack("<I", 99) + bytes(5000), "index_version"),
        (b"KWINDEX\n" + struct.pack("<I", 1) + bytes(5000), "index_damaged"),
        (b"KWINDEX\n" + struct.pack("<I", 1), "index_damaged"),
    ],
)
def test_what_is_no_index_is_refused_with_a_reason(file, content, code):
    file.write_bytes(content)

    with pytest.raises(TrustError) as refused:
        Index.open(file)

    assert code == refused.value.code
    assert str(file) in refused.value.sentence
    assert refused.value.hint


def test_a_directory_is_no_index(tmp_path):
    with pytest.raises(OSError, match=r".") as refused:
        Index.open(tmp_path)

    assert not isinstance(refused.value, FileNotFoundError)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_truncation_is_noticed_at_opening(file, layout):
    build(file, hashes_of(600), layout=layout)
    whole = file.stat().st_size
    sizes = {0, 11, 12, PAGE - 1, PAGE, PAGE + 1, whole // 2, whole - PAGE, whole - 1, whole + 1, whole + PAGE}

    for size in sorted(sizes, reverse=True):
        os.truncate(file, size)
        with pytest.raises(TrustError):
            Index.open(file)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_verifying_notices_a_flipped_bit_in_any_section(file, layout):
    build(file, hashes_of(700), layout=layout)
    good = file.read_bytes()
    header = struct.unpack_from("<8sIIQQII18Q", good)
    sections = [header[7 + 3 * number : 9 + 3 * number] for number in range(6)]
    rng = random.Random(1)

    for offset, size in sections:
        if size == 0:
            continue
        for at in (offset, offset + size - 1, offset + rng.randrange(size)):
            with file.open("r+b") as raw:
                raw.seek(at)
                raw.write(bytes([good[at] ^ 1 << rng.randrange(8)]))
            with pytest.raises(TrustError) as refused:
                Index.open(file, verify=True)
            assert "index_damaged" == refused.value.code
            with file.open("r+b") as raw:
                raw.seek(at)
                raw.write(good[at : at + 1])
    assert 700 == len(Index.open(file, verify=True))


def _mutate(good, rng):
    """Change a file as a bad disk or a bad person would."""
    bad = bytearray(good)
    for _ in range(rng.choice([1, 3, 50, 2000])):
        at = rng.randrange(len(bad) - 8) if rng.random() < 0.8 else rng.randrange(PAGE)
        bad[at : at + 4] = rng.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", rng.randbytes(4), b"\x3f\0\0\x80"])
    if rng.random() < 0.2:
        del bad[rng.randrange(len(bad)) :]
    return bytes(bad)


@pytest.mark.parametrize("rounds", [60, pytest.param(2000, marks=pytest.mark.long)])
@pytest.mark.parametrize("layout", ["plain", "octets", "runs"])
def test_a_hostile_file_gives_a_clean_error_or_an_answer(tmp_path, layout, rounds):
    rng = random.Random(rounds)
    hashes = hashes_of(1200)
    build(tmp_path / "good", hashes, layout=layout)
    good = (tmp_path / "good").read_bytes()
    survived = refused = 0

    for number in range(rounds):
        path = tmp_path / f"bad{number}"
        path.write_bytes(_mutate(good, rng))
        try:
            index = Index.open(path, machine=rng.choice(machines()))
        except TrustError:
            refused += 1
        else:
            survived += 1
            for query in hashes[:20]:
                assert all(0 <= slot < 1200 for _, slot in index.search(bytes(query), rng.choice([31, 9, 40])))
            index.search_many(hashes[:900])
            index.slot_of(bytes(hashes[0]))
        path.unlink()

    assert rounds == survived + refused
    assert survived
    assert refused

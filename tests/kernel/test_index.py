"""The index equals a comparison with every entry: in every layout, on every machine path, for every radius."""

import itertools

import numpy as np
import pytest

from kindward.kernel import index, reference
from kindward.kernel.index import LAYOUTS, MACHINES, Index, build, machines, scan
from kindward.kernel.reference.index import search as oracle

HASH = bytes(range(32))


def uniform(count, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def flipped(value, bits, seed=2):
    """Change exactly so many bits."""
    pattern = np.zeros(256, dtype=np.uint8)
    pattern[np.random.default_rng(seed).choice(256, bits, replace=False)] = 1
    return bytes(np.frombuffer(value, dtype=np.uint8) ^ np.packbits(pattern))


def rows(values):
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, 32)


def clustered(count, seed=3):
    """Hashes around few centres, as crops and recompressions of the same photographs are."""
    rng = np.random.default_rng(seed)
    bits = np.zeros((count, 256), dtype=np.uint8)
    bits[np.arange(count)[:, None], rng.integers(0, 256, (count, 30))] = rng.integers(0, 2, (count, 30))
    return np.packbits(bits, axis=1) ^ uniform(8, seed)[rng.integers(0, 8, count)]


def crowded(count, seed=4):
    """Hashes that agree in all but three bytes, so that one bucket of most bands holds all of them."""
    hashes = np.repeat(uniform(1, seed), count, axis=0)
    hashes[:, [5, 20, 31]] = np.random.default_rng(seed).integers(0, 256, (count, 3), dtype=np.uint8)
    return hashes


KINDS = {"uniform": uniform, "clustered": clustered, "crowded": crowded}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "list.kwi"


@pytest.fixture(params=MACHINES)
def machine(request):
    if request.param not in machines():
        pytest.skip(f"this processor lacks the {request.param} path")
    return request.param


def per_query(answers):
    offsets, distances, slots = answers
    pairs = list(zip(distances.tolist(), slots.tolist(), strict=True))
    return [pairs[begin:end] for begin, end in itertools.pairwise(offsets.tolist())]


def opened(file, hashes, **options):
    build(file, hashes, layout=options.pop("layout", None))
    return Index.open(file, **options)


@pytest.mark.parametrize("copies", [1, 2, 4, 8])
def test_d1_a_list_with_exactly_one_hash_still_matches_after_saving_and_opening(file, copies):
    found = opened(file, rows([HASH] * copies), verify=True)

    assert 1 == len(found)
    assert [(0, 0)] == found.search(HASH)
    assert [(31, 0)] == found.search(flipped(HASH, 31))
    assert [] == found.search(flipped(HASH, 32))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_d1_one_entry_matches_in_every_layout(file, layout, machine):
    found = opened(file, rows([HASH]), layout=layout, machine=machine)

    assert [(7, 0)] == found.search(flipped(HASH, 7))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_empty_list_matches_nothing(file, layout, machine):
    found = opened(file, uniform(0), layout=layout, machine=machine)

    assert 0 == len(found)
    assert [] == found.search(HASH)
    assert [] == found.search(HASH, radius=256)
    assert found.nearest(HASH) is None
    assert found.slot_of(HASH) is None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_d14_the_best_match_comes_first_and_ties_by_slot(file, layout):
    near = [flipped(HASH, bits, seed) for seed, bits in enumerate((16, 3, 16, 9, 0, 31))]
    found = opened(file, rows([*near, *map(bytes, uniform(500))]), layout=layout)

    answer = found.search(HASH)

    assert [0, 3, 9, 16, 16, 31] == [distance for distance, _ in answer]
    assert sorted(answer) == answer
    assert answer[:2] == found.search(HASH, limit=2)
    assert answer[0] == found.nearest(HASH)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_index_equals_the_plain_scan_for_every_radius(file, layout, kind, machine):
    hashes = np.unique(KINDS[kind](2000), axis=0)
    found = opened(file, hashes, layout=layout, machine=machine)
    queries = [flipped(bytes(hashes[bits * 31]), bits) for bits in (0, 1, 15, 16, 17, 30, 31, 32, 40)]
    queries.append(bytes(uniform(1, seed=9)[0]))

    for query in queries:
        for radius in (*range(41), 128, 256):
            expected = oracle(hashes, query, radius, 50)
            assert expected == found.search(query, radius, 50)
            assert expected == scan(hashes, query, radius, 50, machine=machine)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", ["lines", "runs"])
def test_batches_equal_single_queries(file, layout, kind, machine):
    hashes = KINDS[kind](5000)
    found = opened(file, hashes, layout=layout, machine=machine)
    rng = np.random.default_rng(5)
    queries = hashes[rng.integers(0, len(hashes), 1800)] ^ (1 << rng.integers(0, 9, (1800, 32))).astype(np.uint8)
    queries[::2] = uniform(900, seed=6)
    queries[::5] = hashes[:360]

    for radius in (31, 20, 8):
        expected = [found.search(bytes(query), radius, 20) for query in queries]
        assert expected == per_query(found.search_many(queries, radius, 20))


def test_a_batch_of_bytes_gives_arrays_of_fixed_types(file):
    found = opened(file, uniform(100))

    offsets, distances, slots = found.search_many(bytes(uniform(100)[:2].tobytes()) + HASH)

    assert [0, 1, 2, 2] == offsets.tolist()
    assert [0, 0] == distances.tolist()
    assert [bytes(uniform(100)[0]), bytes(uniform(100)[1])] == [found.hash(int(slot)) for slot in slots]
    assert (np.int64, np.uint16, np.uint32) == (offsets.dtype, distances.dtype, slots.dtype)
    assert [[0], [], []] == [part.tolist() for part in found.search_many(b"")]


@pytest.mark.parametrize("layout", ["octets", "lines", "runs"])
def test_buckets_with_more_than_65535_entries_are_searched_whole(file, layout, machine):
    hashes = np.unique(crowded(80_000), axis=0)
    found = opened(file, hashes, layout=layout, machine=machine)
    query = flipped(bytes(hashes[4711]), 14)

    assert 65_535 < len(hashes)
    assert oracle(hashes, query, 31, 100_000) == found.search(query, 31, 100_000)
    assert oracle(hashes, query, 14, 3) == found.search(query, 14, 3)


def test_a_crowded_neighbourhood_in_a_batch_is_compared_whole(file, machine):
    hashes = np.unique(np.concatenate([crowded(30_000), uniform(2000)]), axis=0)
    found = opened(file, hashes, layout="runs", machine=machine)
    queries = np.concatenate([uniform(2000, seed=8), crowded(3), uniform(3)])

    expected = [oracle(hashes, bytes(query), 31, 7) for query in queries[2000:]]

    assert expected == per_query(found.search_many(queries, 31, 7))[2000:]


@pytest.mark.parametrize(
    ("count", "layout"),
    [(699, "plain"), (700, "octets"), (99_999, "octets"), (100_000, "lines"), (1_500_000, "runs")],
)
def test_the_number_of_entries_decides_the_layout(file, count, layout):
    hashes = uniform(count)
    found = opened(file, hashes)

    assert layout == found.layout
    query = flipped(bytes(hashes[count // 2]), 31)
    assert scan(hashes, query, 31) == [(31, count // 2)]
    assert [(31, bytes(hashes[count // 2]))] == [(bits, found.hash(slot)) for bits, slot in found.search(query)]


@pytest.mark.long
def test_a_million_and_a_half_entries_equal_the_plain_scan(file, machine):
    hashes = np.unique(np.concatenate([uniform(1_500_000), clustered(200_000)]), axis=0)
    found = opened(file, hashes, machine=machine)
    rng = np.random.default_rng(7)
    queries = [flipped(bytes(hashes[slot]), slot % 37, slot) for slot in rng.integers(0, len(hashes), 800).tolist()]

    expected = [scan(hashes, query, 31, 100) for query in queries]

    assert "runs" == found.layout
    assert expected == [found.search(query, 31, 100) for query in queries]
    assert expected == per_query(found.search_many(b"".join(queries), 31, 100))


def test_the_oracle_counts_bits_as_python_does():
    hashes = uniform(50)

    distances = reference.index.distances(hashes, HASH)

    expected = [(int.from_bytes(HASH) ^ int.from_bytes(bytes(row))).bit_count() for row in hashes]
    assert expected == distances.tolist()


def test_slots_are_ranks_in_bytewise_order(file):
    hashes = uniform(700)
    found = opened(file, hashes)

    ordered = sorted(map(bytes, hashes))

    assert ordered == [found.hash(slot) for slot in range(700)]
    assert list(range(700)) == [found.slot_of(value) for value in ordered]


def test_every_machine_path_is_tested_or_named_as_missing():
    missing = [name for name in MACHINES if name not in machines()]
    print(f"machine paths not tested here: {len(missing)} {missing}")

    assert "portable" == machines()[0]
    assert [name for name in MACHINES if name not in missing] == list(machines())


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda found: found.search(HASH[:31]), "32 bytes"),
        (lambda found: found.search(HASH, radius=257), "radius"),
        (lambda found: found.search(HASH, radius=-1), "radius"),
        (lambda found: found.search(HASH, limit=-1), "limit"),
        (lambda found: found.search_many(HASH + b"x"), "multiple of 32"),
        (lambda found: found.add(b""), "32 bytes"),
        (lambda found: found.slot_of(HASH * 2), "32 bytes"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(file, call, problem):
    with pytest.raises(ValueError, match=problem):
        call(opened(file, uniform(3)))


def test_views_with_gaps_are_searched_as_they_read(file):
    hashes = np.unique(uniform(600), axis=0)
    found = opened(file, hashes)

    for view in (hashes[::3], hashes[::-1], np.asfortranarray(hashes), hashes[5:6], hashes[:0]):
        expected = [found.slot_of(bytes(value)) for value in view]
        assert expected == found.search_many(view)[2].tolist()


def test_arrays_of_another_type_are_not_converted_in_silence(file):
    with pytest.raises(TypeError):
        opened(file, uniform(3)).search_many(uniform(3).astype(np.int64))
    with pytest.raises(ValueError, match="shape"):
        build(file, uniform(3).astype(np.int64))
    with pytest.raises(ValueError, match="shape"):
        build(file, uniform(3)[:, :31])


def test_a_limit_of_nothing_gives_nothing(file):
    assert [] == opened(file, rows([HASH])).search(HASH, limit=0)


def test_unknown_machines_and_layouts_are_refused(file):
    with pytest.raises(ValueError, match="unknown layout"):
        build(file, uniform(3), layout="tree")
    build(file, uniform(3))
    with pytest.raises(ValueError, match="unknown machine"):
        Index.open(file, machine="abacus")


def test_every_public_name_says_what_it_does():
    public = [name for name in dir(Index) if not name.startswith("_")]

    assert [] == [name for name in public if not (getattr(Index, name).__doc__ or "").strip()]
    assert "Exact" in (Index.search.__doc__ or "")
    assert index.__doc__

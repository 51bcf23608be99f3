"""Whatever the list, the query and the order of changes: the index finds what the plain scan finds."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kindward.kernel.index import MACHINES, Index, build, machines, scan
from kindward.kernel.reference.index import search as oracle

PATHS = [
    pytest.param(name, marks=pytest.mark.skipif(name not in machines(), reason=f"this processor lacks the {name} path"))
    for name in MACHINES
]
CENTRES = tuple(bytes(row) for row in np.random.default_rng(11).integers(0, 256, (3, 32), dtype=np.uint8))


def _flip(value, bits):
    number = int.from_bytes(value)
    for bit in bits:
        number ^= 1 << bit
    return number.to_bytes(32)


# Differences are drawn within one byte, within one band of 16 bits or anywhere: neighbours, crowds and strangers.
places = st.one_of(st.integers(0, 7), st.integers(96, 111), st.integers(0, 255))
values = st.one_of(
    st.builds(_flip, st.sampled_from(CENTRES), st.frozensets(places, max_size=36)),
    st.binary(min_size=32, max_size=32),
)
radii = st.one_of(st.just(31), st.integers(0, 40), st.integers(0, 256))


def rows(hashes):
    return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("index")


cases = st.tuples(st.lists(values, max_size=80), st.lists(values, min_size=1, max_size=6), radii, st.integers(0, 90))
batches = st.tuples(st.lists(values, max_size=200), st.lists(values, min_size=1, max_size=30), st.integers(0, 31))


def equals_the_plain_scan(file, layout, machine, case):
    hashes, queries, radius, limit = case
    count = build(file, rows(hashes), layout=layout)
    ordered = sorted(set(hashes))

    with Index.open(file, machine=machine) as index:
        assert len(ordered) == count == len(index)
        for query in queries:
            expected = oracle(rows(ordered), query, radius, limit)
            assert expected == index.search(query, radius, limit)
            assert expected == scan(rows(ordered), query, radius, limit, machine=machine)
            assert expected[:1] == [each for each in (index.nearest(query, radius),) if each and limit]


def batch_equals_its_queries(file, layout, machine, case):
    hashes, queries, radius = case
    build(file, rows(hashes), layout=layout)
    many = (queries * 1600)[:1600]

    with Index.open(file, machine=machine) as index:
        offsets, distances, slots = index.search_many(rows(many), radius, 40)
        pairs = list(zip(distances.tolist(), slots.tolist(), strict=True))
        for number in {0, 1, len(queries) - 1, 799, 1599}:
            found = pairs[offsets[number] : offsets[number + 1]]
            assert oracle(rows(sorted(set(hashes))), many[number], radius, 40) == found


@pytest.mark.parametrize("machine", PATHS)
@pytest.mark.parametrize("layout", ["plain", "octets", "runs"])
@settings(max_examples=60, deadline=None)
@given(cases)
def test_the_index_equals_the_plain_scan(folder, layout, machine, case):
    equals_the_plain_scan(folder / "list.kwi", layout, machine, case)


# A file of lines has 64 MiB whatever its size, so there are fewer examples of them.
@pytest.mark.parametrize("machine", PATHS)
@settings(max_examples=8, deadline=None)
@given(cases)
def test_lines_equal_the_plain_scan(folder, machine, case):
    equals_the_plain_scan(folder / "list.kwi", "lines", machine, case)


@pytest.mark.parametrize("machine", PATHS)
@settings(max_examples=20, deadline=None)
@given(batches)
def test_a_batch_equals_its_queries(folder, machine, case):
    batch_equals_its_queries(folder / "list.kwi", "runs", machine, case)


@pytest.mark.parametrize("machine", PATHS)
@settings(max_examples=5, deadline=None)
@given(batches)
def test_a_batch_on_lines_equals_its_queries(folder, machine, case):
    batch_equals_its_queries(folder / "list.kwi", "lines", machine, case)


class IndexMachine(RuleBasedStateMachine):
    """Build, add, withdraw, restore and merge in any order; a list and a set are the model."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kindward-index-"))
        self.index = None

    def teardown(self):
        if self.index is not None:
            self.index.close()
        shutil.rmtree(self.folder)

    def _open(self, hashes, layout):
        build(self.folder / "list.kwi", rows(hashes), layout=layout)
        self.index = Index.open(self.folder / "list.kwi", verify=True)
        self.slots = sorted(set(hashes))
        self.withdrawn = set()

    @initialize(hashes=st.lists(values, max_size=40), layout=st.sampled_from(["plain", "octets", "runs"]))
    def begin(self, hashes, layout):
        self._open(hashes, layout)

    @rule(value=values)
    def add(self, value):
        if value not in self.slots:
            self.slots.append(value)
        slot = self.slots.index(value)
        assert slot == self.index.add(value)
        self.withdrawn.discard(slot)

    @rule(value=values, count=st.integers(100, 200))
    def add_a_crowd(self, value, count):
        for number in range(count):
            self.add(value[:13] + bytes([number]) + value[14:])

    @rule(data=st.data())
    def withdraw(self, data):
        if self.slots:
            slot = data.draw(st.integers(0, len(self.slots) - 1))
            self.index.withdraw(slot)
            self.withdrawn.add(slot)

    @rule(data=st.data())
    def restore(self, data):
        if self.slots:
            slot = data.draw(st.integers(0, len(self.slots) - 1))
            self.index.restore(slot)
            self.withdrawn.discard(slot)

    @rule(layout=st.sampled_from(["plain", "octets", "runs"]))
    def merge_and_reopen(self, layout):
        living = [value for slot, value in enumerate(self.slots) if slot not in self.withdrawn]
        self.index.close()
        self._open(living, layout)

    @rule(query=values, radius=radii, limit=st.sampled_from([1, 7, 1000]))
    def search(self, query, radius, limit):
        expected = oracle(rows(self.slots), query, radius, limit, withdrawn=frozenset(self.withdrawn))
        assert expected == self.index.search(query, radius, limit)
        assert expected == list(
            zip(*(part.tolist() for part in self.index.search_many(query, radius, limit)[1:]), strict=True)
        )

    @invariant()
    def sizes_agree(self):
        if self.index is not None:
            assert len(self.slots) - len(self.withdrawn) == len(self.index)
            assert len(self.slots) == self.index.size_base + self.index.size_delta


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)

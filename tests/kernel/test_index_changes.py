"""Additions and withdrawals count from the next query on, from any thread, and closing disturbs nobody."""

import gc
import threading
import time

import numpy as np
import pytest

from kindward.kernel.index import Index, build
from kindward.kernel.reference.index import search as oracle

HASHES = np.unique(np.random.default_rng(1).integers(0, 256, (3000, 32), dtype=np.uint8), axis=0)
BASE, LATER = HASHES[::2], [bytes(value) for value in HASHES[1::2]]


@pytest.fixture
def index(tmp_path):
    build(tmp_path / "list.kwi", BASE)
    with Index.open(tmp_path / "list.kwi") as opened:
        yield opened


def test_an_added_hash_is_found_by_the_next_query(index):
    for number, value in enumerate(LATER):
        assert index.slot_of(value) is None
        assert len(BASE) + number == index.add(value)
        assert [(0, len(BASE) + number)] == index.search(value)
        assert value == index.hash(len(BASE) + number)
    assert (len(BASE), len(LATER), len(HASHES)) == (index.size_base, index.size_delta, len(index))


def test_adding_a_known_hash_gives_its_slot(index):
    slot = index.add(LATER[0])

    assert slot == index.add(LATER[0])
    assert 17 == index.add(bytes(BASE[17]))
    assert 1 == index.size_delta


@pytest.mark.parametrize("value", [bytes(BASE[40]), LATER[3]])
def test_a_withdrawn_entry_is_not_found_until_it_is_restored_or_added(index, value):
    slot = index.add(value)
    size = len(index)

    index.withdraw(slot)
    index.withdraw(slot)
    assert ([], size - 1, True) == (index.search(value), len(index), index.is_withdrawn(slot))
    assert [] == index.search(value, radius=60)
    assert slot == index.slot_of(value)

    index.restore(slot)
    index.restore(slot)
    assert ([(0, slot)], size, False) == (index.search(value), len(index), index.is_withdrawn(slot))

    index.withdraw(slot)
    assert slot == index.add(value)
    assert [(0, slot)] == index.search(value)


def test_a_withdrawn_best_match_gives_way_to_the_next(index):
    near = bytes([LATER[0][0] ^ 1, *LATER[0][1:]])
    first, second = index.add(LATER[0]), index.add(near)

    index.withdraw(first)

    assert (1, second) == index.nearest(LATER[0])


def test_slots_that_do_not_exist_are_an_index_error(index):
    for call in (index.withdraw, index.restore, index.hash, index.is_withdrawn):
        with pytest.raises(IndexError):
            call(len(BASE))
        with pytest.raises(TypeError):
            call(-1)


@pytest.mark.parametrize("count", [5, 128, 129, 1023, 1024, 1025, 1500])
def test_a_delta_of_any_size_equals_the_plain_scan(index, count):
    for value in LATER[:count]:
        index.add(value)
    everything = np.concatenate([BASE, HASHES[1::2][:count]])
    gone = frozenset(range(0, len(everything), 5))
    for slot in gone:
        index.withdraw(slot)
    queries = [bytes(value ^ np.uint8(3 << bits % 6)) for bits, value in enumerate(everything[::70])]

    for query in queries:
        for radius in (31, 64, 16, 9, 120):
            assert oracle(everything, query, radius, withdrawn=gone) == index.search(query, radius)
    offsets, distances, slots = index.search_many(b"".join(queries * 30), 80)
    for number, query in enumerate(queries):
        part = slice(offsets[number], offsets[number + 1])
        answer = list(zip(distances[part].tolist(), slots[part].tolist(), strict=True))
        assert oracle(everything, query, 80, withdrawn=gone) == answer


def test_a_crowd_of_near_duplicates_is_found_whole(index):
    crowd = np.repeat(HASHES[1:2], 4000, axis=0)
    crowd[:, 9] = np.arange(4000) % 256
    crowd[:, 30] = np.arange(4000) // 256
    for value in crowd:
        index.add(bytes(value))
    everything = np.concatenate([BASE, crowd])

    assert oracle(everything, bytes(crowd[77]), 31, 9999) == index.search(bytes(crowd[77]), 31, 9999)
    assert oracle(everything, bytes(crowd[77]), 31, 5) == index.search(bytes(crowd[77]), 31, 5)


def test_withdrawals_reach_batches_that_walk_the_file(tmp_path):
    build(tmp_path / "list.kwi", BASE, layout="runs")
    index = Index.open(tmp_path / "list.kwi")
    for slot in range(0, len(BASE), 2):
        index.withdraw(slot)

    offsets, _, slots = index.search_many(np.ascontiguousarray(BASE))

    assert len(BASE) // 2 == offsets[-1]
    assert list(range(1, len(BASE), 2)) == slots.tolist()


def test_reopening_forgets_what_was_added_and_withdrawn(tmp_path):
    build(tmp_path / "list.kwi", BASE)
    with Index.open(tmp_path / "list.kwi") as index:
        index.add(LATER[0])
        index.withdraw(0)

    again = Index.open(tmp_path / "list.kwi")

    assert (len(BASE), 0) == (len(again), again.size_delta)
    assert [(0, 0)] == again.search(bytes(BASE[0]))


def test_readers_see_every_finished_addition_while_others_go_on(index):
    finished: list[bytes] = []
    wrong: list[bytes] = []
    done = threading.Event()

    def read():
        while not done.is_set():
            for value in finished[-50:]:
                slot = index.slot_of(value)
                if [(0, slot)] != index.search(value, 3):
                    wrong.append(value)
            index.search_many(BASE[:700])

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for value in LATER * 3:
        slot = index.add(value)
        finished.append(value)
        index.withdraw(0)
        index.restore(0)
        if slot % 100 == 0:
            time.sleep(0.001)
    done.set()
    for reader in readers:
        reader.join()

    assert [] == wrong
    assert len(HASHES) == len(index)


def test_closing_while_others_search_disturbs_nobody(tmp_path):
    build(tmp_path / "list.kwi", np.random.default_rng(3).integers(0, 256, (120_000, 32), dtype=np.uint8))
    index = Index.open(tmp_path / "list.kwi")
    expected = index.search_many(BASE, 70)
    answers: list[bool] = []

    def search():
        found = index.search_many(BASE, 70)
        answers.append(all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True)))

    searches = [threading.Thread(target=search) for _ in range(2)]
    for each in searches:
        each.start()
    time.sleep(0.02)
    index.close()
    for each in searches:
        each.join()

    assert index.closed
    assert [True, True] == answers
    assert expected[0][-1] == len(expected[1])


def test_a_closed_index_says_so(index):
    found = index.search(bytes(BASE[0]))
    index.close()
    index.close()

    assert [(0, 0)] == found
    for call in (lambda: index.search(LATER[0]), lambda: len(index), lambda: index.add(LATER[0]), index.verify):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_a_long_search_lets_other_threads_run(index):
    for value in LATER:
        index.add(value)
    queries = np.tile(HASHES, (20, 1))
    worker = threading.Thread(target=index.search_many, args=(queries, 256, 1))
    turns = 0

    worker.start()
    while worker.is_alive():
        turns += 1
        time.sleep(0)

    assert turns > 10


def test_a_finaliser_that_searches_does_not_disturb_the_search_that_ran_it(index):
    class Searcher:
        def __del__(self):
            index.search(LATER[0], 256, 1000)

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(20):
            circle = Searcher()
            circle.itself = circle
            del circle
            answer = index.search(LATER[1], 256, 1000)
            assert sorted(answer) == answer
            assert 1000 == len({slot for _, slot in answer})
    finally:
        gc.set_threshold(*threshold)

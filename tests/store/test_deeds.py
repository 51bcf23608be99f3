"""The audit log in the database: one chain, whoever writes, with signed ends, and as files for others."""

from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kindward.ledger.conduct import Conduct
from kindward.ledger.deeds import Deed, DeedKind
from kindward.ledger.keys import SigningKey
from kindward.ledger.note import open_checkpoint
from kindward.ledger.tiles import TileReader
from kindward.ledger.tree import Frontier, leaf_hash
from kindward.store import deeds

NOW = 1_790_000_000
KEY = SigningKey.of("audit.example", Ed25519PrivateKey.generate())


def note(store, number, at=NOW):
    with store.write() as connection:
        return deeds.append(connection, Deed(DeedKind.TIGHTENED, at, "kindward", facts={"distance": number}))


def test_leaves_stand_in_the_order_in_which_they_came(store):
    assert [0, 1, 2] == [note(store, number) for number in range(3)]
    with store.read() as connection:
        conduct = Conduct()
        assert [0, 1, 2] == [conduct.take(raw).facts["distance"] for raw in deeds.leaves(connection)]
        assert 3 == deeds.size(connection)


def test_a_clock_that_is_behind_does_not_turn_time_back(store):
    note(store, 0, NOW)
    note(store, 1, NOW - 50)
    with store.read() as connection:
        conduct = Conduct()
        assert [NOW, NOW] == [conduct.take(raw).at for raw in deeds.leaves(connection)]


def _cut_off(store):
    with store.write() as connection:
        deeds.append(connection, Deed(DeedKind.TIGHTENED, NOW, "kindward"))
        raise RuntimeError


def test_what_is_undone_leaves_no_leaf(store):
    note(store, 0)
    with pytest.raises(RuntimeError):
        _cut_off(store)

    assert 1 == note(store, 1)


def test_many_writers_make_one_chain(store):
    threads = [Thread(target=lambda n=n: [note(store, n * 10 + k) for k in range(5)]) for n in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    with store.read() as connection:
        conduct = Conduct()
        assert 30 == len({conduct.take(raw).facts["distance"] for raw in deeds.leaves(connection)})


def test_leaves_are_read_in_pieces(store, monkeypatch):
    monkeypatch.setattr(deeds, "AT_ONCE", 2)
    for number in range(5):
        note(store, number)
    with store.read() as connection:
        assert 5 == len(list(deeds.leaves(connection)))
        assert 2 == len(list(deeds.leaves(connection, 1, 3)))


def test_a_checkpoint_signs_length_and_root(store):
    note(store, 0)
    with store.write() as connection:
        first = deeds.checkpoint(connection, KEY, NOW)
        assert first == deeds.checkpoint(connection, KEY, NOW + 1)
    for number in range(300):
        note(store, number)
    with store.write() as connection:
        told = open_checkpoint(deeds.checkpoint(connection, KEY, NOW).write(), KEY.verifier.text, (), 0)
        tree = Frontier()
        tree.extend(map(leaf_hash, deeds.leaves(connection)))

    assert (301, tree.root()) == (told.size, told.root)


def test_the_log_is_exported_as_files_and_goes_on(store, tmp_path):
    with store.read() as connection:
        assert 0 == deeds.export(connection, tmp_path / "log")
    for size in (3, 300):
        while True:
            with store.read() as connection:
                if deeds.size(connection) >= size:
                    break
            note(store, 1)
        with store.write() as connection:
            deeds.checkpoint(connection, KEY, NOW)
            assert size == deeds.export(connection, tmp_path / "log")
        told = open_checkpoint((tmp_path / "log/checkpoint").read_text(), KEY.verifier.text, (), 0)
        reader = TileReader(lambda path: (tmp_path / "log" / path).read_bytes(), size)
        assert (size, told.root) == (told.size, reader.root())
        conduct = Conduct()
        assert size == sum(1 for raw in reader.leaves() if conduct.take(raw))

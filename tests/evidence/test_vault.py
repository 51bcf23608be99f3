"""Evidence is sealed, read in this process, and gone when its key is."""

import os
import signal

import pytest
from sqlalchemy import text, update

from kindward.errors import ConfigError, StateError, TrustError
from kindward.evidence import FileKey, Kind, Vault
from kindward.evidence.vault import SMALL
from kindward.ledger.deeds import DeedKind
from kindward.store import deeds
from kindward.store.schema_evidence import evidence_items

NOW = 1_790_000_000
CASE, OTHER = "00000000000a", "00000000000b"
SMALL_MARKER, LARGE_MARKER = b"marker-small-5d41", b"marker-large-9c7a" * (SMALL // 8)


def sealed(store, vault, case=CASE, kind=Kind.TEXT, data=SMALL_MARKER):
    with store.write() as connection:
        return vault.seal(connection, case, kind, data, NOW)


def read(store, vault, item):
    with store.write() as connection, vault.opened(connection, item, by="p-aaaaaa", purpose="decide", now=NOW) as data:
        return bytes(data)


def destroyed(store, vault, case=CASE, now=NOW):
    with store.write() as connection:
        done = vault.destroy(connection, case, "not_confirmed", now)
    with store.write() as connection:
        vault.sweep(connection)
    return done


def everything(store, folder):
    """Give all that lies in database and folder."""
    with store.read() as connection:
        tables = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
            if connection.dialect.name == "sqlite"
            else text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        rows = [repr(row) for table in list(tables) for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return "".join(rows).encode() + b"".join(files)


@pytest.mark.parametrize("data", [b"", SMALL_MARKER, LARGE_MARKER])
@pytest.mark.parametrize("kind", [Kind.CONTENT, Kind.PERSON])
def test_what_was_sealed_is_read_again(store, vault, data, kind):
    item = sealed(store, vault, data=data, kind=kind)

    assert data == read(store, vault, item.id)
    assert (CASE, kind, len(data)) == (item.case, item.kind, item.size)


def test_nothing_of_it_can_be_read_where_it_lies(store, vault, folder, tmp_path):
    sealed(store, vault)
    sealed(store, vault, data=LARGE_MARKER, kind=Kind.CONTENT)
    held = everything(store, folder) + b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())

    assert len(held) > len(LARGE_MARKER)
    assert SMALL_MARKER not in held
    assert LARGE_MARKER[:17] not in held


def test_every_access_stands_in_the_audit_log_with_who_and_why(store, vault):
    item = sealed(store, vault)
    read(store, vault, item.id)
    with store.read() as connection:
        first, second = deeds.of_case(connection, CASE)

    assert (DeedKind.SEALED, {"item": item.id, "kind": "text"}) == (first.do, first.facts)
    assert (DeedKind.READ, "p-aaaaaa", "decide") == (second.do, second.by, second.facts["purpose"])


def test_what_was_read_is_overwritten_afterwards(store, vault):
    item = sealed(store, vault)
    with store.write() as connection:
        with vault.opened(connection, item.id, by="p-aaaaaa", purpose="decide", now=NOW) as data:
            kept = data
            assert SMALL_MARKER == bytes(data)
        with pytest.raises(ValueError, match="released"):
            bytes(kept)


def test_destroying_one_key_destroys_all_of_a_case_and_nothing_else(store, vault, folder):
    small, large = sealed(store, vault), sealed(store, vault, data=LARGE_MARKER)
    other = sealed(store, vault, OTHER)
    assert destroyed(store, vault)

    for item in (small, large):
        with pytest.raises(StateError) as gone:
            read(store, vault, item.id)
        assert "evidence_unknown" == gone.value.code
    assert SMALL_MARKER == read(store, vault, other.id)
    assert [] == list(folder.iterdir())


def test_a_destruction_is_logged_once(store, vault):
    sealed(store, vault)

    assert [True, False] == [destroyed(store, vault), destroyed(store, vault)]
    with store.read() as connection:
        assert 1 == sum(deed.do is DeedKind.DESTROYED for deed in deeds.of_case(connection, CASE))


def test_between_key_and_sweep_nobody_reads_anything(store, vault):
    item = sealed(store, vault, data=LARGE_MARKER)
    with store.write() as connection:
        vault.destroy(connection, CASE, "not_confirmed", NOW)
    with pytest.raises(StateError) as gone:
        read(store, vault, item.id)

    assert "evidence_gone" == gone.value.code


def test_nothing_is_sealed_for_a_case_of_which_nothing_is_left(store, vault):
    sealed(store, vault)
    destroyed(store, vault)
    with pytest.raises(StateError) as gone:
        sealed(store, vault)

    assert "evidence_gone" == gone.value.code


def test_an_order_keeps_evidence_until_it_ends(store, vault):
    sealed(store, vault)
    with store.write() as connection:
        vault.retain(connection, CASE, until=NOW + 100, order="4711", by="p-lead", now=NOW)
    with pytest.raises(StateError) as held:
        destroyed(store, vault, now=NOW + 99)

    assert "evidence_held" == held.value.code
    assert destroyed(store, vault, now=NOW + 100)


def _cut_off(store, vault):
    with store.write() as connection:
        vault.seal(connection, CASE, Kind.CONTENT, LARGE_MARKER, NOW)
        raise RuntimeError


def test_what_is_undone_leaves_no_file_behind(store, vault, folder):
    with pytest.raises(RuntimeError):
        _cut_off(store, vault)
    assert 1 == len(list(folder.iterdir()))
    with store.write() as connection:
        assert 1 == vault.sweep(connection)

    assert [] == list(folder.iterdir())


@pytest.mark.parametrize("column", ["wrapped", "held"])
@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_flipped_byte_is_noticed_and_shows_nothing(store, vault, column, place):
    item = sealed(store, vault)
    with store.write() as connection:
        row = connection.execute(evidence_items.select()).one()
        changed = bytearray(getattr(row, column))
        changed[place] ^= 1
        connection.execute(update(evidence_items).values({column: bytes(changed)}))
    with pytest.raises(TrustError) as damaged:
        read(store, vault, item.id)

    assert "evidence_damaged" == damaged.value.code


def test_a_file_that_was_changed_or_removed_is_noticed(store, vault, folder):
    item = sealed(store, vault, data=LARGE_MARKER)
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    data[500] ^= 1
    file.write_bytes(data)
    with pytest.raises(TrustError):
        read(store, vault, item.id)
    file.unlink()
    with pytest.raises(TrustError) as damaged:
        read(store, vault, item.id)

    assert "evidence_damaged" == damaged.value.code


@pytest.mark.parametrize("changed", [{"kind": "person"}, {"case": OTHER}])
def test_an_item_is_opened_only_as_what_it_was_sealed(store, vault, changed):
    item = sealed(store, vault)
    sealed(store, vault, OTHER)
    with store.write() as connection:
        connection.execute(update(evidence_items).where(evidence_items.c.id == item.id).values(**changed))
    with pytest.raises(TrustError):
        read(store, vault, item.id)


def test_another_master_key_opens_nothing(store, vault, folder, tmp_path):
    item = sealed(store, vault)
    other = Vault(folder, FileKey.make(tmp_path / "other.key"))
    with pytest.raises(TrustError):
        read(store, other, item.id)


def test_an_item_has_a_largest_size(store, vault, monkeypatch):
    monkeypatch.setattr("kindward.evidence.vault.LARGEST", 10)
    with pytest.raises(StateError) as refused:
        sealed(store, vault, data=b"x" * 11)

    assert "evidence_too_large" == refused.value.code


def test_killed_anywhere_on_the_way_a_destruction_goes_on(store, vault, folder):
    """After the transaction with the key, sweeping may be cut off at any file, and is done the next time."""
    for _ in range(4):
        sealed(store, vault, data=LARGE_MARKER)
    with store.write() as connection:
        vault.destroy(connection, CASE, "not_confirmed", NOW)
    child = os.fork()
    if child == 0:
        removed = iter(range(2))

        def remove(item):
            if next(removed, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            (folder / item).unlink()
            return True

        vault._remove = remove
        store.engine.dispose(close=False)
        with store.write() as connection:
            vault.sweep(connection)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert 2 == len(list(folder.iterdir()))
    with store.write() as connection:
        vault.sweep(connection)

    assert [] == list(folder.iterdir())
    with store.read() as connection:
        assert [] == vault.items(connection, CASE)


def test_the_folder_and_the_key_are_for_the_service_alone(tmp_path, master):
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(ConfigError) as refused:
        Vault(tmp_path / "open", master)
    assert "evidence_folder_unusable" == refused.value.code
    (tmp_path / "master.key").chmod(0o644)
    with pytest.raises(ConfigError) as refused:
        FileKey(tmp_path / "master.key")
    assert "master_key_unusable" == refused.value.code


@pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * 33])
def test_a_key_of_another_length_is_none(tmp_path, data):
    (tmp_path / "short.key").write_bytes(data)
    (tmp_path / "short.key").chmod(0o600)
    with pytest.raises(ConfigError) as refused:
        FileKey(tmp_path / "short.key")

    assert "master_key_unusable" == refused.value.code


def test_a_key_is_made_once(tmp_path):
    FileKey.make(tmp_path / "k")
    with pytest.raises(ConfigError):
        FileKey.make(tmp_path / "k")
    with pytest.raises(ConfigError):
        FileKey(tmp_path / "missing")

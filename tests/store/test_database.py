"""Opening, migrating and sharing a database."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from kindward import config
from kindward.errors import ConfigError, RemoteError
from kindward.store import Role, Store
from kindward.store.migrate import at, newest
from kindward.store.schema import NEWEST, metadata


def test_the_migrations_lead_to_exactly_the_tables_the_code_expects(store):
    with store.read() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), metadata)
        assert newest() == at(connection)
    assert newest() == NEWEST


def test_upgrading_again_changes_nothing(store):
    token = store.tokens.create(Role.CHECKER, "x").token
    store.upgrade()
    assert [token.id] == [kept.id for kept in store.tokens.all()]


def test_four_processes_may_upgrade_an_empty_database_at_once(url):
    stores = [Store.open(config.Store(url=url), upgrade=False) for _ in range(4)]
    failures = []

    def upgrade(store):
        try:
            store.upgrade()
        except Exception as problem:  # noqa: BLE001 - any failure fails the test
            failures.append(problem)

    threads = [threading.Thread(target=upgrade, args=[store]) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures
    assert [] == stores[0].tokens.all()
    for store in stores:
        store.close()


def test_what_one_connection_revokes_another_sees(url):
    settings = config.Store(url=url)
    with Store.open(settings) as first, Store.open(settings, upgrade=False) as second:
        token = first.tokens.create(Role.CHECKER, "x").token
        assert [token.id] == list(second.tokens.live())
        first.tokens.revoke(token.id)
        assert {} == second.tokens.live()


def test_a_failed_write_leaves_everything_as_it_was(store):
    token = store.tokens.create(Role.CHECKER, "x").token

    def delete_and_fail():
        with store.write() as connection:
            connection.exec_driver_sql("DELETE FROM tokens")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        delete_and_fail()
    assert [token.id] == [kept.id for kept in store.tokens.all()]


def test_a_role_the_code_does_not_know_cannot_be_written(store):
    with pytest.raises(RemoteError) as caught, store.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tokens (id, role, label, secret_sha256, created_at) VALUES ('x', 'root', 'x', '', 0)"
        )
    assert "IntegrityError" in str(caught.value)


def test_a_database_file_is_readable_by_its_owner_only(tmp_path):
    file = tmp_path / "deep" / "er" / "kindward.db"
    with Store.open(config.Store(url=f"sqlite:///{file}")) as store:
        store.tokens.create(Role.CHECKER, "x")
        kept = [file, *file.parent.glob("kindward.db-*")]
        assert {0o600} == {stat.S_IMODE(one.stat().st_mode) for one in kept}


def test_sqlite_writes_ahead_so_that_readers_never_wait(tmp_path):
    with Store.open(config.Store(url=f"sqlite:///{tmp_path}/kindward.db")) as store, store.read() as connection:
        assert "wal" == connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "nonsense", "oracle://x"]
)
def test_an_address_that_cannot_be_used_is_a_configuration_error(url):
    with pytest.raises(ConfigError) as caught:
        Store.open(config.Store(url=url))
    assert "store_url_unusable" == caught.value.code


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(ConfigError) as caught:
        Store.open(config.Store(url="postgresql://kindward:opensesame@localhost/kindward"))
    assert "store_password_in_url" == caught.value.code
    assert "opensesame" not in str(caught.value) + caught.value.hint


def test_a_missing_password_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="absent"):
        Store.open(config.Store(url="postgresql://a@localhost/b", password_file=str(tmp_path / "absent")))


def test_a_database_that_is_away_is_a_remote_error_without_its_password(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("opensesame\n")
    with pytest.raises(RemoteError) as caught:
        Store.open(config.Store(url=f"postgresql://a@/b?host={tmp_path}", password_file=str(secret)))
    assert "store_unreachable" == caught.value.code
    assert "opensesame" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_remote_error(tmp_path):
    Path(tmp_path / "kindward.db").write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(RemoteError):
        Store.open(config.Store(url=f"sqlite:///{tmp_path}/kindward.db"))


def test_a_folder_where_the_database_should_be_is_a_configuration_error(tmp_path):
    (tmp_path / "kindward.db").mkdir()
    with pytest.raises(ConfigError) as caught:
        Store.open(config.Store(url=f"sqlite:///{tmp_path}/kindward.db"))
    assert "store_file_unusable" == caught.value.code


def test_a_database_that_is_up_to_date_opens_without_the_migrations(url):
    import subprocess
    import sys

    settings = config.Store(url=url)
    Store.open(settings).close()
    program = (
        "import sys; from kindward import config; from kindward.store import Store\n"
        "Store.open(config.Store(url=sys.argv[1])).close()\n"
        "print('alembic' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", program, url], check=True, capture_output=True, text=True).stdout
    assert "False" == out.strip()

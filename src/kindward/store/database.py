"""Open the database that the settings name, and bring its tables up to date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, ProgrammingError, SQLAlchemyError

from kindward import config
from kindward.errors import ConfigError, RemoteError
from kindward.store import schema
from kindward.store.tallies import Tallies
from kindward.store.tokens import Tokens

BUSY_SECONDS = 10
"""How long SQLite waits for another process's write; ours take milliseconds."""
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
UPGRADE_LOCK = 0x6B696E64
"""Key of the PostgreSQL advisory lock under which one process at a time migrates (the letters ``kind``)."""


class Store:
    """Hold the connection pool and hand out the tables' own words.

    Several processes share one database, so nothing is kept in memory here. Thread-safe.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tokens = Tokens(self)
        self.tallies = Tallies(self)

    @classmethod
    def open(cls, settings: config.Store, *, upgrade: bool = True) -> Store:
        """Connect, and with ``upgrade`` bring the tables up to date.

        One process (the one that starts the service, or the command line) upgrades; its workers do not. Raises:
        ConfigError for a URL that cannot be used, RemoteError if the database does not answer.
        """
        store = cls(_engine(_url(settings)))
        if upgrade:
            store.upgrade()
        return store

    def upgrade(self) -> None:
        """Run the migrations that this database has not seen; several processes may ask at once."""
        if self._at_newest():
            return
        # Alembic takes half a second to import, which should be paid only where there is something to do.
        from kindward.store.migrate import to_newest

        with self.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
            to_newest(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection whose changes are not kept. Raises: RemoteError if the database does not answer."""
        with _answering(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end, or undone if the block raises.

        Raises: RemoteError if the database does not answer.
        """
        # SQLite must take its write lock at the start: a reader that turns writer fails at once when another wrote.
        with _answering(self.engine), self.engine.execution_options(kindward_writes=True).begin() as connection:
            yield connection

    def shed(self) -> None:
        """Let go of earlier states of changed rows, so that what was erased is nowhere any more.

        SQLite keeps them in its journal until it is written back. PostgreSQL keeps them until its vacuum, which runs by
        itself; they hold nothing that can be read without a destroyed key but digests.
        """
        if self.engine.dialect.name == "sqlite":
            with _answering(self.engine), self.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
                connection.exec_driver_sql("BEGIN")

    def _at_newest(self) -> bool:
        with _answering(self.engine), self.engine.connect() as connection:
            try:
                return connection.execute(select(schema.version.c.version_num)).scalar_one_or_none() == schema.NEWEST
            except (OperationalError, ProgrammingError):
                return False  # an empty database, or one that will give the same error again in a moment

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as problem:
        # The driver's own text may quote values of a statement, so only its kind is told.
        raise RemoteError(
            "store_unreachable",
            "The database {where} did not answer as it should ({problem}).",
            "Check store.url, and that the database runs and may be written to.",
            where=engine.url.render_as_string(hide_password=True),
            problem=type(problem).__name__,
        ) from None


def _url(settings: config.Store) -> URL:
    try:
        url = make_url(settings.url)
    except ArgumentError:
        raise _unusable("<unreadable>") from None
    if url.password:
        raise ConfigError(
            "store_password_in_url",
            "store.url contains a password.",
            "Put the password into a file that only kindward can read, and name it in store.password_file.",
        )
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if settings.password_file:
        url = url.set(password=_password(Path(settings.password_file)))
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise _unusable(url.drivername)
    return url


def _password(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ConfigError(
            "store_password_unreadable",
            "The file with the database password, {path}, cannot be read: {problem}.",
            "Check store.password_file.",
            path=file,
            problem=problem.strerror,
        ) from problem


def _unusable(kind: str) -> ConfigError:
    return ConfigError(
        "store_url_unusable",
        "store.url names a database that kindward cannot use ({kind}).",
        "Use sqlite:///path/of/file.db or postgresql://user@host/name; the latter needs kindward[postgresql].",
        kind=kind,
    )


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url)
        return create_engine(url, pool_pre_ping=True, pool_size=4, connect_args={"connect_timeout": BUSY_SECONDS})
    except (NoSuchModuleError, ModuleNotFoundError):
        raise _unusable(url.drivername) from None


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise _unusable("sqlite in memory, which workers could not share")
    file = Path(url.database)
    try:
        file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        # Created before SQLite does it, so that the file is private from its first moment.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, PRIVATE_FILE))
    except OSError as problem:
        raise ConfigError(
            "store_file_unusable",
            "The database file {path} cannot be opened: {problem}.",
            "Check store.url and the permissions of its folder.",
            path=file,
            problem=problem.strerror,
        ) from problem
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    # The driver would open transactions late and never around a change of tables; we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("kindward_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

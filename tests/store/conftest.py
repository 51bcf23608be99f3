"""Both databases that the store serves: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kindward import config
from kindward.store import Store

POSTGRES_HOMES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/pgsql/bin")]


def _reason_against_postgresql():
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed (pip install kindward[postgresql])"
    if not any((home / "initdb").is_file() for home in POSTGRES_HOMES):
        return "PostgreSQL's programs are not installed (Debian: postgresql)"
    return None


@pytest.fixture(scope="session")
def postgresql():
    """Start a PostgreSQL server in a folder of its own, reachable only through a socket there."""
    if reason := _reason_against_postgresql():
        pytest.skip(reason)
    home = next(home for home in POSTGRES_HOMES if (home / "initdb").is_file())
    folder = Path(tempfile.mkdtemp(prefix="kindward-pg-"))
    # The server refuses to run as root, so root lends the folder to the account that Debian makes for it.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)

    def run(program, *arguments):
        command = [str(home / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "--username=kindward", "--auth=trust", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://kindward@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Give the address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/kindward.db"
    address = request.getfixturevalue("postgresql")
    from sqlalchemy import create_engine

    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return address


@pytest.fixture
def store(url):
    """Open an empty, migrated database."""
    with Store.open(config.Store(url=url)) as opened:
        yield opened

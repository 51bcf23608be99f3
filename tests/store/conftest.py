"""Both databases that the store serves: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import pytest
from postgresql import reason_against, server

from kindward import config
from kindward.store import Store


@pytest.fixture(scope="session")
def postgresql():
    """Start a PostgreSQL server in a folder of its own, reachable only through a socket there."""
    if reason := reason_against():
        pytest.skip(reason)
    with server() as address:
        yield address


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

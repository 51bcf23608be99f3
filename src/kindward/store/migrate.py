"""Bring a database up to the newest migration."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def to_newest(connection: Connection) -> None:
    """Run inside the caller's transaction every migration that the database has not seen."""
    if at(connection) == newest():
        return
    scripts = _scripts()
    scripts.attributes["connection"] = connection
    command.upgrade(scripts, "head")


def at(connection: Connection) -> str | None:
    """Say at which migration the database stands; None if it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Say which migration is the newest this version of kindward knows."""
    return ScriptDirectory.from_config(_scripts()).get_current_head()


def _scripts() -> Config:
    scripts = Config()
    scripts.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    scripts.set_main_option("path_separator", "os")
    return scripts

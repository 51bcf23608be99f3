"""A desk over both databases, with a vault, a master key, a folder and a clock of its own."""

import importlib.util
import sys
from pathlib import Path

import pytest

from kindward.desk import Desk
from kindward.evidence import FileKey, Vault

_spec = importlib.util.spec_from_file_location("store_conftest", Path(__file__).parents[1] / "store" / "conftest.py")
_store = importlib.util.module_from_spec(_spec)
sys.modules["store_conftest"] = _store
_spec.loader.exec_module(_store)
postgresql, url, store = _store.postgresql, _store.url, _store.store


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "evidence"


@pytest.fixture
def master(tmp_path):
    return FileKey.make(tmp_path / "master.key")


@pytest.fixture
def vault(folder, master):
    return Vault(folder, master)


class Clock:
    """A clock that the test turns."""

    def __init__(self):
        self.now = 1_790_000_000

    def __call__(self):
        return self.now

    def on(self, seconds):
        """Let time go on."""
        self.now += seconds
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk(store, vault, clock):
    """Open a desk and let its rules stand in the audit log."""
    opened = Desk(store, vault, clock=clock)
    opened.begin()
    return opened

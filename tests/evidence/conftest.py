"""A vault over both databases, with a master key and a folder of its own."""

import importlib.util
import sys
from pathlib import Path

import pytest

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

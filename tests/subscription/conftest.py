"""Subscriptions to a provider that sends pages; nothing leaves the machine."""

from __future__ import annotations

import pytest
from paging_plug_in import install
from providers import Followed, Killer, Provider, value

from kindward.model import Entry


@pytest.fixture
def plug_in(tmp_path, monkeypatch):
    """Install the plug-in as pip would, and give the folder with its entry point."""
    folder = install(tmp_path / "site")
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def follow(tmp_path, plug_in):
    """Give a function that makes a subscription to a provider of these events."""

    def start(*events, name="bank", page=3):
        followed = Followed(tmp_path / name, Provider(*events, page=page))
        followed.subscribe()
        return followed

    return start


@pytest.fixture
def killer(tmp_path):
    return Killer(tmp_path / "bank")


@pytest.fixture
def made_entry():
    """Give a function that makes an entry of a number."""
    return lambda entry_id, number: Entry(entry_id, "pdq/1", value(number))

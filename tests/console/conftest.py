"""A console over real HTTP, with people of every role and a stand-in of a reporting centre."""

import importlib.util
import sys
from pathlib import Path

import pytest
from consoles import ROLES, Console

from kindward.sandbox import running
from kindward.sandbox.centre import CentreSandbox

_spec = importlib.util.spec_from_file_location("desk_conftest", Path(__file__).parents[1] / "desk" / "conftest.py")
_desk = importlib.util.module_from_spec(_spec)
sys.modules["desk_conftest"] = _desk
_spec.loader.exec_module(_desk)
postgresql, url, store, clock, master = _desk.postgresql, _desk.url, _desk.store, _desk.clock, _desk.master


@pytest.fixture
def centre(clock):
    return CentreSandbox(clock)


@pytest.fixture
def console(store, clock, master, tmp_path, centre):
    with running(centre.app) as centre_address:
        made = Console(store, clock, tmp_path, centre_address)
        for role in ROLES:
            made.add(role, role)
        made.add("second", "reviewer", language="de")
        yield made


@pytest.fixture
def address(console):
    with running(console.app) as address:
        yield address


@pytest.fixture
def enter(console, address):
    """Log people in; each gets a client of their own."""
    clients = []

    def entered(login, **headers):
        clients.append(console.browser(address, login, **headers))
        return clients[-1]

    yield entered
    for client in clients:
        client.close()

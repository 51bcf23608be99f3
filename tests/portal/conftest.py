"""The pages for telling something, over real HTTP."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from kindward.app.cases import open_portal
from kindward.sandbox import running

HOME = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location("console_conftest", HOME / "console" / "conftest.py")
_console = importlib.util.module_from_spec(_spec)
sys.modules["console_conftest"] = _console
_spec.loader.exec_module(_console)
postgresql, url, store, clock, master = (
    _console.postgresql,
    _console.url,
    _console.store,
    _console.clock,
    _console.master,
)
centre, console, enter, address = _console.centre, _console.console, _console.enter, _console.address


@pytest.fixture
def portal(console):
    """The address of the pages; an address may send five times an hour."""
    settings = replace(console.settings, portal=replace(console.settings.portal, an_hour=5))
    with running(open_portal(settings, console.store, clock=console.clock)) as where:
        yield where


@pytest.fixture
def client(portal):
    with httpx2.Client(base_url=portal, timeout=20, headers={"accept-language": "en"}) as client:
        yield client

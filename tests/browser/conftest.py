"""A real browser before a real console; without Chromium the tests say so."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location(
    "console_conftest", Path(__file__).parents[1] / "console" / "conftest.py"
)
_console = importlib.util.module_from_spec(_spec)
sys.modules["console_conftest"] = _console
_spec.loader.exec_module(_console)
clock, master = _console.clock, _console.master
centre, console, address = _console.centre, _console.console, _console.address

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def store(tmp_path):
    """One database is enough here: the pages do not know which it is."""
    from kindward import config
    from kindward.store import Store

    with Store.open(config.Store(url=f"sqlite:///{tmp_path}/kindward.db")) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium():
    """A browser for one module: its library keeps an event loop running, which no other test may find."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed, so pages are not tried in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def enter(chromium, console, address):
    """Log people in with a browser; give their page, whose ``pictures`` counts bytes of pictures that came."""
    from consoles import PASSWORD, unshown

    contexts = []

    def entered(login, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.pictures, page.wrongs, page.elsewhere = [], [], []
        page.on("response", lambda answer: _note(page, answer))
        page.on(
            "request",
            lambda one: None if one.url.startswith((address, "blob:", "data:")) else page.elsewhere.append(one.url),
        )
        page.on("pageerror", lambda error: page.wrongs.append(str(error)))
        page.on("console", lambda said: page.wrongs.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{address}/login")
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/second")
        if page.locator("code").count():
            console.secrets[login] = unshown(page.inner_text("code"))
        page.fill("[name=code]", console.code(console.secrets[login]))
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        return page

    yield entered
    for context in contexts:
        for page in context.pages:
            assert ([], []) == (page.wrongs, page.elsewhere)
        context.close()


def _notice(page, url, known):
    if not url.startswith(known):
        page.elsewhere.append(url)


def _note(page, answer):
    if answer.headers.get("content-type", "").startswith("image/"):
        page.pictures.append(answer.url)

"""The console in a browser: by keyboard alone, without JavaScript, in both languages, and accessible."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from made_cases import match, versions
from pictures import encoded, photograph

from kindward.cases import CaseState
from kindward.model import Decision, Verdict
from kindward.store import cases

pytestmark = pytest.mark.xdist_group("browser")
ALIKE = Verdict(Decision.HOLD, simulated=False, matches=(match(),), risks=(), versions=versions())
PATHS = {
    "reviewer": ["/", "/pause", "/turning"],
    "lead": ["/", "/lead", "/histories", "/health"],
    "reporter": ["/", "/reports", "/histories"],
    "auditor": ["/", "/histories", "/health"],
    "operator": ["/", "/health", "/people"],
}


@pytest.fixture
def picture(package_photographs):
    return encoded(photograph(package_photographs[2], 320), "JPEG")


def state(console, case):
    with console.store.read() as connection:
        return cases.load(connection, case.id)


def take(page):
    page.keyboard.press("n")
    page.wait_for_url("**/cases/*")


def serious(page):
    """Give what axe finds that keeps somebody from using the page."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:100]) for one in found]


def test_two_people_decide_with_the_keyboard_alone_and_a_third_releases(console, enter, centre, picture):
    case = console.alarm(picture)
    for login in ("reviewer", "second"):
        page = enter(login)
        take(page)
        page.keyboard.press("1")
        page.wait_for_selector("#waiting")
        console.settle()
    page = enter("reporter")
    page.goto(re.sub(r"/$", f"/cases/{case.id}/report", page.url))
    page.keyboard.press("1")
    page.wait_for_selector("[role=status]")
    console.settle()
    with console.office.delivery() as delivery:
        delivery.all()

    assert (1, CaseState.ACKNOWLEDGED) == (len(centre.finished), state(console, case).state)


def test_no_byte_of_a_picture_comes_before_it_is_asked_for_and_it_is_covered_again(console, enter, picture):
    console.alarm(picture, verdict=ALIKE)
    page = enter("reviewer")
    take(page)
    page.mouse.move(200, 250)
    page.wait_for_timeout(300)
    assert ([], 0) == (page.pictures, page.locator("#content img").count())
    page.keyboard.press("o")
    page.wait_for_selector("#content img.small")
    assert 1 == len([one for one in page.pictures if one.endswith("/look")])
    page.keyboard.press("Escape")
    assert 0 == page.locator("#content img").count()
    page.keyboard.press("o")
    page.wait_for_selector("#content img.small")
    page.wait_for_selector("#content img.small", state="detached", timeout=12_000)


def test_a_decision_is_undone_with_a_key(console, enter, picture):
    case = console.alarm(picture)
    page = enter("reviewer")
    take(page)
    page.keyboard.press("2")
    page.wait_for_selector("#waiting button")
    page.wait_for_load_state()
    page.keyboard.press("u")
    page.wait_for_selector(".decisions")

    assert state(console, case).pending is None


def test_everything_works_without_javascript(console, enter, picture):
    case = console.alarm(picture, verdict=ALIKE)
    page = enter("reviewer", java_script_enabled=False)
    page.click("main button")
    page.wait_for_url("**/cases/*")
    page.click("text=As it is")
    assert 1 == page.locator("#content img").count()
    page.click("text=Cover it again")
    assert 0 == page.locator("#content img").count()
    page.click("text=Not a match")
    page.click("text=Undo it")
    page.click("summary:has-text('Write a note')")
    page.fill("textarea", "For the next person.")
    page.click("text=Keep it, sealed")
    page.click("text=It is a match")

    assert "confirm" == str(state(console, case).pending.ruling)


@pytest.mark.parametrize("role", sorted(PATHS))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_every_role_is_accessible(console, enter, picture, role, scheme):
    console.alarm(picture, verdict=ALIKE)
    page = enter(role, color_scheme=scheme)
    base = page.url.rstrip("/")
    found = {}
    for path in PATHS[role]:
        page.goto(base + path)
        found[path] = serious(page)
    if role in {"reviewer", "lead"}:
        page.goto(base + "/")
        take(page)
        found["case"] = serious(page)

    assert {name: [] for name in found} == found


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_fit_a_narrow_screen_in_both_languages(console, enter, picture, language):
    console.alarm(picture, verdict=ALIKE)
    page = enter("second" if language == "de" else "reviewer", viewport={"width": 320, "height": 700})
    take(page)

    assert language == page.get_attribute("html", "lang")
    assert 320 >= page.evaluate("document.documentElement.scrollWidth")
    words = {"en": "The content is closed.", "de": "Der Inhalt ist geschlossen."}
    assert words[language] in page.inner_text("main")


def test_the_menu_opens_with_a_key_and_a_break_is_one_key_away(console, enter, picture):
    case = console.alarm(picture)
    page = enter("reviewer")
    take(page)
    page.keyboard.press("Control+k")
    assert "Beginning" == page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.wait_for_url("**/pause")

    assert "" == state(console, case).leased_by(console.clock.now)
    assert "Peer line of the house" in page.inner_text("main")


def test_the_game_answers_and_keeps_nothing(enter):
    page = enter("reviewer")
    page.goto(page.url + "turning")
    page.keyboard.press("1")
    page.wait_for_function("document.getElementById('answer').textContent !== ''")

    assert [] == page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")

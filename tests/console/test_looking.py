"""Content is closed; opening it is an act, is logged, costs, and shows no more than was asked for."""

import io

import pytest
from consoles import proof
from made_cases import match, versions
from pictures import encoded, photograph
from PIL import Image

from kindward.errors import ContentError
from kindward.model import Decision, Verdict
from kindward.service.console.looking import Size, shown
from kindward.store import cases

ALIKE = Verdict(Decision.HOLD, simulated=False, matches=(match(),), risks=(), versions=versions())


@pytest.fixture
def picture(package_photographs):
    return encoded(photograph(package_photographs[2], 640), "JPEG")


@pytest.mark.parametrize(
    ("size", "side", "mode"), [(Size.SMALL, 64, "L"), (Size.GREY, 451, "L"), (Size.FULL, 451, "RGB")]
)
def test_what_is_shown_is_as_small_and_grey_as_asked(picture, size, side, mode):
    with Image.open(io.BytesIO(shown(picture, size))) as opened:
        assert (side, mode, "PNG") == (max(opened.size), opened.mode, opened.format)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(50), b"<svg/>", b"BM" + bytes(60)])
def test_what_is_no_picture_is_told_without_its_bytes(data):
    with pytest.raises(ContentError) as refused:
        shown(data, Size.FULL)

    assert "picture_not_shown" == refused.value.code


@pytest.fixture
def opened(console, enter, picture):
    """A case that a reviewer has, with its page and what opens its item."""
    case = console.alarm(picture, verdict=ALIKE)
    client = enter("reviewer")
    page = client.post("/next", data={"proof": proof(client.get("/").text)})
    item = page.text.split('name="item" value="')[1].split('"')[0]

    def look(size, **headers):
        told = {"proof": proof(page.text), "item": item, "size": size}
        return client.post(f"/cases/{case.id}/look", data=told, headers=headers)

    return case, client, page, look


def test_a_case_page_holds_no_content(opened):
    _, _, page, _ = opened
    assert ("<img" not in page.text, "data:image" not in page.text) == (True, True)
    assert "The content is closed." in page.text


def test_a_script_gets_the_bytes_once_and_they_are_not_kept(opened):
    *_, look = opened
    answer = look("small", accept="image/png")

    assert ("image/png", "no-store") == (answer.headers["content-type"], answer.headers["cache-control"])
    assert answer.content.startswith(b"\x89PNG")


def test_a_form_gets_a_page_that_covers_itself(opened):
    case, _, _, look = opened
    page = look("grey")

    assert f'<meta http-equiv="refresh" content="10; url=/cases/{case.id}">' in page.text
    assert 1 == page.text.count("data:image/png;base64,")


def test_every_look_stands_in_the_history_with_what_was_shown(console, opened):
    case, _, _, look = opened
    for size in ("small", "grey", "full"):
        look(size, accept="image/png")
    with console.store.read() as connection:
        views = cases.load(connection, case.id).viewings

    assert [(10, False), (10, False), (10, True)] == [(view.seconds, view.entire) for view in views]


def test_a_likeness_is_confirmed_only_after_the_whole_was_seen(opened):
    case, client, page, look = opened
    told = {"proof": proof(page.text), "ruling": "confirm", "reason": "same_content"}
    look("grey", accept="image/png")
    assert 409 == client.post(f"/cases/{case.id}/rule", data=told).status_code
    look("full", accept="image/png")
    assert "takes effect in 30 seconds" in client.post(f"/cases/{case.id}/rule", data=told).text


def test_it_is_enough_for_today_at_some_point_and_nothing_is_shown_any_more(console, opened):
    _, _, _, look = opened
    answers = [look("full", accept="image/png") for _ in range(9)]

    assert [200] * 8 + [409] == [answer.status_code for answer in answers]
    assert "Now is a time for a pause" in answers[-1].text


def test_an_item_of_another_case_is_not_shown(console, opened, picture):
    case, client, page, _ = opened
    other = console.alarm(picture + b"2", account="cd" * 32, verdict=ALIKE)
    with console.store.read() as connection:
        item = console.office.vault.items(connection, other.id)[0].id
    answer = client.post(f"/cases/{case.id}/look", data={"proof": proof(page.text), "item": item, "size": "full"})

    assert (409, False) == (answer.status_code, "data:image" in answer.text)


def test_after_a_look_the_game_is_offered(opened):
    case, client, _, look = opened
    assert "turning figures" not in client.get(f"/cases/{case.id}").text.split("<main")[1]
    look("small", accept="image/png")
    assert "turning figures" in client.get(f"/cases/{case.id}").text.split("<main")[1]
    assert "has not been shown" in client.get("/turning").text

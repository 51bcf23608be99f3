"""What the reporting centre's stand-in shows, and what it keeps in a folder."""

import json

import httpx2
import pytest

from kindward.sandbox import running
from kindward.sandbox.centre import CentreSandbox

MARKER = "user-4711"


def text(answer, name):
    return answer.text.partition(f"<{name}>")[2].partition("<")[0]


def page(ask, accepted="en"):
    return httpx2.get(str(ask.client.base_url.copy_with(path="/")), headers={"accept-language": accepted})


def arrived(ask):
    """Let a whole report arrive; give its number and the number of its file."""
    number = ask.opened(ask.whole.body)
    file_id = text(ask.upload(number, MARKER.encode() * 9), "fileId")
    ask.file_info(number, file_id, ask.whole.attachments[0].details)
    ask.of("finish", number)
    return number, file_id


def test_the_page_shows_numbers_times_and_codes_and_nothing_that_a_report_says(ask):
    number, _ = arrived(ask)
    ask.submit(b"broken")
    shown = page(ask).text

    assert all(word in shown for word in (number, "complete", "2026-11-25 10:00:00", "<td>4110</td><td>Malformed XML"))
    assert not [word for word in (MARKER, "Muster", "Springfield", "192.0.2.17") if word in shown]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("en;q=0.4, de;q=0.9", "de"),
        ("fr, de;q=0.1", "de"),
        ("de;q=0, en", "en"),
        ("fr", "en"),
        ("de;q=x", "en"),
        ("", "en"),
    ],
)
def test_the_page_speaks_the_language_of_the_reader(ask, accepted, language):
    title = {"de": "Meldestelle (Attrappe)", "en": "Reporting centre (stand-in)"}[language]

    assert f"<title>{title}</title>" in page(ask, accepted).text


def test_the_page_loads_nothing_and_says_that_nothing_came(ask):
    shown = page(ask)

    assert "Nothing has arrived yet." in shown.text
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")


def test_what_was_forgotten_is_not_shown(ask, clock):
    number = ask.opened()
    assert number in page(ask).text
    clock.now += 90_000
    assert number not in page(ask).text


@pytest.fixture
def centre(clock, tmp_path):
    return CentreSandbox(clock, tmp_path / "arrived")


def test_a_finished_report_is_kept_as_it_came_without_its_files(ask, tmp_path):
    number, file_id = arrived(ask)
    ask.of("retract", ask.opened())
    place = tmp_path / "arrived" / number
    receipt = json.loads((place / "receipt.json").read_text())

    assert ["file-1.xml", "receipt.json", "report.xml"] == sorted(one.name for one in place.iterdir())
    assert ask.whole.body == (place / "report.xml").read_bytes()
    assert [(file_id, 9 * len(MARKER))] == [(one["id"], one["size"]) for one in receipt["files"]]
    assert [number] == [one.name for one in (tmp_path / "arrived").iterdir()]
    assert 0o700 == place.stat().st_mode & 0o777


def test_another_run_remembers_what_was_finished_and_gives_new_numbers(ask, clock, tmp_path):
    number, file_id = arrived(ask)
    again = CentreSandbox(clock, tmp_path / "arrived")
    with running(again.app) as address:
        ask.client.base_url = f"{address}/ispws/"
        assert 5102 == ask.code(ask.of("retract", number))
        assert int(number) < int(ask.opened())

    assert [(number, [file_id])] == [(one.number, list(one.files)) for one in again.finished]

"""``kindward sandbox``."""

import signal
import socket

import httpx2
import pytest

from kindward.sandbox.centre import PASSWORD, USER


@pytest.fixture
def here(program, tmp_path):
    return program(tmp_path)


@pytest.fixture
def centre(here):
    """Run the stand-in; give a function that starts it, and its base address with what it said."""
    running = []

    def started(*arguments):
        process = here.start("sandbox", "centre", "--port", "0", *arguments)
        running.append(process)
        said = [process.stdout.readline().decode() for _ in range(2)]
        return said[0].split(" at ")[1].split("/ispws")[0], said, process

    yield started
    for process in running:
        process.kill()
        process.communicate()


def test_it_says_where_it_is_and_how_one_is_let_in(centre):
    address, said, _ = centre()
    with httpx2.Client(auth=(USER, PASSWORD)) as client:
        answer = client.get(f"{address}/ispws/status")

    assert "<responseCode>0</responseCode>" in answer.text
    assert f"Name {USER}, password {PASSWORD}\n" == said[1]
    assert "Nothing has arrived yet." in httpx2.get(address).text


def test_it_ends_when_it_is_told_to(centre):
    _, _, process = centre()
    process.send_signal(signal.SIGTERM)

    assert process.wait(20) in {0, -signal.SIGTERM}


def test_a_folder_is_made_and_used(centre, here):
    centre("--folder", "arrived")

    assert (here.folder / "arrived").is_dir()


def test_a_port_that_is_taken_is_told(here):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        answer = here("sandbox", "centre", "--port", port)

    assert 78 == answer.status
    assert f"Port {port}" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("broken", ["file", "receipt", "record"])
def test_a_folder_that_cannot_be_used_is_told(here, broken):
    place = here.folder / "arrived"
    if broken == "file":
        place.write_text("a file")
    else:
        (place / "7").mkdir(parents=True)
        (place / "7" / "receipt.json").write_text("{" if broken == "receipt" else "{}")
    answer = here("sandbox", "centre", "--port", "0", "--folder", "arrived")

    assert 78 == answer.status
    assert "arrived" in answer.err
    assert "Traceback" not in answer.err


def test_it_listens_on_this_machine_only(centre):
    address, _, _ = centre()

    assert address.startswith("http://127.0.0.1:")

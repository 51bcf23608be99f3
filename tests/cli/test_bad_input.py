"""Bad input: each case ends with a clear sentence and the right status, none with a traceback or a wait."""

import os
import shutil
import struct
import threading
import zlib
from pathlib import Path

import pytest

from kindward.cli.inputs import expand
from kindward.errors import ContentError
from kindward.signals.files import read_file


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _huge_png(width, height):
    """Write a PNG of one colour with a line's worth of memory: a decompression bomb of a few hundred kilobytes."""
    packer = zlib.compressobj(9)
    lines = packer.compress(b"\0" * (width + 1) * 64)
    rows = [lines] + [packer.compress(b"\0" * (width + 1) * 64) for _ in range(height // 64 - 1)]
    body = b"".join([*rows, packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def assert_told(answer, status, sentence):
    """Expect a status, one sentence on standard error and no traceback."""
    assert status == answer.status, answer
    assert sentence in answer.err, answer
    assert "Traceback" not in answer.err + answer.out


def test_without_a_bank_the_way_to_one_is_told(kindward, pictures):
    answer = kindward("check", pictures["rocket.jpg"])
    assert_told(answer, 77, "kindward: No bank is given, so nothing could be found. Name one with --bank")
    assert f"hold   {pictures['rocket.jpg']}  not checked (no_bank), simulated\n" == answer.out


def test_with_a_refused_bank_every_input_gets_a_record_and_the_reason_is_told_once(kindward, pictures, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "kindward.toml").write_text("[policy]\non_trust_error = 'block'\n", encoding="utf-8")
    names = [str(pictures[name]) for name in ("rocket.jpg", "camera.png")]
    answer = kindward("check", *names, "--bank", "empty", "-o", "jsonl")
    assert_told(answer, 77, "empty is not a bank")
    assert 1 == answer.err.count("is not a bank")
    assert [(name, "block", "bank_not_a_bank") for name in names] == [
        (record["path"], record["decision"], record["error"]["code"]) for record in answer.records
    ]


def test_a_folder_that_is_no_bank_is_refused(kindward, pictures, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_told(kindward("check", pictures["rocket.jpg"], "--bank", "empty"), 77, "empty is not a bank")


def test_a_missing_bank_is_refused(kindward, pictures):
    assert_told(kindward("check", pictures["rocket.jpg"], "--bank", "nowhere"), 77, "There is no bank at nowhere.")


def test_a_bank_whose_entries_were_all_withdrawn_finds_nothing(kindward, pictures):
    assert 0 == kindward("bank", "build", "one", "--from", "-", stdin=b"ab" * 32 + b"\n").status
    entry = kindward("bank", "show", "one", "-o", "jsonl").record["shown"][0]["entry"]
    assert 0 == kindward("bank", "withdraw", "one", entry, "--reason", "a mistake").status
    answer = kindward("check", pictures["rocket.jpg"], "--bank", "one")
    assert (0, "nothing found" in answer.out) == (answer.status, True)


def test_an_empty_list_makes_no_bank(kindward, tmp_path):
    assert_told(
        kindward("bank", "build", "new", "--from", "-"), 75, "The list is empty; a bank needs at least one fingerprint."
    )
    assert not (tmp_path / "new").exists()


def test_a_missing_file_is_told(kindward, known):
    assert_told(
        kindward("check", "nowhere.jpg", "--bank", known),
        65,
        "kindward: nowhere.jpg: There is no such file. Check the path.",
    )


def test_an_empty_file_is_told(kindward, known, tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert_told(
        kindward("check", "empty.jpg", "--bank", known), 65, "kindward: empty.jpg: The content is empty: zero bytes."
    )


def test_empty_standard_input_is_told(kindward, known):
    assert_told(kindward("check", "-", "--bank", known), 65, "kindward: -: The content is empty: zero bytes.")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(kindward, known, tmp_path, pictures):
    secret = tmp_path / "secret.png"
    shutil.copy(pictures["camera.png"], secret)
    secret.chmod(0)
    as_nobody = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.geteuid() == 0 else ()
    answer = kindward("check", "secret.png", "--bank", known, prefix=as_nobody)
    assert_told(answer, 65, "kindward: secret.png: This user may not read it.")


def test_a_folder_without_files_is_told(kindward, known, tmp_path):
    (tmp_path / "nothing/inside").mkdir(parents=True)
    assert_told(
        kindward("check", "nothing", "--bank", known), 65, "kindward: nothing: There are no files in this folder."
    )


def test_a_folder_without_pictures_is_told_file_by_file(kindward, known, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a.txt").write_text("no picture", encoding="utf-8")
    answer = kindward("check", "texts", "--bank", known)
    assert_told(answer, 65, "kindward: texts/a.txt: The content is no picture of a known format.")
    assert "hold   texts/a.txt  not checked (picture_format_unknown), simulated\n" == answer.out


def test_a_truncated_photograph_is_told(kindward, known, tmp_path, pictures):
    (tmp_path / "half.png").write_bytes(pictures["coffee.png"].read_bytes()[:20_000])
    assert_told(
        kindward("check", "half.png", "--bank", known),
        65,
        "kindward: half.png: The PNG picture is damaged or incomplete.",
    )


def test_a_pipe_is_refused_without_waiting_for_a_writer(kindward, known, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert_told(
        kindward("check", "pipe", "--bank", known, seconds=20),
        65,
        "kindward: pipe: This is a pipe, a socket or a device",
    )


def test_a_device_is_refused(kindward, known):
    assert_told(
        kindward("check", "/dev/zero", "--bank", known, seconds=20),
        65,
        "/dev/zero: This is a pipe, a socket or a device",
    )


def test_a_pipe_in_a_folder_is_passed_over(kindward, known, tmp_path, pictures):
    (tmp_path / "mixed").mkdir()
    os.mkfifo(tmp_path / "mixed/pipe")
    shutil.copy(pictures["camera.png"], tmp_path / "mixed")
    answer = kindward("check", "mixed", "--bank", known, seconds=20)
    assert (0, 1) == (answer.status, answer.out.count("\n"))


def test_a_huge_file_is_refused_unread(kindward, known, tmp_path):
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(1 << 40)
    assert_told(kindward("check", "huge.jpg", "--bank", known, seconds=20), 65, "larger than the 67108864 bytes")


def test_endless_standard_input_is_read_up_to_the_limit_only(kindward, known):
    with Path("/dev/zero").open("rb") as zeros:
        process = kindward.start(
            "check", "-", "--bank", known, stdin=zeros, environment={"KINDWARD__LIMITS__BYTES": "1000000"}
        )
        _, err = process.communicate(timeout=30)
    assert (65, b"larger than the 1000000 bytes" in err) == (process.returncode, True)


def test_a_picture_of_200_megapixels_is_refused(kindward, known, tmp_path):
    bomb = _huge_png(20_032, 10_048)
    assert len(bomb) < 1_000_000
    (tmp_path / "bomb.png").write_bytes(bomb)
    assert_told(
        kindward("check", "bomb.png", "--bank", known), 65, "kindward: bomb.png: The picture is 20032 by 10048 pixels"
    )
    assert "picture_too_large" == kindward("check", "bomb.png", "--bank", known, "-o", "jsonl").record["error"]["code"]


def test_names_that_are_not_utf8_are_printed_as_they_are(kindward, known, tmp_path, pictures):
    name = b"caf\xe9.png"
    shutil.copy(pictures["camera.png"], os.fsencode(tmp_path) + b"/" + name)
    answer = kindward("check", name, "--bank", known)
    assert (0, b"pass   caf\xe9.png  nothing found, simulated\n") == (answer.status, answer.raw)
    record = kindward("check", name, "--bank", known, "-o", "jsonl").record
    assert name == os.fsencode(record["path"])


def test_names_outside_ascii_are_printed_in_any_locale(kindward, known, tmp_path, pictures):
    shutil.copy(pictures["camera.png"], tmp_path / "Köln.png")
    answer = kindward(
        "check", "Köln.png", "--bank", known, environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert (0, b"pass   K?ln.png  nothing found, simulated\n") == (answer.status, answer.raw)


def test_a_name_cannot_steer_the_terminal_or_forge_a_line(kindward, known, tmp_path, pictures):
    name = "a\n\x1b[2Jpass.png"
    shutil.copy(pictures["camera.png"], tmp_path / name)
    answer = kindward("check", name, "--bank", known)
    assert "pass   a\\n\\x1b[2Jpass.png  nothing found, simulated\n" == answer.out


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path):
    file = tmp_path / "growing"
    file.write_bytes(bytes(40_000_000))
    stop = threading.Event()

    def grow():
        with file.open("ab", buffering=0) as more:
            while not stop.is_set():
                more.write(b"x" * 64)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(ContentError) as caught:
            read_file(str(file), 1 << 30)
    finally:
        stop.set()
        writer.join()
    assert "content_changed" == caught.value.code


def test_a_symbolic_link_to_nowhere_is_told(kindward, known, tmp_path):
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/broken.png").symlink_to("nowhere")
    assert_told(kindward("check", "linked", "--bank", known), 65, "kindward: linked/broken.png: There is no such file.")


def test_a_loop_of_folders_ends(tmp_path):
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop/again").symlink_to(tmp_path / "loop", target_is_directory=True)
    (tmp_path / "loop/a").write_bytes(b"x")
    assert [str(tmp_path / "loop/a")] == [one.name for one in expand([str(tmp_path / "loop")])][:1]


def test_a_name_with_a_zero_byte_is_told():
    with pytest.raises(ContentError) as caught:
        read_file("a\0b", 10)
    assert "content_unreadable" == caught.value.code


def test_a_folder_given_as_a_file_is_told(tmp_path):
    with pytest.raises(ContentError) as caught:
        read_file(str(tmp_path), 10)
    assert "content_is_folder" == caught.value.code

"""The program as a whole: start, help, wrong usage, languages, interruption, a reader that goes away."""

import contextlib
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from kindward import __version__
from kindward.cli import exits
from kindward.cli.program import COMMANDS, program

HEAVY = ("numpy", "PIL", "fastapi", "sqlalchemy", "rich", "msgspec", "asyncio", "kindward.app", "kindward.kernel")


def _commands(group=program, path=()):
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"], ["bank", "--help"], ["config"]])
def test_small_commands_load_nothing_heavy(kindward, arguments):
    code = (
        "import sys\n"
        "from kindward.cli.program import run\n"
        f"status = run({arguments!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env=kindward.environment,
        cwd=kindward.folder,
    )
    assert "[]\n" == answer.stderr


def test_the_version_is_told(kindward):
    answer = kindward("--version")
    assert (0, f"kindward {__version__}\n", "") == (answer.status, answer.out, answer.err)


def test_help_shows_the_main_job_first(kindward):
    answer = kindward("--help")
    assert 0 == answer.status
    assert answer.out.index("kindward check photo.jpg --bank known") < answer.out.index("Options:")
    assert (
        list(COMMANDS)
        == [
            line.split()[0]
            for line in answer.out.split("Commands:\n")[1].splitlines()
            if line[:3] == "  " + line[2:3].strip() and line.strip()
        ][: len(COMMANDS)]
    )


def test_no_line_of_help_breaks_off(kindward):
    assert not [
        text for text in (kindward("--help").out, kindward("bank", "--help").out) if "..." in text.partition("\n")[2]
    ]


def test_every_command_option_and_argument_has_help():
    lacking = [" ".join(path) for path, command in _commands() if not command.help]
    lacking += [
        f"{' '.join(path)} {parameter.name}"
        for path, command in _commands()
        for parameter in command.params
        if not parameter.help
    ]
    assert [] == lacking


def test_every_help_text_is_translated_when_it_is_shown(monkeypatch):
    check = program.get_command(click.Context(program), "check")
    monkeypatch.setenv("KINDWARD_LANGUAGE", "en")
    english = check.get_short_help_str(), check.params[0].help
    monkeypatch.setenv("KINDWARD_LANGUAGE", "de")
    german = check.get_short_help_str(), check.params[0].help
    assert all(one != other for one, other in zip(english, german, strict=True))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["--no-such-option"],
        ["check"],
        ["check", "--no-such-option"],
        ["check", "a.jpg", "-o", "xml"],
        ["bank"],
        ["bank", "no-such-command"],
        ["bank", "build"],
        ["bank", "build", "out"],
        ["bank", "add", "out"],
        ["bank", "withdraw", "b", "e"],
        ["compare", "a"],
        ["serve", "--port", "70000"],
        ["token"],
        ["--language", "fr", "config"],
        ["config", "surplus"],
    ],
)
def test_wrong_usage_ends_with_64(kindward, arguments):
    answer = kindward(*arguments)
    assert (64, "") == (answer.status, answer.out), answer
    assert "Usage: kindward" in answer.err
    assert "Traceback" not in answer.err


def test_a_mistyped_command_is_answered_with_the_nearest(kindward):
    assert "Did you mean 'check'?" in kindward("chekc").err


def test_wrong_usage_is_explained_in_german(kindward):
    answer = kindward("--language", "de", "check", "--gibts-nicht")
    assert 64 == answer.status
    assert "Aufruf: kindward check" in answer.err
    assert "Die Option '--gibts-nicht' gibt es nicht." in answer.err


def test_the_language_of_the_environment_is_spoken(kindward, known):
    answer = kindward("check", "nirgends.jpg", "--bank", known, environment={"LC_ALL": "de_DE.UTF-8"})
    assert "kindward: nirgends.jpg: Diese Datei gibt es nicht. Prüfen Sie den Pfad.\n" == answer.err


def test_the_language_option_wins_over_the_environment(kindward):
    answer = kindward("--language=en", "--help", environment={"LC_ALL": "de_DE.UTF-8"})
    assert answer.out.startswith("Usage:")


def test_german_help_is_german_throughout(kindward):
    answer = kindward("--language", "de", "check", "--help")
    assert answer.out.startswith("Aufruf: kindward check")
    assert not [
        word
        for word in ("Options", "Usage", "default", "Folder", "Show")
        if word in answer.out.replace("[OPTIONS]", "")
    ]


def test_machine_output_has_the_same_keys_in_german(kindward, known, pictures):
    english, german = (
        kindward("--language", language, "check", pictures["rocket.jpg"], "--bank", known, "-o", "jsonl").record
        for language in ("en", "de")
    )
    assert english == german


def test_a_traceback_is_shown_only_on_request(kindward):
    plain, debug = kindward("bank", "show", "nowhere"), kindward("--debug", "bank", "show", "nowhere")
    assert (77, 77) == (plain.status, debug.status)
    assert ("Traceback" in plain.err, "Traceback" in debug.err) == (False, True)
    assert debug.err.endswith(plain.err)


def test_a_missing_configuration_is_told(kindward):
    answer = kindward("--config", "nowhere.toml", "config")
    assert (78, "") == (answer.status, answer.out)
    assert (
        "kindward: There is no configuration file at nowhere.toml. Check the path given with --config.\n" == answer.err
    )


def test_an_interruption_ends_with_130_and_says_nothing(kindward, known, pictures, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(3000):
        (many / f"{number}.png").symlink_to(pictures["motorcycle_left.png"])
    process = kindward.start("check", "many", "--bank", known, "-o", "jsonl", start_new_session=True)
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert (130, b"") == (process.returncode, err)


def test_no_decoding_process_outlives_the_program(kindward, known, pictures, tmp_path):
    marked = {"PYTHONPATH": f"{kindward.environment['PYTHONPATH']}:{tmp_path}"}
    process = kindward.start("check", "-", "--bank", known, environment=marked)
    deadline = time.monotonic() + 10
    while not _decoding(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _decoding(tmp_path)
    process.communicate(pictures["rocket.jpg"].read_bytes(), timeout=30)
    time.sleep(0.1)
    assert [] == _decoding(tmp_path)


def _decoding(folder):
    """Give the decoding processes that were told to look for modules in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if b"kindward.isolation" in command and os.fsencode(folder) in command:
                found.append(process.name)
    return found


def test_a_reader_that_goes_away_ends_the_program_quietly(kindward, known, changed_copies):
    process = kindward.start("check", changed_copies, changed_copies, changed_copies, "--bank", known, "-o", "jsonl")
    with process:
        process.stdout.close()
        err = process.stderr.read()
        status = process.wait(30)
    assert (exits.READER_GONE, b"") == (status, err)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["hash", "rocket.jpg", "-o", "jsonl"]])
def test_output_that_cannot_be_written_is_said_so(kindward, pictures, arguments):
    words = [str(pictures.get(word, word)) for word in arguments]
    answer = kindward(*words, prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
    said = "kindward: The output cannot be written: No space left on device.\n"
    assert (exits.OUTPUT_FAILED, said) == (answer.status, answer.err)


def test_a_closed_output_is_no_fault(kindward, known, pictures):
    shell = ["sh", "-c", 'exec "$@" >&-', "sh"]
    answer = kindward("check", pictures["rocket.jpg"], "--bank", known, prefix=shell)
    assert (1, "") == (answer.status, answer.err)


def _on_a_terminal(kindward, *arguments):
    """Run with standard output and error on a terminal and give status and what it showed."""
    ours, theirs = pty.openpty()
    process = kindward.start(*arguments, stdout=theirs, stderr=theirs, environment={"TERM": "xterm", "COLUMNS": "200"})
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    process.communicate(timeout=30)
    return process.returncode, shown.decode("utf-8", "replace")


def test_a_terminal_gets_colours_and_a_summary(kindward, known, pictures):
    status, shown = _on_a_terminal(kindward, "check", pictures["rocket.jpg"], pictures["camera.png"], "--bank", known)
    assert 1 == status
    assert re.search("\x1b\\[1;33mhold ", shown)
    assert "checked" in shown
    assert "matched" in shown


def test_without_a_terminal_there_are_no_colours_bars_or_summaries(kindward, known, pictures):
    answer = kindward("check", pictures["rocket.jpg"], pictures["camera.png"], "--bank", known)
    assert ("\x1b" in answer.out + answer.err, 2) == (False, answer.out.count("\n"))


def test_shell_completion_is_offered(kindward):
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    environment = {"_KINDWARD_COMPLETE": "bash_complete", "COMP_WORDS": "kindward ba", "COMP_CWORD": "1"}
    assert "plain,bank\n" == kindward(environment=environment).out

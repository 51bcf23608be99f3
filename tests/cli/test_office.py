"""Keys, people, the audit log and the centre's stand-in, from the command line."""

import json
import os
import re
import signal
import stat
import subprocess
import urllib.request

import pytest

PASSWORD = b"four words nobody combines\n"


@pytest.fixture
def office(kindward):
    """A folder with keys and settings for cases."""
    made = kindward("console", "init", "keys", "--name", "demo.example/audit")
    assert 0 == made.status, made
    (kindward.folder / "kindward.toml").write_text(
        '[cases]\nmaster_key_file = "keys/master.key"\naudit_key_file = "keys/audit.key"\n', encoding="utf-8"
    )
    kindward.verifier = made.out.splitlines()[-1]
    return kindward


def test_keys_are_for_the_owner_alone_and_are_never_overwritten(office):
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (office.folder / "keys").iterdir()}

    assert {"master.key": 0o600, "audit.key": 0o600} == modes
    assert re.fullmatch(r"demo\.example/audit\+[0-9a-f]{8}\+\S+", office.verifier)
    again = office("console", "init", "keys", "--name", "demo.example/audit")
    assert (78, True) == (again.status, "cannot be used" in again.err)


@pytest.mark.parametrize("name", ["", "with space", "a+b"])
def test_a_log_needs_a_name_that_a_key_can_have(kindward, name):
    answer = kindward("console", "init", "keys", "--name", name)

    assert (78, True) == (answer.status, "cannot be that of a log" in answer.err)


def test_people_are_added_listed_locked_and_let_in_again(office):
    added = office("person", "add", "anna", "--role", "reviewer", "--role", "lead", "-o", "jsonl").record
    assert re.fullmatch(r"p-[0-9a-f]{8}", added["id"])
    assert (["lead", "reviewer"], True) == (added["roles"], len(added["password"]) >= 12)
    quiet = office("person", "add", "ben", "--role", "operator", "--password-stdin", stdin=PASSWORD)
    assert (0, False) == (quiet.status, "assword" in quiet.out)
    assert 0 == office("person", "lock", "ben").status
    told = {one["login"]: one["locked"] for one in office("person", "list", "-o", "jsonl").records}
    assert {"anna": False, "ben": True} == told
    assert 0 == office("person", "lock", "ben", "--again").status
    assert 0 == office("person", "second-factor", "anna").status
    assert [False, False] == [one["locked"] for one in office("person", "list", "-o", "jsonl").records]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["anna", "--role", "reviewer", "--role", "operator"], "Nobody can be an operator and something else."),
        (["anna", "--role", "reviewer"], "There already is somebody with this login."),
        (["carl", "--role", "reviewer", "--password-stdin"], "A password has at least 12 characters."),
    ],
)
def test_people_that_cannot_be_added_are_told_why(office, arguments, says):
    office("person", "add", "anna", "--role", "reviewer")
    answer = office("person", "add", *arguments, stdin=b"short\n")

    assert (75, True) == (answer.status, says in answer.err)


def test_nobody_by_that_name_is_told(office):
    assert "There is nobody with this name." in office("person", "lock", "nobody").err


def test_the_audit_log_is_exported_and_verified(office):
    exported = office("audit", "export", "audit", "-o", "json")
    assert 0 == exported.status, exported
    assert {"folder": "audit", "leaves": 0, "key": office.verifier} == exported.record
    verified = office("verify", "audit", "audit", "--key", office.verifier)

    assert (0, True) == (verified.status, verified.out.startswith("Proven:"))


def test_without_a_key_there_is_nothing_to_export(kindward):
    answer = kindward("audit", "export", "audit")

    assert (78, True) == (answer.status, "cases.audit_key_file is not set" in answer.err)


def test_the_doctor_looks_at_keys_and_at_where_reports_go(office):
    office("person", "list")
    found = {one["message"]: one["state"] for one in office("doctor", "-o", "jsonl").records if one["check"] == "cases"}

    assert {"The keys open, and evidence can be sealed.": "ok", "Reports stay on this machine (dryrun).": "ok"} == found
    (office.folder / "keys" / "master.key").chmod(0o644)
    failed = [one for one in office("doctor", "-o", "jsonl").records if one["check"] == "cases"]
    assert [("fail", "master_key_unusable")] == [(one["state"], one["code"]) for one in failed]


PRODUCTION = """\
[cases]
master_key_file = "keys/master.key"
[reports]
authority = "ncmec"
settings_file = "reports.toml"
secrets_file = "secrets.toml"
"""


def test_reports_leave_the_machine_only_after_everything_was_confirmed(office):
    (office.folder / "reports.toml").write_text('[ncmec]\nenvironment = "test"\n', encoding="utf-8")
    (office.folder / "secrets.toml").write_text('[ncmec]\nuser = "u"\npassword = "p"\n', encoding="utf-8")
    (office.folder / "kindward.toml").write_text(PRODUCTION, encoding="utf-8")
    office("person", "list")

    def says():
        lines = [one for one in office("doctor", "-o", "jsonl").records if one["check"] == "cases"]
        return lines[-1]["message"]

    assert "reports.production is not true" in says()
    assert 75 == office("doctor", "--confirm-production").status
    (office.folder / "kindward.toml").write_text(PRODUCTION + "production = true\n", encoding="utf-8")
    assert "nobody has confirmed these settings" in says()
    office("doctor", "--confirm-production")
    assert "Reports go to the authority ncmec." == says()
    (office.folder / "reports.toml").write_text('[ncmec]\nenvironment = "production"\n', encoding="utf-8")
    assert "nobody has confirmed these settings" in says()
    (office.folder / "secrets.toml").write_text("", encoding="utf-8")
    assert "there is no file of secrets" in says()


def test_the_stand_in_of_a_centre_runs_with_one_command(kindward):
    process = subprocess.Popen(
        [*kindward.command, "sandbox", "centre", "--port", "0"],
        cwd=kindward.folder,
        env=kindward.environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        page = re.search(r"its page is (http://127\.0\.0\.1:\d+/)", process.stdout.readline())[1]
        with urllib.request.urlopen(page, timeout=10) as answer:
            assert "Nothing has arrived yet." in answer.read().decode()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)
        process.stdout.close()


def test_records_of_people_hold_no_secret(office):
    office("person", "add", "anna", "--role", "reviewer")
    told = json.dumps(office("person", "list", "-o", "jsonl").records)

    assert ("argon2" not in told, "factor" not in told) == (True, True)


def test_figures_are_given_as_lines_records_csv_and_a_page(office):
    period = ("--from", "2026-01-01", "--until", "2026-12-31")
    lines = office("transparency", *period)
    assert (0, True) == (lines.status, "0\tConfirmed by people" in lines.out)
    records = office("transparency", *period, "--form", "interim", "-o", "jsonl", "--page", "page.html").records
    assert None is next(one["value"] for one in records if one["code"] == "legal_ground")
    assert "<h1>Transparency report</h1>" in (office.folder / "page.html").read_text(encoding="utf-8")
    assert office("transparency", *period, "--csv").out.startswith("code,about,value,low,high,meaning\r\n")


def test_a_time_that_ends_before_it_begins_is_refused(office):
    answer = office("transparency", "--from", "2026-02-01", "--until", "2026-01-01")

    assert (75, True) == (answer.status, "The last day is before the first." in answer.err)


@pytest.mark.parametrize(("command", "page"), [("serve", "/login"), ("portal", "/")])
def test_pages_are_shown_with_one_command(office, command, page):
    process = subprocess.Popen(
        [*office.command, "console", command, "--port", "0"],
        cwd=office.folder,
        env=office.environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        with urllib.request.urlopen(address + page, timeout=10) as answer:
            assert "<main" in answer.read().decode()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) in {0, -signal.SIGTERM}
        process.stdout.close()


def test_without_a_key_there_is_no_console(kindward):
    answer = kindward("console", "serve", "--port", "0")

    assert (78, True) == (answer.status, "No cases are kept here" in answer.err)

"""``kindward bank subscribe``, ``update``, ``status`` and ``feedback`` as a person or a script runs them."""

import hashlib
import json
import os
import signal
import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from signed_lists import PublishedList, entry

MARKER = "MARKER-d20a97-secret"


class Quiet(SimpleHTTPRequestHandler):
    """Serve a folder and say nothing about it."""

    def log_message(self, *_args):
        """Say nothing."""


def value(number):
    return hashlib.sha256(f"line {number}".encode()).hexdigest()


@pytest.fixture
def listed(kindward):
    """A list in a file, and a function that writes it anew."""

    def write(*lines):
        (kindward.folder / "new").write_text("".join(f"{line}\n" for line in lines))
        (kindward.folder / "new").replace(kindward.folder / "list.txt")

    write(value(1), value(2))
    return write


@pytest.fixture
def ours(kindward, listed):
    """A bank that follows the list."""
    answer = kindward("bank", "subscribe", "ours", "--source", "file", "--set", "path=list.txt")
    assert 0 == answer.status, answer
    return answer


def show(kindward, bank="ours"):
    return kindward("bank", "show", bank, "-o", "jsonl").record["shown"]


def status(kindward, bank="ours", *more, **options):
    return kindward("bank", "status", bank, "-o", "jsonl", *more, **options).record


def test_a_bank_follows_a_list_in_a_file(kindward, listed, ours):
    assert "ours: 2 items new or changed, 0 withdrawn, 2 entries in force.\n" == ours.out
    listed(value(2), value(3), value(4))
    answer = kindward("bank", "update", "ours")
    assert (0, "ours: 2 items new or changed, 1 withdrawn, 3 entries in force.\n") == (answer.status, answer.out)
    assert {value(2), value(3), value(4)} == {one["value"] for one in show(kindward)}


def test_a_relative_path_is_understood_from_another_folder(kindward, listed, ours, program, tmp_path):
    listed(value(3))
    elsewhere = program(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    answer = elsewhere("bank", "update", str(kindward.folder / "ours"))
    assert 0 == answer.status, answer
    assert "1 item new or changed, 2 withdrawn, 1 entry in force" in answer.out


def test_a_list_that_became_empty_withdraws_nothing(kindward, listed, ours):
    listed()
    answer = kindward("bank", "update", "ours")
    assert 65 == answer.status
    assert "holds no usable fingerprint, so nothing was withdrawn" in answer.err
    assert 2 == len(show(kindward))


def test_lines_that_are_not_understood_are_told_counted_and_shown_until_they_are_mended(kindward, listed, ours):
    listed(value(1), "nonsense", "rubbish")
    answer = kindward("bank", "update", "ours")
    assert 65 == answer.status
    assert "2 records not understood" in answer.out
    assert "line 2:" in answer.err
    assert "nonsense" not in answer.out + answer.err
    shown = status(kindward)
    assert 2 == shown["rejected_total"]
    assert [(2, "fingerprint_unreadable"), (3, "fingerprint_unreadable")] == [
        (one["line"], one["code"]) for one in shown["rejected"]
    ]
    assert "line 3: This is not a fingerprint" in kindward("bank", "status", "ours").out
    listed(value(1))
    assert 0 == kindward("bank", "update", "ours").status
    assert 0 == status(kindward)["rejected_total"]


def test_the_status_tells_everything_a_keeper_of_banks_must_know(kindward, ours):
    shown = status(kindward)
    assert ("file", False, "imported", False) == (
        shown["follows"],
        shown["signed"],
        shown["trust"],
        shown["stale"],
    )
    assert {"path": str(kindward.folder / "list.txt")} == shown["settings"]
    assert shown["updated"] == shown["changed"] > "2026"
    assert (None, None, 0) == (shown["error"], shown["failing_since"], shown["failures"])
    assert {"active": 2, "quarantined": 0, "withdrawn": 0} == shown["states"]
    assert 2 == shown["last"]["put"]
    assert "not_signed" == shown["simulated"]
    assert {"queued": 0, "refused": 0, "error": None} == shown["feedback"]


def test_the_status_of_a_failing_bank_says_since_when_and_why_and_decides_the_exit_status(kindward, ours):
    (kindward.folder / "list.txt").unlink()
    assert 65 == kindward("bank", "update", "ours").status
    answer = kindward("bank", "status", "ours")
    assert 65 == answer.status
    assert "cannot be read: no such file or directory" in answer.out
    assert "list_unreadable" == status(kindward)["error"]["code"]
    assert 1 == status(kindward)["failures"]


def test_update_takes_the_configured_banks_that_follow_something(kindward, listed, ours):
    kindward("bank", "build", "fixed", "--from", "list.txt")
    (kindward.folder / "kindward.toml").write_text('[banks]\npaths = ["fixed", "ours"]\n')
    answer = kindward("bank", "update", "-o", "json")
    assert ["ours"] == [one["name"] for one in json.loads(answer.out)]
    (kindward.folder / "kindward.toml").write_text('[banks]\npaths = ["fixed"]\n')
    answer = kindward("bank", "update")
    assert (78, True) == (answer.status, "no_subscribed_bank" not in answer.err)
    assert "follows a source or a signed list" in answer.err
    assert 75 == kindward("bank", "update", "fixed").status


def test_one_bank_that_fails_does_not_hold_up_another(kindward, listed, ours):
    answer = kindward("bank", "update", "absent", "ours", "-o", "jsonl")
    assert 75 == answer.status
    assert ["not_subscribed", None] == [one["error"] and one["error"]["code"] for one in answer.records]


def test_every_goes_on_until_it_is_interrupted(kindward, listed, ours):
    process = kindward.start("bank", "update", "ours", "--every", "0.1", "-o", "jsonl")
    first = json.loads(process.stdout.readline())
    assert 0 == first["put"]
    listed(value(1), value(2), value(5))
    put = 0
    while not put:
        put = json.loads(process.stdout.readline())["put"]
    assert 1 == put
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert 130 == process.returncode


def test_every_tells_an_error_and_when_it_tries_again(kindward, listed, ours):
    (kindward.folder / "list.txt").unlink()
    process = kindward.start("bank", "update", "ours", "--every", "0.1", stderr=subprocess.STDOUT)
    lines = [process.stdout.readline().decode() for _ in range(4)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert "cannot be read" in lines[0]
    assert "next try in" in lines[1]


def test_a_wrong_entry_matches_no_longer_and_waits_for_its_source(kindward, ours):
    wrong = next(one["entry"] for one in show(kindward) if value(1) == one["value"])
    answer = kindward("bank", "feedback", "ours", wrong, "--wrong", "--reason", "a harmless picture", "--by", "anna")
    assert (0, f"Entry {wrong} matches no longer here.\n1 opinion waits.\n") == (answer.status, answer.out)
    shown = status(kindward)
    assert {"active": 1, "quarantined": 1, "withdrawn": 0} == shown["states"]
    assert 1 == shown["feedback"]["queued"]
    answer = kindward("bank", "feedback", "ours", "--send", "-o", "jsonl")
    assert (75, 1) == (answer.status, answer.record["queued"])
    assert "takes no feedback" in answer.err
    assert "1 opinion waits" in kindward("bank", "status", "ours").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ours"], "--send"),
        (["ours", "e1"], "--wrong or --right"),
        (["ours", "e1", "--wrong"], "--reason"),
    ],
)
def test_feedback_that_says_too_little_is_wrong_usage(kindward, ours, arguments, says):
    answer = kindward("bank", "feedback", *arguments)
    assert 64 == answer.status
    assert says in answer.err


@pytest.mark.parametrize(
    ("arguments", "expected", "says"),
    [
        (["ours"], 64, "either a signed list or --source"),
        (["ours", "list", "--source", "file"], 64, "not both"),
        (["ours", "list", "--set", "a=b", "--root", "r"], 64, "a signed list has none"),
        (["ours", "--source", "file", "--root", "r"], 64, "a source has none"),
        (["ours", "--source", "file", "--set", "path"], 64, "--set takes NAME=VALUE"),
        (["ours", "--source", "file", "--set", "path=a", "--set", "path=b"], 64, "gives path twice"),
        (["ours", "--source", "flie", "--set", "path=list.txt"], 78, "Did you mean file?"),
        (["ours", "--source", "file", "--set", "pth=list.txt"], 78, "has no setting pth"),
        (["ours", "--source", "file"], 78, "needs the setting path"),
        (["ours", "--source", "file", "--set", "path=absent.txt"], 65, "absent.txt cannot be read"),
        (["ours", "--source", "file", "--set", "path=list.txt", "--secret", "token=absent"], 78, "cannot be read"),
        (["ours", "nowhere", "--root", "list.txt"], 78, "no folder"),
        (["ours", "nowhere"], 78, "root file"),
        (["list.txt", "--source", "file", "--set", "path=list.txt"], 75, "is not a bank"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused_in_a_sentence_and_leaves_nothing(
    kindward, listed, arguments, expected, says
):
    answer = kindward("bank", "subscribe", *arguments)
    assert says in answer.err
    assert expected == answer.status
    assert "Traceback" not in answer.err
    assert ["list.txt"] == sorted(file.name for file in kindward.folder.iterdir())


def test_a_secret_is_never_printed_not_even_when_it_stands_in_the_wrong_place(kindward, listed):
    for arguments in (["--set", f"password={MARKER}"], ["--secret", MARKER], ["--set", MARKER]):
        answer = kindward(
            "--debug", "bank", "subscribe", "ours", "--source", "file", "--set", "path=list.txt", *arguments
        )
        assert answer.status in {64, 78}
        assert MARKER not in answer.out + answer.err


def test_a_folder_that_may_not_be_written_is_told(kindward, listed):
    if os.geteuid() == 0:
        (kindward.folder / "shut").write_text("a file, where root could not write either")
    else:
        (kindward.folder / "shut").mkdir(mode=0o500)
    answer = kindward("bank", "subscribe", "shut/ours", "--source", "file", "--set", "path=list.txt")
    assert 75 == answer.status
    assert "cannot be written" in answer.err


@pytest.fixture
def published(kindward):
    """A signed list in a folder, and its root file."""

    made = PublishedList(kindward.folder / "published")
    made.now = datetime.now(UTC)
    made.add(entry("a"), entry("b"))
    made.release()
    (kindward.folder / "root.json").write_bytes(made.root)
    return made


def test_a_bank_follows_a_signed_list_from_a_folder(kindward, published):
    answer = kindward("bank", "subscribe", "signed", "published", "--root", "root.json", "--name", "federation")
    assert (0, "signed: 2 items new or changed, 0 withdrawn, 2 entries in force, release 1.\n") == (
        answer.status,
        answer.out,
    ), answer
    published.remove(0)
    published.release()
    assert "1 withdrawn, 1 entry in force, release 2." in kindward("bank", "update", "signed").out
    shown = status(kindward, "signed")
    assert ("federation", True, "federated", 2, None) == (
        shown["name"],
        shown["signed"],
        shown["trust"],
        shown["release"],
        shown["simulated"],
    )
    assert shown["expires"] > shown["updated"]
    assert "signed list       " + str(kindward.folder / "published") in kindward("bank", "status", "signed").out


def test_a_bank_follows_a_signed_list_over_http_and_waits_for_a_host_that_is_away(kindward, published):
    answered = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(published.folder)))
    address = f"http://127.0.0.1:{answered.server_port}"
    threading.Thread(target=answered.serve_forever, daemon=True).start()
    try:
        answer = kindward("bank", "subscribe", "signed", address, "--root", "root.json")
        assert (0, True) == (answer.status, "2 entries in force, release 1" in answer.out), answer
        published.add(entry("c"))
        published.remove(0)
        published.release()
        answer = kindward("bank", "update", "signed")
        assert "1 item new or changed, 1 withdrawn, 2 entries in force, release 2" in answer.out, answer
    finally:
        answered.shutdown()
        answered.server_close()
    answer = kindward("bank", "update", "signed")
    assert (69, True) == (answer.status, "127.0.0.1" in answer.err), answer
    assert "failing since" in kindward("bank", "status", "signed").out
    assert 2 == len(show(kindward, "signed"))


@pytest.fixture
def trusted_by(tmp_path):
    """Make a certificate for localhost, which nobody trusts but who names its file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "server.pem").write_bytes(written + made.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "trusted.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return tmp_path


def test_a_bank_follows_a_signed_list_over_https_and_only_from_a_host_that_is_trusted(kindward, published, trusted_by):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted_by / "server.pem")
    answered = ThreadingHTTPServer(("localhost", 0), partial(Quiet, directory=str(published.folder)))
    answered.socket = context.wrap_socket(answered.socket, server_side=True)
    address = f"https://localhost:{answered.server_port}"
    trusting = {"SSL_CERT_FILE": str(trusted_by / "trusted.pem")}
    threading.Thread(target=answered.serve_forever, daemon=True).start()
    try:
        stranger = kindward("bank", "subscribe", "signed", address, "--root", "root.json")
        assert (69, True) == (stranger.status, "localhost" in stranger.err), stranger
        assert not (kindward.folder / "signed").exists()
        answer = kindward("bank", "subscribe", "signed", address, "--root", "root.json", environment=trusting)
        assert (0, True) == (answer.status, "2 entries in force, release 1" in answer.out), answer
        published.remove(0)
        published.release()
        answer = kindward("bank", "update", "signed", environment=trusting)
        assert "1 withdrawn, 1 entry in force, release 2" in answer.out, answer
    finally:
        answered.shutdown()
        answered.server_close()


def test_a_list_that_is_signed_by_others_is_refused_and_leaves_nothing(kindward, published, tmp_path):
    (kindward.folder / "other.json").write_bytes(PublishedList(tmp_path / "other").root)
    answer = kindward("bank", "subscribe", "signed", "published", "--root", "other.json")
    assert 77 == answer.status
    assert not (kindward.folder / "signed").exists()


@pytest.mark.parametrize(
    ("address", "expected", "says"),
    [
        ("ftp://lists.test/one", 78, "https://"),
        ("http://lists.test/one", 78, "https"),
        ("http://127.0.0.1:9/one", 69, "127.0.0.1"),
        ("https://anna:hunter2@lists.test/one", 78, "holds a password"),
    ],
)
def test_an_address_that_cannot_be_is_refused_in_a_sentence_and_leaves_nothing(
    kindward, published, address, expected, says
):
    answer = kindward("bank", "subscribe", "signed", address, "--root", "root.json")
    assert says in answer.err
    assert expected == answer.status
    assert "hunter2" not in answer.out + answer.err
    assert not (kindward.folder / "signed").exists()


def test_a_list_whose_signatures_ran_out_is_told_by_update_and_status(kindward, published):
    kindward("bank", "subscribe", "signed", "published", "--root", "root.json")
    state = kindward.folder / "signed" / "subscription" / "state.json"
    record = json.loads(state.read_text()) | {"expires": "2026-11-01T00:00:00+00:00"}
    state.write_text(json.dumps(record))
    answer = kindward("bank", "status", "signed")
    assert 77 == answer.status
    assert "goes on matching, but may lack newer changes" in answer.out


def test_the_doctor_names_the_sources_and_the_banks_that_follow_them(kindward, ours):
    (kindward.folder / "kindward.toml").write_text('[banks]\npaths = ["ours"]\n')
    found = {one["check"]: one for one in kindward("doctor", "-o", "jsonl").records}
    assert "file" in found["sources"]["message"]
    assert ("ok", True) == (found["following"]["state"], "ours is up to date" in found["following"]["message"])
    (kindward.folder / "list.txt").unlink()
    kindward("bank", "update", "ours")
    found = {one["check"]: one for one in kindward("doctor", "-o", "jsonl").records}
    assert ("warn", "list_unreadable") == (found["following"]["state"], found["following"]["code"])

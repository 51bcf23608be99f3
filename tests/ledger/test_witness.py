"""What a witness answers: C2SP tlog-witness, case by case, without and with HTTP."""

import http.client
import threading
from urllib.parse import urlsplit

import pytest
from made_logs import NOW, log_key, plain_root, witness_key

from kindward.errors import TrustError
from kindward.ledger.note import Checkpoint, Note, open_checkpoint, sign_checkpoint, witnessed
from kindward.ledger.tree import leaf_hash, prove_consistency
from kindward.ledger.witness import Submission, Witness, cosignatures
from kindward.sandbox.running import running
from kindward.sandbox.witness import WitnessSandbox

AT = int(NOW.timestamp())
HASHES = [leaf_hash(b"leaf %d" % number) for number in range(40)]


def root(size):
    return plain_root(HASHES[:size])


def checkpoint(size, origin="list.example/log"):
    return Checkpoint(origin, size, root(size))


def submission(old, size, key=None, proof=None, signed=None):
    made = prove_consistency(old, size, lambda start, end: plain_root(HASHES[start:end])) if proof is None else proof
    return Submission(old, tuple(made), sign_checkpoint(signed or checkpoint(size), key or log_key())).write()


@pytest.fixture
def witness():
    return Witness(witness_key(0), [log_key().verifier.text])


def test_a_submission_has_the_form_of_the_specification():
    raw = submission(3, 5).decode()
    lines = raw.split("\n")

    assert "old 3" == lines[0]
    assert ["", "list.example/log", "5"] == lines[1 + len(prove_consistency(3, 5, lambda _a, _b: bytes(32))) :][:3]
    assert Submission.parse(raw.encode()).write().decode() == raw
    assert submission(0, 5).startswith(b"old 0\n\nlist.example/log\n5\n")


def test_a_log_that_only_grew_is_cosigned(witness):
    for old, new in [(0, 5), (5, 5), (5, 6), (6, 40)]:
        answer = witness.add_checkpoint(submission(old, new), AT)
        note = sign_checkpoint(checkpoint(new), log_key())
        signed = note.signed_too(cosignatures(answer.body, note, witness_key(0).verifier.text))

        assert (200, "text/plain; charset=utf-8") == (answer.status, answer.kind)
        assert answer.body.startswith("— witness.example/0 ".encode())
        witnesses = [witness_key(0).verifier.text]
        assert checkpoint(new) == open_checkpoint(signed.write(), log_key().verifier.text, witnesses, 1)
        assert {"witness.example/0": AT} == witnessed(signed, witnesses)
        assert {"list.example/log": checkpoint(new)} == witness.seen


def test_what_is_kept_is_kept_before_the_answer():
    kept = []
    witness = Witness(witness_key(0), [log_key().verifier.text], keep=kept.append)
    witness.add_checkpoint(submission(0, 5), AT)
    witness.add_checkpoint(submission(3, 5), AT)

    assert [checkpoint(5)] == kept


def test_an_unknown_log_is_not_found(witness):
    other = sign_checkpoint(checkpoint(5, "other.example/log"), log_key("other.example/log"))

    answer = witness.add_checkpoint(Submission(0, (), other).write(), AT)
    assert (404, b"this log is not known here\n") == (answer.status, answer.body)


def test_a_checkpoint_that_its_log_did_not_sign_is_forbidden(witness):
    answer = witness.add_checkpoint(submission(0, 5, log_key("other.example/log")), AT)
    assert (403, b"the checkpoint is not signed by its log\n") == (answer.status, answer.body)
    spoilt = submission(0, 5).replace(b"\n5\n", b"\n6\n")
    assert 403 == witness.add_checkpoint(spoilt, AT).status
    assert {} == witness.seen


@pytest.mark.parametrize("old", [0, 3, 4, 6])
def test_another_old_size_is_told_the_right_one(witness, old):
    witness.add_checkpoint(submission(0, 5), AT)
    answer = witness.add_checkpoint(submission(old, 10), AT)

    assert (409, b"5\n", "text/x.tlog.size") == (answer.status, answer.body, answer.kind)


def test_another_root_of_the_same_size_is_a_conflict(witness):
    witness.add_checkpoint(submission(0, 5), AT)
    fork = Checkpoint("list.example/log", 5, root(6))

    assert (409, b"5\n") == (
        (answer := witness.add_checkpoint(submission(5, 5, signed=fork), AT)).status,
        answer.body,
    )
    assert checkpoint(5) == witness.seen["list.example/log"]


def test_a_log_that_was_rewritten_is_not_cosigned(witness):
    witness.add_checkpoint(submission(0, 5), AT)
    rewritten = Checkpoint("list.example/log", 10, root(11))

    answer = witness.add_checkpoint(submission(5, 10, signed=rewritten), AT)
    assert (422, b"the proof does not hold\n") == (answer.status, answer.body)
    assert 422 == witness.add_checkpoint(submission(5, 10, proof=[]), AT).status
    assert (
        422
        == Witness(witness_key(0), [log_key().verifier.text])
        .add_checkpoint(submission(0, 5, proof=[bytes(32)]), AT)
        .status
    )
    assert checkpoint(5) == witness.seen["list.example/log"]


def test_a_log_that_became_shorter_is_a_bad_request(witness):
    witness.add_checkpoint(submission(0, 10), AT)

    answer = witness.add_checkpoint(submission(10, 5, proof=[]), AT)
    assert (400, b"the old size is larger than the new\n") == (answer.status, answer.body)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"old 0\n",
        b"\xff",
        submission(0, 5).replace(b"old 0", b"old 00"),
        submission(0, 5).replace(b"old 0", b"old -1"),
        submission(0, 5).replace(b"old 0", b"old "),
        submission(0, 5).replace(b"old 0", b"old"),
        submission(0, 5).replace(b"old 0", b"old 1 2"),
        submission(0, 5).replace(b"old 0", b"new 0"),
        submission(0, 5).replace(b"old 0", b"old " + b"9" * 5000),
        submission(0, 5).replace(b"old 0", "old ٥".encode()),
        submission(0, 5).replace(b"old 0\n", b"old 0\nAAAA\n"),
        submission(0, 5).replace(b"old 0\n", b"old 0\n????\n"),
        submission(0, 5, proof=[bytes(32)] * 64),
        submission(0, 5).replace(b"\n5\n", b"\n05\n"),
        submission(0, 5) + b"x" * (1 << 20),
        submission(0, 5)[:-1],
    ],
)
def test_what_cannot_be_read_is_a_bad_request(witness, raw):
    answer = witness.add_checkpoint(raw, AT)
    assert (400, b"the submission cannot be read\n") == (answer.status, answer.body)


def test_sixty_three_lines_of_proof_are_read(witness):
    assert 422 == witness.add_checkpoint(submission(0, 5, proof=[bytes(32)] * 63), AT).status


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff",
        b"no line\n",
        witness_key(1).sign(checkpoint(5).text, AT).line.encode(),
        witness_key(0).sign(checkpoint(6).text, AT).line.encode(),
        witness_key(0).sign(checkpoint(5).text, AT).line.encode()[:-1],
    ],
)
def test_an_answer_without_a_right_cosignature_is_refused(answer):
    note = sign_checkpoint(checkpoint(5), log_key())

    with pytest.raises(TrustError, match=r"witness witness\.example/0 did not answer") as refused:
        cosignatures(answer, note, witness_key(0).verifier.text)
    assert "witness_answer_wrong" == refused.value.code
    assert "other witnesses" in refused.value.hint


def test_further_lines_of_strangers_are_left_out():
    note = sign_checkpoint(checkpoint(5), log_key())
    right, strange = (witness_key(number).sign(note.text, AT) for number in (0, 1))

    assert (right,) == cosignatures((strange.line + right.line).encode(), note, witness_key(0).verifier.text)


# Over HTTP.


def post(address, body, path="/add-checkpoint"):
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.getheader("content-type"), answer.read()
    finally:
        connection.close()


def test_a_witness_answers_over_http(witness):
    with running(WitnessSandbox(witness, now=lambda: AT).app) as address:
        status, kind, body = post(address, submission(0, 5))
        assert (200, "text/plain; charset=utf-8") == (status, kind)
        note = sign_checkpoint(checkpoint(5), log_key())
        assert 1 == len(cosignatures(body, note, witness_key(0).verifier.text))
        assert (409, "text/x.tlog.size", b"5\n") == post(address, submission(0, 6))
        assert 400 == post(address, b"x")[0]
        assert 404 == post(address, submission(0, 5), "/elsewhere")[0]
        assert 413 == post(address, b"x" * ((1 << 20) + 1))[0]


def test_a_witness_remembers_what_it_cosigned(tmp_path):
    logs = [log_key().verifier.text, log_key("other.example/log").verifier.text]
    other = Submission(0, (), sign_checkpoint(checkpoint(7, "other.example/log"), log_key("other.example/log")))
    with running(WitnessSandbox(Witness(witness_key(0), logs), tmp_path / "seen").app) as address:
        assert [200, 200] == [post(address, submission(0, 5))[0], post(address, other.write())[0]]
    again = Witness(witness_key(0), logs)
    with running(WitnessSandbox(again, tmp_path / "seen").app) as address:
        assert (409, b"5\n") == post(address, submission(0, 6))[::2]
        assert 200 == post(address, submission(5, 6))[0]
    assert {"list.example/log": checkpoint(6), "other.example/log": checkpoint(7, "other.example/log")} == again.seen


def test_of_two_at_once_one_is_refused(witness):
    statuses = []
    with running(WitnessSandbox(witness, now=lambda: AT).app) as address:
        threads = [
            threading.Thread(target=lambda size=size: statuses.append(post(address, submission(0, size))[0]))
            for size in (5, 6, 7, 8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert [200, 409, 409, 409] == sorted(statuses)


def test_a_note_keeps_what_it_says():
    raw = submission(0, 5)

    assert Note.parse(raw.partition(b"\n\n")[2]) == Submission.parse(raw).note

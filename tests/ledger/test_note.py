"""Signed notes and checkpoints, against the published examples and against everything that can be wrong."""

from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from made_logs import flipped, log_key, private_key, witness_key

from kindward.errors import TrustError
from kindward.ledger.keys import COSIGNATURE, ED25519, SigningKey, VerifierKey, cosigned, private_key_text
from kindward.ledger.note import Checkpoint, Note, open_checkpoint, sign_checkpoint, witnessed

# From golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
PUBLISHED = [
    PETER,
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
]
# The example of C2SP tlog-checkpoint and tlog-cosignature.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
    "+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe"
    "+mbIUBkBIfZ+qnA==\n"
)
CHECKPOINT = Checkpoint("list.example/log", 318, bytes(range(32)))
LOG = log_key().verifier.text
WITNESSES = [witness_key(number).verifier.text for number in range(3)]


def note(*witnesses, at=1_764_000_000, key=None):
    signed = sign_checkpoint(CHECKPOINT, key or log_key())
    return signed.signed_too(witness_key(number).sign(signed.text, at) for number in witnesses)


@pytest.mark.parametrize("text", PUBLISHED)
def test_published_keys_are_read_and_written(text):
    assert text == VerifierKey.parse(text).text
    assert text.split("+")[1] == VerifierKey.parse(text).key_id.hex()


def test_a_published_private_key_makes_the_published_signature():
    key = SigningKey.parse(PETER_PRIVATE)

    assert PETER == key.verifier.text
    assert LINE == key.sign(TEXT).line
    assert TEXT + "\n" + LINE == Note(TEXT, (key.sign(TEXT),)).write()
    assert 0 == VerifierKey.parse(PETER).verify(TEXT, Note.parse(TEXT + "\n" + LINE).signatures[0])


@pytest.mark.parametrize("kind", [ED25519, COSIGNATURE])
def test_a_private_key_is_written_as_it_is_read(kind):
    private = private_key("any")
    text = private_key_text("any.example", private, kind)

    assert (kind, "any.example") == (SigningKey.parse(text).verifier.kind, SigningKey.parse(text).verifier.name)
    assert SigningKey.of("any.example", private, kind).verifier == SigningKey.parse(text).verifier
    assert PETER_PRIVATE == private_key_text("PeterNeumann", _go(PETER_PRIVATE))


def _go(text):
    return Ed25519PrivateKey.from_private_bytes(b64decode(text.split("+", 4)[4])[1:])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+",
        "PeterNeumann+c74f20a3+!!!!",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        VerifierKey("with space", 1, bytes(32)).text,
        VerifierKey("line\nend", 1, bytes(32)).text,
        VerifierKey("x" * 254, 1, bytes(32)).text,
        VerifierKey("short", 1, bytes(31)).text,
        VerifierKey("long", 1, bytes(33)).text,
    ],
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(TrustError) as refused:
        VerifierKey.parse(text)
    assert "note_key_unreadable" == refused.value.code
    assert "name+keyid+key" in refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        PETER,
        PETER_PRIVATE.replace("c74f", "c74e"),
        PETER_PRIVATE.removeprefix("PRIVATE+KEY+"),
        PETER_PRIVATE[:-4],
        PETER_PRIVATE + "AAAA",
        "PRIVATE+KEY+a+b",
        private_key_text("any", private_key("any"), 2),
        private_key_text("a b", private_key("any")),
        "",
    ],
)
def test_what_is_no_private_key_is_refused(text):
    with pytest.raises(TrustError, match="not a verifier key"):
        SigningKey.parse(text)


def test_the_published_checkpoint_is_read_and_written():
    parsed = Note.parse(EXAMPLE)
    checkpoint = Checkpoint.parse(parsed.text)

    assert ("example.com/behind-the-sofa", 20852163, "0ac5186a") == (
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root.hex()[:8],
    )
    assert EXAMPLE == parsed.write() == Note.parse(EXAMPLE.encode()).write()
    assert checkpoint.text == parsed.text
    assert 1679315147 == int.from_bytes(parsed.signatures[1].made[:8])
    assert "cosignature/v1\ntime 1679315147\n" + checkpoint.text == cosigned(checkpoint.text, 1679315147)


def test_a_checkpoint_that_log_and_witnesses_signed_is_opened():
    assert CHECKPOINT == open_checkpoint(note(0, 2).write(), LOG, WITNESSES, 2)
    assert CHECKPOINT == open_checkpoint(note(0, 2).write().encode(), LOG, WITNESSES, 0)
    assert {"witness.example/0": 1_764_000_000, "witness.example/2": 1_764_000_000} == witnessed(note(0, 2), WITNESSES)


@pytest.mark.parametrize(("signers", "quorum"), [((), 1), ((0,), 2), ((0, 1, 2), 4)])
def test_too_few_witnesses_are_refused(signers, quorum):
    with pytest.raises(TrustError, match=f"by {len(signers)} of the witnesses, but {quorum} must") as refused:
        open_checkpoint(note(*signers).write(), LOG, WITNESSES, quorum)
    assert "checkpoint_unwitnessed" == refused.value.code
    assert "Wait for the witnesses" in refused.value.hint


def test_a_witness_counts_once():
    twice = note(0).write() + witness_key(0).sign(CHECKPOINT.text, 1_764_000_001).line
    same_key = SigningKey.of("other.example", private_key("witness 0"), COSIGNATURE)
    renamed = Note.parse(twice).signed_too([same_key.sign(CHECKPOINT.text, 7)])

    assert {"witness.example/0": 1_764_000_001} == witnessed(Note.parse(twice), WITNESSES)
    assert 1 == len(witnessed(renamed, [WITNESSES[0], same_key.verifier.text]))
    with pytest.raises(TrustError, match="by 1 of"):
        open_checkpoint(twice, LOG, WITNESSES, 2)


def test_a_key_that_only_signs_is_no_witness_and_one_that_cosigns_no_log():
    plain = SigningKey.of("witness.example/0", private_key("witness 0"))
    cosigning = SigningKey.of("list.example/log", private_key("list.example/log"), COSIGNATURE)
    signed = note().signed_too([plain.sign(CHECKPOINT.text)])

    assert {} == witnessed(signed, [plain.verifier.text])
    with pytest.raises(TrustError) as refused:
        open_checkpoint(note(key=cosigning).write(), cosigning.verifier.text, (), 0)
    assert "checkpoint_unsigned" == refused.value.code


def test_strangers_do_not_count_and_do_not_matter():
    assert CHECKPOINT == open_checkpoint(note(0, 1, 2).write(), LOG, WITNESSES[:1], 1)
    with pytest.raises(TrustError, match="by 0 of the witnesses"):
        open_checkpoint(note(1, 2).write(), LOG, WITNESSES[:1], 1)


def test_a_checkpoint_that_its_log_did_not_sign_is_refused():
    with pytest.raises(TrustError, match=r"no signature of the log list\.example/log") as refused:
        open_checkpoint(note(0, key=log_key("other.example/log")).write(), LOG, WITNESSES, 1)
    assert "checkpoint_unsigned" == refused.value.code


def test_the_checkpoint_of_another_log_is_refused_even_if_our_log_signed_it():
    other = Checkpoint("other.example/log", 5, bytes(32))

    with pytest.raises(TrustError, match=r"log other\.example/log, not of list\.example/log") as refused:
        open_checkpoint(sign_checkpoint(other, log_key()).write(), LOG, (), 0)
    assert "checkpoint_other_log" == refused.value.code


@pytest.mark.parametrize("which", [0, 1])
def test_a_wrong_signature_under_a_known_name_spoils_the_note(which):
    signed = note(0)
    wrong = list(signed.signatures)
    made = flipped(wrong[which].made, at=70 if which else 5)
    wrong[which] = replace(wrong[which], made=made)

    with pytest.raises(TrustError, match="is not one of its key") as refused:
        open_checkpoint(Note(signed.text, tuple(wrong)).write(), LOG, WITNESSES, 1)
    assert "note_signature_wrong" == refused.value.code
    assert wrong[which].name == refused.value.facts["name"]


@pytest.mark.parametrize("made", [b"", bytes(63), bytes(65), bytes(8 + 63), bytes(8 + 65), b"\xff" * 72])
def test_a_signature_of_wrong_length_or_time_is_wrong(made):
    signature = log_key().sign(CHECKPOINT.text)
    for key in (log_key().verifier, witness_key(0).verifier):
        assert key.verify(CHECKPOINT.text, replace(signature, name=key.name, key_id=key.key_id, made=made)) is None


def test_a_cosignature_of_a_time_too_late_to_write_is_wrong():
    right = witness_key(0).sign(CHECKPOINT.text, 2**63 - 1)
    late = witness_key(0).sign(CHECKPOINT.text, 2**63)

    assert (2**63 - 1, None) == (
        witness_key(0).verifier.verify(CHECKPOINT.text, right),
        witness_key(0).verifier.verify(CHECKPOINT.text, late),
    )


def test_the_time_of_a_cosignature_cannot_be_changed():
    signature = witness_key(0).sign(CHECKPOINT.text, 1000)
    moved = replace(signature, made=(1001).to_bytes(8) + signature.made[8:])

    assert witness_key(0).verifier.verify(CHECKPOINT.text, moved) is None


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— a",
        "text\n\n" + LINE.removesuffix("\n"),
        "text\n\n" + LINE + "x",
        "text\n\n" + LINE.replace("—", "-"),
        "text\n\n" + LINE.replace("— ", "—"),
        "text\n\n" + LINE.replace("PeterNeumann", "Peter Neumann"),
        "text\n\n" + LINE.replace("PeterNeumann", "Peter+Neumann"),
        "text\n\n" + LINE.replace("PeterNeumann", ""),
        "text\n\n" + LINE.replace("PeterNeumann", "Peter\u2003Neumann"),
        "text\n\n" + LINE.replace("=", ""),
        "text\n\n" + LINE.replace("nAM=", "nAN="),
        "text\n\n— a AAAAAA==\n",
        "te\txt\n\n" + LINE,
        "te\0xt\n\n" + LINE,
        "text\r\n\n" + LINE,
        b"\xff\n\n" + LINE.encode(),
        "x" * (1 << 20) + "\n\n" + LINE,
        "text\n\n" + LINE * 101,
    ],
)
def test_what_is_no_note_is_refused(raw):
    with pytest.raises(TrustError) as refused:
        Note.parse(raw)
    assert "note_unreadable" == refused.value.code
    assert "Fetch it again" in refused.value.hint


def test_a_note_may_hold_empty_lines_and_many_signatures():
    assert 100 == len(Note.parse("text\n\n" + LINE * 100).signatures)
    assert "a\n\nb\n" == Note.parse("a\n\nb\n\n" + LINE).text
    assert "a\n\n" == Note.parse("a\n\n\n" + LINE).text
    assert (1 << 20) == len(Note.parse("x" * ((1 << 20) - len(LINE.encode()) - 2) + "\n\n" + LINE).write().encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n5\n",
        "log\n5\n" + b64encode(bytes(32)).decode(),
        "log\n5\n" + b64encode(bytes(31)).decode() + "\n",
        "log\n5\n" + b64encode(bytes(33)).decode() + "\n",
        "log\n05\n" + b64encode(bytes(32)).decode() + "\n",
        "log\n-5\n" + b64encode(bytes(32)).decode() + "\n",
        "log\n+5\n" + b64encode(bytes(32)).decode() + "\n",
        "log\n٥\n" + b64encode(bytes(32)).decode() + "\n",
        "log\n\n" + b64encode(bytes(32)).decode() + "\n",
        f"log\n{2**63}\n" + b64encode(bytes(32)).decode() + "\n",
        f"log\n{10**30}\n" + b64encode(bytes(32)).decode() + "\n",
        "\n5\n" + b64encode(bytes(32)).decode() + "\n",
        "x" * 254 + "\n5\n" + b64encode(bytes(32)).decode() + "\n",
        "log\n5\n" + b64encode(bytes(32)).decode() + "\nextension\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(TrustError) as refused:
        Checkpoint.parse(text)
    assert "checkpoint_unreadable" == refused.value.code
    assert "Fetch it again" in refused.value.hint


@pytest.mark.parametrize("size", [0, 1, 2**63 - 1])
def test_a_checkpoint_is_read_as_it_was_written(size):
    checkpoint = Checkpoint("x" * 253, size, bytes(32))

    assert checkpoint == Checkpoint.parse(checkpoint.text)


def test_a_new_signature_takes_the_place_of_the_older_of_its_key():
    first, second = note(0, at=1), witness_key(0).sign(CHECKPOINT.text, 2)

    assert [*first.signatures[:1], second] == list(first.signed_too([second]).signatures)
    assert 3 == len(first.signed_too([witness_key(1).sign(CHECKPOINT.text, 2)]).signatures)


@given(st.integers(0, 100_000))
def test_a_checkpoint_with_one_bit_turned_over_is_refused(seed):
    raw = note(0, 1).write().encode()
    wrong = flipped(raw, seed=seed)
    try:
        opened = open_checkpoint(wrong, LOG, WITNESSES[:2], 2)
    except TrustError:
        return
    raise AssertionError(opened)

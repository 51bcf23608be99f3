"""Broken notes, leaves, files and states by the thousand: read, or refused with a TrustError, and nothing else."""

import json
import os
import random
from collections import Counter

import pytest
from made_logs import BKA, KC, NOW, MadeList, log_key, private_key, witness_key

from kindward.errors import TrustError
from kindward.ledger.audit import Audit, canary_labels
from kindward.ledger.charter import Charter
from kindward.ledger.history import History
from kindward.ledger.keys import SigningKey, VerifierKey, private_key_text
from kindward.ledger.leaves import decode, encode
from kindward.ledger.note import Checkpoint, Note, open_checkpoint
from kindward.ledger.published import read_published
from kindward.ledger.tiles import TileReader
from kindward.ledger.witness import Submission, Witness

LONG = int(os.environ.get("KINDWARD_FUZZ_FILES", "10000"))
TELLING = [
    b"\0",
    b"\xff",
    b"\n",
    b"\n\n",
    b'"',
    b"{",
    b"[" * 2000,
    b"9" * 5000,
    b"-1",
    b"1e9",
    b"null",
    "— ".encode(),
    b"+",
]


def _made():
    made = MadeList()
    made.add(5)
    made.add(3, (BKA, KC), "B2")
    made.publish()
    made.remove(1)
    made.publish()
    return made


MADE = _made()
STATE = MADE.history.state()
LOG, WITNESSES = log_key().verifier.text, [witness_key(number).verifier.text for number in range(2)]
SUBMISSION = Submission(0, (bytes(32),), Note.parse(MADE.files["log/checkpoint"])).write()


def mutated(data, chance):
    """Break bytes in one to four places: bits, telling bytes, parts lost, doubled or put elsewhere."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at, length = chance.randrange(len(data) + 1), chance.choice((1, 2, 4, 32))
        match chance.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + length] = chance.choice(TELLING)
            case 2:
                data[at:at] = chance.choice(TELLING)
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case _:
                del data[at:]
    return bytes(data)


def _text(data):
    return data.decode("utf-8", "replace")


def _leaf(data):
    assert data == encode(decode(data))


def _tile(path):
    def read(data):
        files = MADE.files | {f"log/{path}": data}
        reader = TileReader(lambda name: files[f"log/{name}"], MADE.size)
        return (reader.root(), list(reader.leaves()))

    return read


def _charter(data):
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        raise TrustError("no_record", "No record.") from None
    assert Charter.from_record(record).record()


def _root(data):
    read_published(MADE.fetch, data, NOW)


def _submission(data):
    status = Witness(witness_key(0), [LOG]).add_checkpoint(data, 5).status
    if status != 200:
        assert status in {400, 403, 404, 409, 422}
        raise TrustError("refused", "Refused.")


def _list(path):
    def examine(data):
        files = MADE.files | {path: data}
        list(Audit(lambda name, _most: files[name], NOW, first=MADE.files["metadata/1.root.json"]).everything())

    return examine


TARGETS = {
    "note": (MADE.files["log/checkpoint"], Note.parse),
    "checkpoint text": (Checkpoint("a", 5, bytes(32)).text.encode(), lambda data: Checkpoint.parse(_text(data))),
    "checkpoint": (MADE.files["log/checkpoint"], lambda data: open_checkpoint(data, LOG, WITNESSES, 2)),
    "key": (LOG.encode(), lambda data: VerifierKey.parse(_text(data))),
    "private key": (
        private_key_text("a", private_key("a")).encode(),
        lambda data: SigningKey.parse(_text(data)),
    ),
    **{f"leaf {number}": (MADE.raw[number], _leaf) for number in (0, 8, 9, 12)},
    "tile": (MADE.files[f"log/tile/0/000.p/{MADE.size}"], _tile(f"tile/0/000.p/{MADE.size}")),
    "bundle": (MADE.files[f"log/tile/entries/000.p/{MADE.size}"], _tile(f"tile/entries/000.p/{MADE.size}")),
    "state": (STATE, lambda data: History.resume(MADE.charter, data)),
    "charter": (json.dumps(MADE.record).encode(), _charter),
    "submission": (SUBMISSION, _submission),
    "canaries": (MADE.public["list/canaries.txt"], canary_labels),
    "root": (MADE.files["metadata/1.root.json"], _root),
    "timestamp": (MADE.files["metadata/timestamp.json"], _list("metadata/timestamp.json")),
    "snapshot": (MADE.files["metadata/2.snapshot.json"], _list("metadata/2.snapshot.json")),
    "targets": (MADE.files["metadata/2.targets.json"], _list("metadata/2.targets.json")),
    "authorities": (MADE.files["metadata/2.authorities.json"], _list("metadata/2.authorities.json")),
    "log of a list": (
        MADE.files[f"log/tile/entries/000.p/{MADE.size}"],
        _list(f"log/tile/entries/000.p/{MADE.size}"),
    ),
}


def _fuzz(name, count):
    seed, read = TARGETS[name]
    outcomes = Counter()
    for number in range(count):
        try:
            read(mutated(seed, random.Random(f"{name}-{number}")))
        except TrustError as refused:
            outcomes["refused" if refused.sentence else "without a sentence"] += 1
        else:
            outcomes["read"] += 1
    return outcomes


@pytest.mark.parametrize("name", TARGETS)
def test_two_hundred_broken_inputs_are_read_or_refused(name):
    outcomes = _fuzz(name, 200)

    assert 200 == outcomes["refused"] + outcomes["read"]
    assert outcomes["refused"] > 100


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_broken_inputs_by_the_thousand_are_read_or_refused(name, record_property):
    outcomes = _fuzz(name, LONG)
    for outcome, count in sorted(outcomes.items()):
        record_property(outcome, count)

    assert LONG == outcomes["refused"] + outcomes["read"]

"""Measure what the log of a list costs: writing, proving, examining it; python benchmarks/ledger.py [SIZE…].

Sizes are numbers of entries, by default 1,000,000. Two authorities confirm every entry; one in a thousand is withdrawn
again. Times are processor time of one core, because absolute times move with what else a machine does; peak memory is
that of a process of its own for each size.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from measure import table, write_json
from securesystemslib.signer import SSlibKey

from kindward.ledger.charter import Charter
from kindward.ledger.history import History
from kindward.ledger.keys import COSIGNATURE, SigningKey
from kindward.ledger.leaves import Add, Attest, Canary, Leaf, Release, Remove, encode, payload
from kindward.ledger.note import Checkpoint, open_checkpoint, sign_checkpoint
from kindward.ledger.tiles import TileReader, appended, no_log
from kindward.ledger.tree import Frontier, leaf_hash, verify_consistency, verify_inclusion

KEYS = {name: Ed25519PrivateKey.generate() for name in ("bka.example", "nca.example")}
LOG = SigningKey.of("list.example/log", Ed25519PrivateKey.generate())
WITNESSES = [SigningKey.of(f"witness.example/{n}", Ed25519PrivateKey.generate(), COSIGNATURE) for n in range(3)]
DAY = 1000
"""Leaves of a daily update."""


def main(sizes: list[int]) -> None:
    results = {f"{size:,} entries": alone(size) for size in sizes}
    names = list(next(iter(results.values())))
    table("Ledger", ["", *results], [[name, *(found[name] for found in results.values())] for name in names])
    write_json("ledger", results, packages=["cryptography"])


def alone(size: int) -> dict[str, float]:
    """Measure one size in a process of its own, so that the peak of memory is its own."""
    command = [sys.executable, __file__, "--one", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {name: float(value) for name, value in (line.rsplit("\t", 1) for line in done.stdout.splitlines())}


def one(size: int) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR")))
    try:
        return measured(folder, size)
    finally:
        shutil.rmtree(folder)


def measured(folder: Path, size: int) -> dict[str, float]:
    charter = made_charter()
    found = {"encode leaves, s": seconds(lambda: sum(1 for _ in entries(size)))}
    found["append hashes to the edge of the tree, s"] = appending(size)
    found["write the log as files, s"] = seconds(lambda: write(folder, TileReader(no_log, 0), release(charter, size)))
    total = size + size // 1000 + 5
    reader = TileReader(lambda path: (folder / path).read_bytes(), total)
    history = History(charter)
    found["examine the whole history, s"] = seconds(lambda: taken(history, reader))
    assert history.frontier.root() == reader.root()
    assert history.complete
    found |= proofs(reader, history.frontier)
    found |= kept(history, charter)
    found |= sizes(folder)
    found["write a daily update of 1,000 leaves, s"] = seconds(lambda: write(folder, reader, daily(total)))
    found["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def appending(size: int) -> float:
    """Time the tree alone; the hashes of leaves are made beforehand, in pieces that do not fill the memory."""
    frontier, spent = Frontier(), 0.0
    for first in range(0, size, 1 << 17):
        hashes = [leaf_hash(b"%d" % n) for n in range(first, min(size, first + (1 << 17)))]
        start = time.process_time()
        frontier.extend(hashes)
        spent += time.process_time() - start
    return spent


def proofs(reader: TileReader, frontier: Frontier) -> dict[str, float]:
    size, root, old = reader.size, frontier.root(), reader.size // 2 + 1
    before = Frontier()
    before.extend(map(leaf_hash, reader.leaves(0, old)))
    spread = [n * 7919 % size for n in range(200)]
    leaves = [leaf_hash(next(reader.leaves(index, index + 1))) for index in spread]
    made: list[list[bytes]] = []
    found = {"prove a leaf, ms": seconds(lambda: made.extend(map(reader.prove_inclusion, spread))) * 1000 / len(spread)}
    check = seconds(
        lambda: [verify_inclusion(*each, root) for each in zip(leaves, spread, [size] * 200, made, strict=True)]
    )
    found["verify a leaf, ms"] = check * 1000 / len(spread)
    found["prove that it only grew, ms"] = seconds(lambda: reader.prove_consistency(old)) * 1000
    proof = reader.prove_consistency(old)
    found["verify that it only grew, ms"] = 1000 * seconds(
        lambda: verify_consistency(old, before.root(), size, root, proof)
    )
    found["proof of a leaf, bytes"] = 32 * max(map(len, made))
    found["proof that it only grew, bytes"] = 32 * len(proof)
    note = sign_checkpoint(Checkpoint(LOG.verifier.name, size, root), LOG)
    note = note.signed_too(key.sign(note.text, int(time.time())) for key in WITNESSES)
    raw, witnesses = note.write(), [key.verifier.text for key in WITNESSES]
    found["checkpoint with 3 cosignatures, bytes"] = len(raw.encode())
    opened = seconds(lambda: [open_checkpoint(raw, LOG.verifier.text, witnesses, 3) for _ in range(50)])
    found["open a checkpoint with 3 cosignatures, ms"] = opened * 1000 / 50
    return found


def kept(history: History, charter: Charter) -> dict[str, float]:
    states: list[bytes] = []
    found = {"keep the state of a history, s": seconds(lambda: states.append(history.state()))}
    found["go on from a state, s"] = seconds(lambda: History.resume(charter, states[0]))
    return found | {"state of a history, bytes": len(states[0])}


def sizes(folder: Path) -> dict[str, float]:
    files = [path for path in (folder / "tile").rglob("*") if path.is_file()]
    bundles = sum(path.stat().st_size for path in files if "entries" in path.parts)
    tiles = sum(path.stat().st_size for path in files) - bundles
    return {"hash tiles, MB": tiles / 1e6, "bundles of leaves, MB": bundles / 1e6, "files": len(files)}


def taken(history: History, reader: TileReader) -> None:
    for raw in reader.leaves():
        history.take(raw)


def write(folder: Path, reader: TileReader, leaves: Iterator[bytes]) -> None:
    for path, data in appended(reader, leaves):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def entries(size: int) -> Iterator[bytes]:
    names = tuple(sorted(KEYS))
    for number in range(size):
        yield encode(Add(hashlib.sha256(number.to_bytes(8)).digest(), f"A{number % 2}", names, "2026-11-24"))


def daily(first: int) -> Iterator[bytes]:
    return (
        encode(Add(hashlib.sha256(b"%d" % n).digest(), "A1", tuple(KEYS), "2026-11-25"))
        for n in range(first, first + DAY)
    )


def release(charter: Charter, size: int) -> Iterator[bytes]:
    """Give the leaves of one whole release."""
    tree, count = Frontier(), 0
    for leaf in entries(size):
        tree.append(leaf_hash(leaf))
        yield leaf
    for index in range(0, size - 999, 1000):
        leaf = encode(Remove(index, "duplicate", tuple(KEYS), "2026-11-24"))
        tree.append(leaf_hash(leaf))
        count += 1
        yield leaf
    digest = charter.parameters_digest
    files = {"list/0.kwc": "0" * 64}
    told = Release(1, tree.size, tree.root(), size - count, size, count, files, digest, "2026-11-24T00:00:00Z")
    yield encode(told)
    # Both authorities are named by every leaf, so the tree of each is the whole tree.
    for name in KEYS:
        yield signed(Attest(1, name, tree.size, tree.root()))
    for name in KEYS:
        yield signed(Canary(1, name, charter.canaries, {f"picture {n}": 100 for n in range(100)}))


def signed(leaf: Attest | Canary) -> bytes:
    full: Leaf = replace(leaf, signature=KEYS[leaf.authority].sign(payload(leaf)).hex())
    return encode(full)


def made_charter() -> Charter:
    places = zip(KEYS, ("DE", "GB"), strict=True)
    record = {
        name: {"jurisdiction": place, "key": SSlibKey.from_crypto(KEYS[name].public_key()).to_dict()}
        for name, place in places
    }
    return Charter.from_record(
        {
            "list": "made",
            "authorities": record,
            "log": LOG.verifier.text,
            "witnesses": [key.verifier.text for key in WITNESSES],
            "quorum": 2,
            "parameters": {"pdq_distance": 31, "pdq_quality": 50},
            "canaries": "0" * 64,
        }
    )


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        for name, value in one(int(sys.argv[2])).items():
            print(f"{name}\t{value}")
    else:
        main([int(size.replace(",", "").replace("_", "")) for size in sys.argv[1:]] or [1_000_000])

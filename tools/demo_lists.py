"""Show a signed list from end to end: two authorities, a service that follows them, a withdrawal, an outsider.

Both authorities live on this machine here; elsewhere they share only the exchange folder. Photographs of scikit-image
stand for pictures that the authorities know.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import skimage.data

KINDWARD = [str(Path(sys.executable).with_name("kindward"))]
FIRST, LATER = "astronaut.png", "coffee.png"
PATIENCE = 60.0
"""Seconds within which every change must be in force on a running service."""
UPDATE_SECONDS = "5"
CANARIES = (("chelsea.png", "a cat"), ("rocket.jpg", "a rocket"))


class Service(NamedTuple):
    """Where the service answers, and the token it told."""

    address: str
    token: str


def show(work: Path) -> bool:
    """Run it all in a fresh folder; say whether everything happened as it should, and in time."""
    work.mkdir(parents=True)
    photographs = Path(skimage.data.__file__).parent
    print("\nTwo authorities found a list. Each has its own keys; they share one folder:\n")
    founded(work, photographs)
    propose(work, "de", "fr", photographs / FIRST)
    release(work)
    print("\nAn operator subscribes, with the first root that the authorities handed out, and starts the service:\n")
    run(work, "bank", "subscribe", "federated.bank", "list", "--root", "list/metadata/1.root.json")
    with service(work) as running:
        later = photographs / LATER
        print(f"\n{FIRST} is in the list: {decision(running, photographs / FIRST)}. {LATER} is not: ", end="")
        print(f"{decision(running, later)}. Now the other authority proposes it:\n")
        propose(work, "fr", "de", later)
        release(work)
        came = waited(running, later, "block")
        print(f"\n{LATER} matches {came:.0f} s after publication. It was wrong, and one authority withdraws it:\n")
        run(work, "authority", "withdraw", "de", "exchange", entry(work, later), "--reason", "not_illegal")
        release(work)
        went = waited(running, later, "pass")
        print(f"\n{LATER} matches no longer {went:.0f} s after publication.")
    print("\nAn outsider has only the public files, and verifies the whole history:\n")
    run(work, "verify", "release", "list", "--root", "list/metadata/1.root.json")
    return max(came, went) <= PATIENCE


def founded(work: Path, photographs: Path) -> None:
    """Make keys, and found the list."""
    run(work, "authority", "init", "de", "--name", "de-centre", "--jurisdiction", "DE")
    run(work, "authority", "init", "fr", "--name", "fr-centre", "--jurisdiction", "FR")
    witness = said(work, "authority", "witness", "witness.key", "--name", "witness.example")
    canaries(work, photographs)
    founding = ("--list", "demo", "--with", "fr/card.json", "--witness", witness, "--canaries", "canaries.txt")
    run(work, "authority", "found", "de", "exchange", *founding)


def canaries(work: Path, photographs: Path) -> None:
    """Name lawful pictures that no entry may come near; every authority reports on them in every release."""
    hashes = [said(work, "hash", str(photographs / name), "-o", "jsonl") for name, _ in CANARIES]
    values = [re.findall(r'"pdq/1", "value": "([0-9a-f]{64})"', line)[0] for line in hashes]
    lines = [f"{value} {label}\n" for value, (_, label) in zip(values, CANARIES, strict=True)]
    (work / "canaries.txt").write_text("".join(lines), encoding="utf-8")


def propose(work: Path, proposer: str, other: str, picture: Path) -> None:
    """Let one authority propose a picture and the other confirm it after looking at it."""
    run(work, "authority", "propose", proposer, "exchange", "--from-pictures", str(picture), "--category", "demo:a")
    run(work, "authority", "confirm", other, "exchange", "--reviewed")


def release(work: Path) -> None:
    """Let both build and sign the next release, and publish it."""
    for home in ("de", "fr"):
        run(work, "authority", "sign", home, "exchange")
    run(work, "authority", "publish", "de", "exchange", "list", "--witness-key", "witness.key")


def entry(work: Path, picture: Path) -> str:
    """Give the number under which the list knows a picture."""
    told = said(work, "check", str(picture), "--bank", "federated.bank", "-o", "jsonl", expect=1)
    return re.findall(r'"entry": "(\w+)"', told)[0]


@contextmanager
def service(work: Path) -> Iterator[Service]:
    """Run the service until the block ends."""
    environment = {
        **os.environ,
        "KINDWARD__BANKS__UPDATE_SECONDS": UPDATE_SECONDS,
        "KINDWARD__SERVICE__PORT": "0",
        "KINDWARD__SERVICE__WORKERS": "2",
        "PYTHONUNBUFFERED": "1",
    }
    command = [*KINDWARD, "serve", "--bank", "federated.bank", "--with-token"]
    print("$ kindward", *command[1:], flush=True)
    with (work / "service.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=work, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        yield Service(found(process, r"(http://\S+)"), found(process, r": (kwt_\S+|\S{20,})$"))
    finally:
        process.terminate()
        process.wait(30)


def found(process: subprocess.Popen[str], pattern: str) -> str:
    """Wait for a line of the service and give what it tells."""
    assert process.stdout is not None
    for line in process.stdout:
        if told := re.search(pattern, line.rstrip()):
            return told[1]
    raise SystemExit("the service ended; see service.log")


def decision(running: Service, picture: Path) -> str:
    """Ask the service what should happen with a picture; wait until it is ready."""
    headers = {"Authorization": f"Bearer {running.token}", "Content-Type": "application/octet-stream"}
    url = f"{running.address}/v1/check"
    request = urllib.request.Request(url, picture.read_bytes(), headers)  # noqa: S310 - our own service
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
                return re.findall(r'"decision":"(\w+)"', answer.read().decode())[0]
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def waited(running: Service, picture: Path, wanted: str) -> float:
    """Give the seconds until the service decides as wanted, several times in a row so that every worker was asked."""
    began, in_a_row = time.monotonic(), 0
    while in_a_row < 10 and time.monotonic() < began + 2 * PATIENCE:  # noqa: PLR2004 - enough for two workers
        in_a_row = in_a_row + 1 if decision(running, picture) == wanted else 0
        took = time.monotonic() - began
        time.sleep(0 if in_a_row else 0.5)
    return took


def run(work: Path, *arguments: str) -> None:
    """Run one command as a person would type it, and stop if it fails."""
    shown = [f"'{word}'" if " " in word else word for word in arguments]
    print("$ kindward", *shown, flush=True)
    status = subprocess.run([*KINDWARD, *arguments], cwd=work, check=False).returncode  # noqa: S603 - our own program
    if status:
        sys.exit(status)


def said(work: Path, *arguments: str, expect: int = 0) -> str:
    """Run one command and give what it says."""
    done = subprocess.run(  # noqa: S603 - our own program
        [*KINDWARD, *arguments], cwd=work, check=False, capture_output=True, text=True
    )
    if done.returncode != expect:
        sys.exit(done.stderr)
    return done.stdout.strip()

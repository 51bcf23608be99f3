"""Show a bank that follows a provider: a stand-in, a subscription, and a word of a reviewer that reaches it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import demo_lists
from demo_lists import run, said

RECORDS = 250


def show(work: Path) -> bool:
    """Run it in a fresh folder; say whether everything happened as it should."""
    work.mkdir(parents=True)
    print(
        "\nA bank can also follow one provider. Here is a stand-in for NCMEC's hash sharing, with invented records:\n"
    )
    (work / "user.txt").write_text("demo\n", encoding="ascii")
    (work / "password.txt").write_text("a-password-that-lets-nobody-in\n", encoding="ascii")
    with stand_in(work) as address:
        secrets = ("--secret", "user=user.txt", "--secret", "password=password.txt")
        run(work, "bank", "subscribe", "ncmec.bank", "--source", "ncmec", "--set", f"url={address}", *secrets)
        run(work, "bank", "status", "ncmec.bank")
        print("\nA reviewer says that an entry is wrong. It matches no longer here, and the provider hears of it:\n")
        why = ("--wrong", "--reason", "Not child abuse", "--send")
        run(work, "bank", "feedback", "ncmec.bank", "42-entry1", *why)
        told = said(work, "bank", "show", "ncmec.bank", "--states")
    return "42-entry1" in told and "quarantined" in told


@contextmanager
def stand_in(work: Path) -> Iterator[str]:
    """Serve the stand-in until the block ends; give its address."""
    command = [sys.executable, "-m", "kindward.sandbox", "ncmec", "--records", str(RECORDS)]
    print("$ python", *command[1:], flush=True)
    with (work / "stand-in.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603 - our own program
    try:
        yield demo_lists.found(process, r"(http://\S+)")
    finally:
        process.terminate()
        process.wait(30)

"""Standard output and standard error, safe for any file name and for a reader that goes away."""

from __future__ import annotations

import codecs
import io
import os
import sys

from kindward.errors import KindwardError
from kindward.locale import explain


def _keep_or_replace(problem: UnicodeError) -> tuple[str | bytes, int]:
    """Write undecodable bytes of file names as they were, and a question mark for what the terminal cannot show."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    try:
        return codecs.lookup_error("surrogateescape")(problem)
    except UnicodeEncodeError:
        return "?" * (problem.end - problem.start), problem.end


def prepare() -> None:
    """Let both streams carry any file name; without this a name that is not UTF-8 would end the program."""
    if sys.stdout is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        sys.stdout = open(nowhere, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    codecs.register_error("kindward", _keep_or_replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="kindward")


def abandon_stdout() -> None:
    """Throw away what is left to write, so that the interpreter does not complain while it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def unwritten() -> OSError | None:
    """Give the reason why what was printed cannot be written, for example a full disk; None if it can."""
    try:
        sys.stdout.flush()
    except OSError as problem:
        return problem
    return None


def visible(text: str) -> str:
    """Escape control characters, because a file name must not steer the reader's terminal or forge a line."""
    return "".join(
        sign if sign.isprintable() or "\udc80" <= sign <= "\udcff" else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )


def say(sentence: str) -> None:
    """Write one line for the person on standard error."""
    print(f"kindward: {visible(sentence)}", file=sys.stderr, flush=True)


def tell(error: KindwardError, where: str | None = None) -> None:
    """Write what is wrong, where, and what to do, in the language of the user."""
    sentence, hint = explain(error)
    say(" ".join(part for part in (f"{where}:" if where is not None else "", sentence, hint) if part))

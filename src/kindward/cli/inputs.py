"""What the user named on the command line, as bytes: files, folders, standard input.

A name may lead anywhere, so nothing here may hang (a pipe without a writer), fill the memory (a huge file) or read a
device. What cannot be read is an error of that input, never of the whole run.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kindward.errors import ContentError

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read. ``name`` is what the user typed, or a path below a folder the user typed."""

    name: str
    problem: ContentError | None = None

    def read(self, limit: int) -> bytes:
        """Read the bytes. Raises: ContentError if they cannot be read whole, or are more than ``limit``."""
        if self.problem is not None:
            raise self.problem
        return _read_stdin(limit) if self.name == STDIN else read_file(self.name, limit)


def expand(names: Sequence[str], *, recursive: bool = True) -> list[Input]:
    """Give all inputs in a stable order: names as typed, and a folder's files sorted by name, folder by folder.

    Folders are not followed through symbolic links, so that a loop cannot arise. A folder without files is an input
    with a problem, because "nothing found" would be wrong.
    """
    inputs: list[Input] = []
    for name in names:
        if name != STDIN and Path(name).is_dir():
            inside = list(_walk(name, recursive=recursive))
            inputs += inside or [Input(name, _no_files(name))]
        else:
            inputs.append(Input(name))
    return inputs


def _walk(folder: str, *, recursive: bool) -> Iterator[Input]:
    try:
        with os.scandir(folder) as listing:
            found = sorted(listing, key=lambda item: os.fsencode(item.name))
    except OSError as problem:
        yield Input(folder, _unreadable(folder, problem))
        return
    folders = []
    for item in found:
        if item.is_dir(follow_symlinks=False):
            folders.append(item.path)
        elif item.is_file() or item.is_symlink():
            yield Input(item.path)
    if recursive:
        for inner in folders:
            yield from _walk(inner, recursive=True)


def read_file(name: str, limit: int) -> bytes:
    """Read a regular file whole.

    It is opened without blocking, because opening a named pipe waits for its writer. Size and time of change are
    compared before and after, because half of two versions is a third picture that nobody sends. Raises: ContentError.
    """
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(handle)
            _require_regular(name, before.st_mode)
            _require_small(before.st_size, limit)
            data = _read_up_to(handle, limit)
            after = os.fstat(handle)
        finally:
            os.close(handle)
    except (OSError, ValueError) as problem:
        raise _unreadable(name, problem) from problem
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ContentError(
            "content_changed", "The file changed while it was read.", "Check it again when it is no longer written to."
        )
    return data


def _read_stdin(limit: int) -> bytes:
    if sys.stdin is None:
        raise ContentError("content_missing", "There is no standard input.", "Give a file, or pipe a picture in.")
    data = sys.stdin.buffer.read(limit + 1)
    _require_small(len(data), limit)
    return data


def _read_up_to(handle: int, limit: int) -> bytes:
    parts, size = [], 0
    while size <= limit and (part := os.read(handle, min(1 << 24, limit + 1 - size))):
        parts.append(part)
        size += len(part)
    _require_small(size, limit)
    return b"".join(parts)


def _require_regular(name: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise ContentError("content_is_folder", "This is a folder.", "Give the files in it.")
    if not stat.S_ISREG(mode):
        raise ContentError(
            "content_not_a_file",
            "This is a pipe, a socket or a device, not a file.",
            "Send its bytes through standard input instead: `kindward … - < {name}`.",
            name=name,
        )


def _require_small(size: int, limit: int) -> None:
    if size > limit:
        raise ContentError(
            "content_too_large",
            "The content is larger than the {limit} bytes that are allowed.",
            "Raise limits.bytes in the configuration if such content is expected.",
            limit=limit,
        )


def _no_files(name: str) -> ContentError:
    return ContentError("folder_empty", "There are no files in this folder.", "Check the path.", name=name)


def _unreadable(name: str, problem: Exception) -> ContentError:
    if isinstance(problem, FileNotFoundError):
        return ContentError("content_missing", "There is no such file.", "Check the path.", name=name)
    if isinstance(problem, PermissionError):
        return ContentError(
            "content_forbidden",
            "This user may not read it.",
            "Give the user that runs kindward the right to read it.",
            name=name,
        )
    reason = (problem.strerror if isinstance(problem, OSError) else None) or type(problem).__name__
    return ContentError(
        "content_unreadable", "It cannot be read: {reason}.", "Check the disk and the path.", name=name, reason=reason
    )

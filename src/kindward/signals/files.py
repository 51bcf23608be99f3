"""Read one file whole, without ever hanging, filling the memory or reading a device.

A path may lead anywhere: to a pipe without a writer, a device, a file that is being written. The library and the
command line read through here, so that both refuse the same things with the same words.
"""

from __future__ import annotations

import os
import stat

from kindward.errors import ContentError


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
            require_small(before.st_size, limit)
            data = _read_up_to(handle, limit)
            after = os.fstat(handle)
        finally:
            os.close(handle)
    except (OSError, ValueError) as problem:
        raise unreadable(name, problem) from problem
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ContentError(
            "content_changed", "The file changed while it was read.", "Check it again when it is no longer written to."
        )
    return data


def _read_up_to(handle: int, limit: int) -> bytes:
    parts, size = [], 0
    while size <= limit and (part := os.read(handle, min(1 << 24, limit + 1 - size))):
        parts.append(part)
        size += len(part)
    require_small(size, limit)
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


def require_small(size: int, limit: int) -> None:
    """Refuse more bytes than are allowed. Raises: ContentError."""
    if size > limit:
        raise ContentError(
            "content_too_large",
            "The content is larger than the {limit} bytes that are allowed.",
            "Raise limits.bytes in the configuration if such content is expected.",
            limit=limit,
        )


def unreadable(name: str, problem: Exception) -> ContentError:
    """Say why a file or folder could not be read."""
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

"""What the user named on the command line, as bytes: files, folders, standard input.

A name may lead anywhere, so nothing here may hang (a pipe without a writer), fill the memory (a huge file) or read a
device. What cannot be read is an error of that input, never of the whole run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kindward.errors import ContentError
from kindward.signals.files import read_file, require_small, unreadable

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
        yield Input(folder, unreadable(folder, problem))
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


def _read_stdin(limit: int) -> bytes:
    if sys.stdin is None:
        raise ContentError("content_missing", "There is no standard input.", "Give a file, or pipe a picture in.")
    data = sys.stdin.buffer.read(limit + 1)
    require_small(len(data), limit)
    return data


def _no_files(name: str) -> ContentError:
    return ContentError("folder_empty", "There are no files in this folder.", "Check the path.", name=name)

"""Read from a folder as if it were a host: a share, a stick, a disc that somebody carried here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from kindward.errors import ConfigError, ContentError, RemoteError
from kindward.transport.failures import too_large

_PIECE = 1 << 20


class FolderTransport:
    """Give files below one folder, and nothing else: no way leads out of it, not even a symbolic link."""

    def __init__(self, folder: Path) -> None:
        """Take the folder. Raises: ConfigError if there is none."""
        if not folder.is_dir():
            raise ConfigError(
                "folder_missing",
                "There is no folder {folder}.",
                "Check the path, and that the medium is mounted.",
                folder=folder,
            )
        self._folder = folder

    def fetch(self, path: str, most: int) -> Iterator[bytes]:
        """Give a file of at most ``most`` bytes, piece by piece; ``path`` is relative, with ``/``.

        Raises: RemoteError ``remote_missing`` or ``remote_too_large``, ContentError ``path_unsafe``.
        """
        file = self._open(path)
        with os.fdopen(file, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            read = 0
            while piece := stream.read(_PIECE):
                read += len(piece)
                if max(read, size) > most:
                    raise too_large(str(self._folder), most)
                yield piece

    def _open(self, path: str) -> int:
        parts = _checked(path)
        # Each step is opened below the one before and never through a link, so that nothing can be swapped between
        # looking and opening.
        here = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in parts[:-1]:
                here, before = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here), here
                os.close(before)
            file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
        except OSError as problem:
            raise _missing(self._folder, path) from problem
        finally:
            os.close(here)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise _missing(self._folder, path)
        return file


def _checked(path: str) -> tuple[str, ...]:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or "\0" in path or ".." in parts:
        raise ContentError(
            "path_unsafe",
            "A list names a file outside its own folder, so it was not read.",
            "Do not use this list; tell its publisher.",
        )
    return parts


def _missing(folder: Path, path: str) -> RemoteError:
    # Whoever asks hosts and folders alike tells by the status that a file is not there, not yet or no longer.
    return RemoteError(
        "remote_missing",
        "There is no file {path} in {folder}.",
        "Check that the copy is complete; nothing was changed.",
        path=path,
        folder=folder,
        status=404,
    )

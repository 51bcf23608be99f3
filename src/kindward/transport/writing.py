"""Put into a folder what would be sent somewhere: a transport for dry runs, which lets nothing leave the machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from secrets import token_hex

from kindward.banks.sources import Request, Response
from kindward.errors import RemoteError
from kindward.locale import N_

SCHEME = "folder:///"
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_DEEPEST = 6


class WritingFolder:
    """Take ``PUT folder:///a/b`` and write the file ``a/b`` below one folder, for the owner alone to read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, request: Request) -> Response:
        """Write one file, whole or not at all. Raises: RemoteError for anything that is not such a request."""
        parts = request.url.removeprefix(SCHEME).split("/")
        fits = request.method == "PUT" and request.url.startswith(SCHEME) and len(parts) <= _DEEPEST
        if not fits or not all(_PART.fullmatch(part) for part in parts):
            raise self._refused()
        try:
            self._write(self._folder.joinpath(*parts), request)
        except OSError as problem:
            raise self._refused() from problem
        return Response(201, {}, b"")

    def _write(self, file: Path, request: Request) -> None:
        for above in [*reversed(file.parent.relative_to(self._folder).parents), file.parent.relative_to(self._folder)]:
            (self._folder / above).mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = file.with_name(f".{token_hex(8)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                for piece in request.pieces() if request.pieces is not None else (request.body,):
                    stream.write(piece)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)

    def _refused(self) -> RemoteError:
        return RemoteError(
            "folder_unwritable",
            N_("What would be sent cannot be written below {folder}."),
            N_("Check that the folder exists and may be written; nothing was sent anywhere."),
            folder=self._folder,
        )

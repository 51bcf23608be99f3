"""Forms of several parts (RFC 7578) whose file is read while it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from kindward.reports.authority import Attachment, Pieces


@dataclass(frozen=True, slots=True)
class Form:
    """A body with its headers."""

    headers: Mapping[str, str]
    pieces: Pieces = field(repr=False)


def form(fields: Mapping[str, str], file: Attachment | None = None) -> Form:
    """Write fields and at most one file, whose name is that of the sealed item and tells nothing.

    The boundary is a digest over the fields and over the digest of the file, so nobody can make a file that holds it.
    """
    named = sha256(repr(sorted(fields.items())).encode() + (file.sha256.encode() if file else b"")).hexdigest()
    boundary = f"kindward-{named}"
    head = b"".join(_field(boundary, name, value) for name, value in fields.items())
    if file is not None:
        head += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.item}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode("ascii")
    tail = (b"\r\n" if file else b"") + f"--{boundary}--\r\n".encode("ascii")
    length = len(head) + len(tail) + (file.size if file else 0)

    def pieces() -> Iterator[bytes]:
        """Give head, file and end."""
        yield head
        if file is not None:
            yield from file.pieces()
        yield tail

    return Form({"content-type": f"multipart/form-data; boundary={boundary}", "content-length": str(length)}, pieces)


def _field(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()

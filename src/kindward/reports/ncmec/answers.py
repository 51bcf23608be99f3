"""Read NCMEC's answers: small, shallow XML from outside, of which only numbers and digests are taken over.

The descriptions in words are not: they can repeat what was sent, and errors hold nothing personal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from kindward.banks.sources import Response
from kindward.banks.sources.xml_tree import Bounds, Node, read_tree
from kindward.errors import KindwardError
from kindward.reports import refusals
from kindward.reports.ncmec.codes import AUTHORITY

LARGEST = 1_000_000
"""Bytes of an answer; one with a thousand files has about 60 kB."""
_BOUNDS = Bounds(depth=4, elements=20_000)
_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
_FILE = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_MD5 = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_BY_STATUS = {401: 2000, 403: 3000, 404: 1210}
"""What an answer without a body means: a door that stays closed says nothing else."""
_CLIENT, _SERVER = 400, 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``files`` are the numbers of the files of a finished report."""

    code: int
    report_id: str = ""
    file_id: str = ""
    md5: str = ""
    files: tuple[str, ...] = ()
    digest: str = field(default="", repr=False)


def read_answer(response: Response, root: str = "reportResponse") -> Answer:
    """Read an answer, whatever its status. Raises: RemoteError ``authority_unreadable``."""
    if not response.body.strip() and response.status >= _CLIENT:
        return Answer(_BY_STATUS.get(response.status, 1000 if response.status >= _SERVER else 4000))
    digest = sha256(response.body).hexdigest()
    node = _tree(response, root)
    if node is None:
        return Answer(_BY_STATUS.get(response.status, 1000), digest=digest)
    code = _text(node, "responseCode", _NUMBER)
    if not code or len(code) > len("99999"):
        raise _unreadable()
    files = node.child("files")
    return Answer(
        int(code),
        _text(node, "reportId", _NUMBER),
        _text(node, "fileId", _FILE),
        _text(node, "hash", _MD5).lower(),
        tuple(_checked(one.text, _FILE) for one in files.children if one.name == "fileId") if files else (),
        digest,
    )


def _tree(response: Response, root: str) -> Node | None:
    """Read the document; None if a server or something before it answered with a page of its own."""
    for name in dict.fromkeys((root, "reportResponse")):
        try:
            return read_tree(response.body[: LARGEST + 1], name, "", _BOUNDS, _unreadable)
        except KindwardError:
            continue
    if response.status >= _SERVER or response.status in _BY_STATUS:
        return None
    raise _unreadable()


def _text(node: Node, name: str, form: re.Pattern[str]) -> str:
    found = node.text_of(name)
    return _checked(found, form) if found else ""


def _checked(text: str, form: re.Pattern[str]) -> str:
    if form.fullmatch(text) is None:
        raise _unreadable()
    return text


def _unreadable() -> KindwardError:
    return refusals.unreadable(AUTHORITY)

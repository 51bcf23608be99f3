"""Say in plain words what python-tuf found wrong.

The library has few types of error and tells the rest in English text; which attack it met also depends on which file it
was looking at. What is not recognised is called damaged: it is refused all the same.
"""

from __future__ import annotations

import re

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Signed

from kindward.banks.signed.refusals import distrusted
from kindward.errors import TrustError

_SIGNED = re.compile(r"(\S+) was signed by (\d+)/(\d+) keys")
_EXPIRED = re.compile(r"(\w+)(?:\.json)? is expired")
_VERSIONED = re.compile(r"(?:^|/)(\d+)\.[^/]+\.json$")
_ROLLED_BACK = re.compile(r"New (?:timestamp|snapshot) version|Expected \S+\.json version|missing info for")
_OF_ANOTHER = re.compile(
    r"Expected \S+ v\d+, got v\d+|Expected snapshot version|not part of snapshot|contain information"
)


def explained(problem: Exception, last: tuple[str, bytes]) -> TrustError:
    """Make our error of one of python-tuf's; ``last`` is the path and the bytes of the file fetched last."""
    path, data = last
    text, what = str(problem), path.rpartition("/")[2]
    if isinstance(problem, exceptions.ExpiredMetadataError):
        found = _EXPIRED.search(text)
        return distrusted("list_expired", what=found[1] if found else what)
    if isinstance(problem, exceptions.UnsignedMetadataError):
        return _unsigned(text, what)
    return distrusted(_code(problem, text, path, data), what=what)


def _code(problem: Exception, text: str, path: str, data: bytes) -> str:
    code = "list_damaged"
    match problem:
        case exceptions.DownloadHTTPError():
            code = "list_file_missing"
        case exceptions.LengthOrHashMismatchError():
            code = "list_mixed" if _is_of_another_version(path, data) else code
        case exceptions.BadVersionNumberError() if "root version" in text:
            code = "list_root_not_following"
        case _ if _ROLLED_BACK.search(text):
            code = "list_rollback"
        case _ if _OF_ANOTHER.search(text):
            code = "list_mixed"
    return code


def _unsigned(text: str, what: str) -> TrustError:
    found = _SIGNED.search(text)
    role, signed, threshold = found.groups() if found else (what, "0", "1")
    if role == "root":
        return distrusted("list_root_not_following", what=what)
    return distrusted("list_too_few_signatures", what=role, signed=signed, threshold=threshold)


def _is_of_another_version(path: str, data: bytes) -> bool:
    """Say whether a file is whole, but not of the version after which it is named."""
    named = _VERSIONED.search(path)
    try:
        signed: Signed = Metadata.from_bytes(data).signed
    except exceptions.RepositoryError:
        return False
    return named is not None and signed.version != int(named[1])

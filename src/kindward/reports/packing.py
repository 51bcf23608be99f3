"""Write a composed report as bytes and read it back, so that an outbox can keep it sealed until it is sent.

The bytes of files are not packed: they stay where they are sealed and are read while they are sent.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from kindward.ledger.canonical import canonical, read
from kindward.reports import refusals
from kindward.reports.authority import Attachment, Pieces, Release, Report

VERSION = 1


def pack(report: Report) -> bytes:
    """Write a report with its release and the descriptions of its files."""
    release = report.release
    record: dict[str, Any] = {
        "version": VERSION,
        "authority": report.authority,
        "case": report.case,
        "media_type": report.media_type,
        "body": b64encode(report.body).decode(),
        "attachments": [
            [one.item, one.size, one.sha256, one.md5, b64encode(one.details).decode()] for one in report.attachments
        ],
        "release": [] if release is None else [release.by, release.at, release.digest],
    }
    return canonical(record)


def unpack(packed: bytes, pieces_of: Callable[[str], Pieces]) -> Report:
    """Read a report back; ``pieces_of`` gives the bytes of an item. Raises: TrustError."""
    try:
        record = read(packed)
        if record["version"] != VERSION:
            raise refusals.unpackable()
        files = tuple(
            Attachment(item, size, sha256, md5, pieces_of(item), b64decode(details, validate=True))
            for item, size, sha256, md5, details in record["attachments"]
        )
        release = Release(*record["release"]) if record["release"] else None
        body = b64decode(record["body"], validate=True)
        return Report(record["authority"], record["case"], body, record["media_type"], files, release)
    except (ValueError, KeyError, TypeError) as problem:
        raise refusals.unpackable() from problem

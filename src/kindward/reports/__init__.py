"""What leaves the house: a confirmed case, written once in the form of one authority, and sent once.

Everything here is pure: facts go in, bytes and requests come out. Nothing is ever sent automatically; a report goes out
only with the release of a human that names the very bytes. Nothing personal stands in an error or a ``repr``.
"""

from kindward.reports.authority import (
    Afterwards,
    Attachment,
    Authority,
    AuthorityType,
    Journal,
    Receipt,
    Release,
    Report,
    afterwards,
)
from kindward.reports.discovery import find, offered
from kindward.reports.facts import CaseReport
from kindward.reports.gaps import Gap, completeness
from kindward.reports.packing import pack, unpack

__all__ = [
    "Afterwards",
    "Attachment",
    "Authority",
    "AuthorityType",
    "CaseReport",
    "Gap",
    "Journal",
    "Receipt",
    "Release",
    "Report",
    "afterwards",
    "completeness",
    "find",
    "offered",
    "pack",
    "unpack",
]

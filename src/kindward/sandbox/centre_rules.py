"""What a reporting centre refuses although every element stands where it should.

Source: NCMEC, CyberTipline Reporting API, documentation of 2025-06-11: what it says in words and no schema can.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import inf

from kindward.banks.sources.xml_tree import Node

SKEW_SECONDS = 300
"""How far another clock may be ahead before its times count as in the future."""
BATCHED = "batchedReport"
_MOMENTS = frozenset({"incidentDateTime", "dateTime", "uploadedToEspTimestamp"})
_NOT_IN_BATCH = ("internetDetails", "lawEnforcement", "intendedRecipient", "victim", "additionalInfo")
_NO_FILE_FACTS = ("fileName", "originalFileName", "originalFileHash", "ipCaptureEvent", "details")
_VIRAL = ("viral", "potentialMeme")
_YES = frozenset({"true", "1"})


def report_wrong(report: Node, now: float) -> bool:
    """Say whether a report that fits the schema is refused all the same."""
    wrong = _batch_wrong if report.child(BATCHED) is not None else _single_wrong
    return any(wrong(report)) or in_future(report, now)


def file_wrong(details: Node, now: float, *, batched: bool) -> bool:
    """Say whether what is told of a file is refused although it fits the schema."""
    exif, viewed = details.text_of("exifViewedByEsp"), details.text_of("fileViewedByEsp")
    if exif in _YES and viewed not in _YES:
        return True
    relevance = details.text_of("fileRelevance") or "Reported"
    if details.child("industryClassification") is not None and relevance != "Reported":
        return True
    return in_future(details, now) or (batched and any(_file_of_batch_wrong(details)))


def in_future(node: Node, now: float) -> bool:
    """Say whether anything in a document has not happened yet."""
    moments = (one.text for name in _MOMENTS for one in node.below(name))
    return any(_seconds(text) > now + SKEW_SECONDS for text in moments)


def _seconds(text: str) -> float:
    """Read a moment; a day that no calendar has never comes."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return inf


def _single_wrong(report: Node) -> Iterator[bool]:
    yield sum(1 for one in report.children if one.name == "personOrUserReported") > 1
    known = {one.text for one in report.below("email")}
    yield any(one.text not in known for one in report.below("emailAddress"))


def _batch_wrong(report: Node) -> Iterator[bool]:
    yield any(report.child(name) is not None for name in _NOT_IN_BATCH)
    yield any(True for _ in report.below("escalateToHighPriority"))
    people = [one for one in report.children if one.name == "personOrUserReported"]
    yield not people
    yield any([child.name for child in one.children] != ["espIdentifier"] for one in people)


def _file_of_batch_wrong(details: Node) -> Iterator[bool]:
    yield any(details.child(name) is not None for name in _NO_FILE_FACTS)
    marks = details.child("fileAnnotations")
    yield marks is None or not any(marks.child(name) is not None for name in _VIRAL)

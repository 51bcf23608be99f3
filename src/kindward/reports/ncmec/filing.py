"""Write what is told about a file, and who looked at it, as NCMEC's form has it."""

from __future__ import annotations

from kindward.banks.sources.xml_tree import Node
from kindward.reports.facts import CaseReport
from kindward.reports.files import File, FileMark, Relevance, viewed
from kindward.reports.ncmec.file_tables import FILE_DETAILS
from kindward.reports.ncmec.forms import holding, judged, plain, said
from kindward.reports.ncmec.persons import device, ip_event, time_text, zoneless
from kindward.reports.ncmec.writing import DECLARATION, fragment, read_back
from kindward.reports.people import Device, IpEvent

MARKS = {
    FileMark.DRAWN: "animeDrawingVirtualHentai",
    FileMark.MEME: "potentialMeme",
    FileMark.VIRAL: "viral",
    FileMark.SELF_MADE: "possibleSelfProduction",
    FileMark.PHYSICAL_HARM: "physicalHarm",
    FileMark.VIOLENCE: "violenceGore",
    FileMark.ANIMAL: "bestiality",
    FileMark.LIVE: "liveStreaming",
    FileMark.INFANT: "infant",
    FileMark.GENERATED: "generativeAi",
}
"""NCMEC's word for each mark, in the order of its form."""
_RELEVANCE = {Relevance.REPORTED: "Reported", Relevance.SUPPLEMENTAL: "Supplemental Reported"}
_ID = "0"


def details(file: File, report: CaseReport, *, classified: bool) -> bytes:
    """Write what is told of a file, without the numbers that only the answers to the upload give.

    ``classified`` says that the operator has the agreement under which the industry's classes are shared. Raises:
    ContentError ``report_field_wrong``.
    """
    told = [one for one in _told(file, report, classified=classified) if one is not None]
    inside = "".join(map(fragment, told)).encode()
    complete(inside, _ID, _ID)
    return inside


def complete(inside: bytes, report_id: str, file_id: str) -> bytes:
    """Put the numbers of report and file before what is told of it. Raises: ContentError ``report_field_wrong``."""
    numbers = fragment(plain("reportId", report_id)) + fragment(plain("fileId", file_id))
    document = DECLARATION + b"<fileDetails>" + numbers.encode() + inside + b"</fileDetails>"
    read_back(document, FILE_DETAILS)
    return document


def marks_of(file: File) -> Node | None:
    """Write the marks of a file, or nothing where there are none."""
    present = [plain(name, "true") for mark, name in MARKS.items() if mark in file.marks]
    return holding("fileAnnotations", *present) if present else None


def _told(file: File, report: CaseReport, *, classified: bool) -> list[Node | None]:
    seen = viewed(file.item, report.looks)
    looked = [plain("fileViewedByEsp", str(seen.file).lower()), plain("exifViewedByEsp", str(seen.exif).lower())]
    if report.viral:
        return [*looked, plain("fileRelevance", _RELEVANCE[file.relevance]), marks_of(file)]
    may_classify = classified and file.relevance is Relevance.REPORTED
    return [
        said("fileName", file.name),
        said("originalFileName", file.original_name),
        said("uploadedToEspTimestamp", time_text(file.uploaded_at)),
        said("locationOfFile", file.location),
        *looked,
        judged("publiclyAvailable", file.public),
        plain("fileRelevance", _RELEVANCE[file.relevance]),
        marks_of(file),
        said("industryClassification", file.classification) if may_classify else None,
        *(said("originalFileHash", digest.value, hashType=digest.kind) for digest in file.digests),
        None if file.ip is None else ip_event(file.ip),
        *map(device, file.devices),
        _exif(file),
        *(said("additionalInfo", note) for note in (*file.notes, *zoneless(_events(file)))),
    ]


def _events(file: File) -> tuple[IpEvent | Device, ...]:
    return (*([file.ip] if file.ip else []), *file.devices)


def _exif(file: File) -> Node | None:
    if not file.exif:
        return None
    pairs = (holding("nameValuePair", plain("name", name), plain("value", value)) for name, value in file.exif)
    return holding("details", *pairs, type="EXIF")

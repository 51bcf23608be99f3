"""Tables of what is told about each file.

Source of names, order, enumerations and lengths: NCMEC, CyberTipline Reporting API, documentation of 2025-06-11.
"""

from __future__ import annotations

from kindward.reports.ncmec.forms import (
    ANY,
    BOOLEAN,
    DATE_TIME,
    LONG,
    TOKEN,
    Attribute,
    Element,
    many,
    marks,
    maybe,
    one,
    one_of,
    parts,
    some,
    up_to,
    words,
)
from kindward.reports.ncmec.person_tables import DEVICE, IP_EVENT

FILE_MARKS = (
    "animeDrawingVirtualHentai",
    "potentialMeme",
    "viral",
    "possibleSelfProduction",
    "physicalHarm",
    "violenceGore",
    "bestiality",
    "liveStreaming",
    "infant",
    "generativeAi",
)
CLASSIFICATIONS = ("A1", "A2", "B1", "B2")
RELEVANCES = ("Reported", "Supplemental Reported")

PAIR = parts("nameValuePair", one(words("name", up_to(64))), one(words("value", ANY)))
FILE_DETAILS = Element(
    "fileDetails",
    children=(
        one(words("reportId", LONG)),
        one(words("fileId", TOKEN)),
        maybe(words("fileName", ANY)),
        maybe(words("originalFileName", up_to(2056))),
        maybe(words("uploadedToEspTimestamp", DATE_TIME)),
        maybe(words("locationOfFile", up_to(2083))),
        maybe(words("fileViewedByEsp", BOOLEAN)),
        maybe(words("exifViewedByEsp", BOOLEAN)),
        maybe(words("publiclyAvailable", BOOLEAN)),
        maybe(words("fileRelevance", one_of(*RELEVANCES))),
        maybe(words("potentialMeme", BOOLEAN)),
        maybe(marks("fileAnnotations", *FILE_MARKS)),
        maybe(words("industryClassification", one_of(*CLASSIFICATIONS))),
        many(words("originalFileHash", ANY, hashType=Attribute(up_to(64), required=True))),
        maybe(IP_EVENT),
        many(DEVICE),
        many(Element("details", children=(some(PAIR),), attributes={"type": Attribute(one_of("EXIF", "HASH"))})),
        many(words("additionalInfo", ANY)),
    ),
    exclusive=(frozenset({"potentialMeme", "fileAnnotations"}),),
)

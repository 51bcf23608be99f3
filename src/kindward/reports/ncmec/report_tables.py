"""Tables of the report itself: what happened, where, who reports it, who is named.

Source of names, order, enumerations and lengths: NCMEC, CyberTipline Reporting API, documentation of 2025-06-11. The
words are NCMEC's own; they are written only where its form asks for them.
"""

from __future__ import annotations

from kindward.reports.ncmec.forms import (
    ANY,
    BOOLEAN,
    COUNTRY,
    DATE_TIME,
    DEGREES,
    Attribute,
    Element,
    many,
    marks,
    maybe,
    named,
    one,
    one_of,
    parts,
    up_to,
    words,
)
from kindward.reports.ncmec.person_tables import (
    ADDRESS,
    CONTACT,
    EMAIL_ADDRESS,
    IP_EVENT,
    PERSON,
    PHONE,
    RECIPIENT,
    REPORTED,
    VICTIM,
)

VIRAL = "VIRAL_POTENTIAL_MEME"
INCIDENT_TYPES = (
    "Child Pornography (possession, manufacture, and distribution)",
    "Child Sex Trafficking",
    "Child Sex Tourism",
    "Child Sexual Molestation",
    "Misleading Domain Name",
    "Misleading Words or Digital Images on the Internet",
    "Online Enticement of Children for Sexual Acts",
    "Unsolicited Obscene Material Sent to a Child",
)
REPORT_MARKS = ("sextortion", "csamSolicitation", "minorToMinorInteraction", "spam", "sadisticOnlineExploitation")

SUMMARY = parts(
    "incidentSummary",
    one(words("incidentType", one_of(*INCIDENT_TYPES))),
    maybe(words("platform", up_to(256))),
    maybe(words("escalateToHighPriority", up_to(3000))),
    maybe(marks("reportAnnotations", *REPORT_MARKS)),
    one(words("incidentDateTime", DATE_TIME)),
    maybe(words("incidentDateTimeDescription", up_to(3000))),
)
_CONTENT = maybe(words("content", ANY))
_NOTE = maybe(words("additionalInfo", ANY))
_ADDRESSES = many(named("emailAddress", EMAIL_ADDRESS))
_PLACES = (
    parts("webPageIncident", many(words("url", up_to(2083))), _NOTE, thirdPartyHostedContent=Attribute(BOOLEAN)),
    parts("emailIncident", _ADDRESSES, _CONTENT, _NOTE),
    parts("newsgroupIncident", maybe(words("name", up_to(255))), _ADDRESSES, _CONTENT, _NOTE),
    parts(
        "chatImIncident",
        maybe(words("chatClient", up_to(255))),
        maybe(words("chatRoomName", up_to(255))),
        _CONTENT,
        _NOTE,
    ),
    parts(
        "onlineGamingIncident",
        maybe(words("gameName", up_to(255))),
        maybe(words("console", up_to(255))),
        _CONTENT,
        _NOTE,
    ),
    parts(
        "cellPhoneIncident",
        maybe(named("phoneNumber", PHONE)),
        maybe(words("latitude", DEGREES)),
        maybe(words("longitude", DEGREES)),
        _NOTE,
    ),
    parts(
        "nonInternetIncident",
        maybe(words("locationName", up_to(255))),
        many(named("incidentAddress", ADDRESS)),
        _NOTE,
    ),
    parts(
        "peer2peerIncident",
        maybe(words("client", up_to(255))),
        many(IP_EVENT),
        maybe(words("fileNames", ANY)),
        _NOTE,
    ),
)
DETAILS = Element(
    "internetDetails",
    children=tuple(maybe(place) for place in _PLACES),
    exclusive=(frozenset(place.name for place in _PLACES),),
    exactly_one=True,
)
LAW_ENFORCEMENT = parts(
    "lawEnforcement",
    one(words("agencyName", up_to(255))),
    maybe(words("caseNumber", up_to(100))),
    maybe(named("officerContact", CONTACT)),
    maybe(words("reportedToLe", BOOLEAN)),
    maybe(words("servedLegalProcessDomestic", BOOLEAN)),
    maybe(words("servedLegalProcessInternational", BOOLEAN, fleaCountry=Attribute(COUNTRY))),
)
REPORTER = parts(
    "reporter",
    one(named("reportingPerson", PERSON)),
    maybe(CONTACT),
    maybe(words("companyTemplate", ANY)),
    maybe(words("termsOfService", ANY)),
    maybe(words("legalURL", up_to(2083))),
)
REPORT = parts(
    "report",
    maybe(Element("batchedReport", attributes={"reason": Attribute(one_of(VIRAL), required=True)})),
    one(SUMMARY),
    many(DETAILS),
    maybe(LAW_ENFORCEMENT),
    one(REPORTER),
    many(REPORTED),
    many(RECIPIENT),
    many(VICTIM),
    _NOTE,
)

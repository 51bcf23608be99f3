"""Turn the facts of a case into NCMEC's report."""

from __future__ import annotations

from collections.abc import Iterator

from kindward.banks.sources.xml_tree import Node
from kindward.reports.facts import (
    CaseReport,
    Elsewhere,
    Incident,
    IncidentKind,
    IncidentTopic,
    MeasureKind,
    Police,
    Provider,
    ReportMark,
)
from kindward.reports.ncmec.forms import holding, judged, plain, said, yes_or_no
from kindward.reports.ncmec.persons import contact, person, recipient, reported, time_text, victim
from kindward.reports.ncmec.places import details, with_messages
from kindward.reports.ncmec.report_tables import INCIDENT_TYPES, REPORT_MARKS, VIRAL
from kindward.reports.people import Email, Person, Phone

_TOPICS = dict(
    zip(
        (
            IncidentTopic.MATERIAL,
            IncidentTopic.TRAFFICKING,
            IncidentTopic.TOURISM,
            IncidentTopic.MOLESTATION,
            IncidentTopic.DOMAIN_NAME,
            IncidentTopic.MISLEADING_WORDS,
            IncidentTopic.ENTICEMENT,
            IncidentTopic.UNSOLICITED,
        ),
        INCIDENT_TYPES,
        strict=True,
    )
)
_BY_KIND = {
    IncidentKind.KNOWN: IncidentTopic.MATERIAL,
    IncidentKind.NEW: IncidentTopic.MATERIAL,
    IncidentKind.SOLICITATION: IncidentTopic.ENTICEMENT,
}
_MARKS = dict(
    zip(
        (
            ReportMark.EXTORTION,
            ReportMark.SOLICITED_MATERIAL,
            ReportMark.BETWEEN_MINORS,
            ReportMark.SPAM,
            ReportMark.SADISTIC_GROUP,
        ),
        REPORT_MARKS,
        strict=True,
    )
)
_MEASURES = {
    MeasureKind.REMOVED: "Content removed",
    MeasureKind.DISABLED: "Access to the content disabled",
    MeasureKind.LEFT: "Content left in place",
    MeasureKind.ACCOUNT_WARNED: "Account warned",
    MeasureKind.ACCOUNT_SUSPENDED: "Account suspended",
    MeasureKind.ACCOUNT_CLOSED: "Account closed",
    MeasureKind.ACCOUNT_LEFT: "Account left as it is",
}


def tree(report: CaseReport) -> Node:
    """Write a whole report."""
    occasions = with_messages(report.occasions, report.messages)
    return holding(
        "report",
        summary(report),
        *map(details, occasions),
        _police(report.police),
        reporter(report.provider),
        *map(reported, report.reported),
        *map(recipient, report.recipients),
        *map(victim, report.victims),
        said("additionalInfo", "\n".join(_told(report))),
    )


def batched(report: CaseReport) -> Node:
    """Write one report about many accounts that pass on the same file without ill will."""
    accounts = (
        holding("personOrUserReported", plain("espIdentifier", one.account.identifier)) for one in report.reported
    )
    begun = plain("batchedReport", reason=VIRAL)
    return holding("report", begun, summary(report), reporter(report.provider), *accounts)


def summary(report: CaseReport) -> Node:
    """Write what happened, when, and how urgent it is."""
    incident = report.incident
    return holding(
        "incidentSummary",
        plain("incidentType", incident_type(incident)),
        said("platform", report.provider.product),
        said("escalateToHighPriority", report.urgency.reason) if report.urgency else None,
        _marks(incident),
        plain("incidentDateTime", time_text(incident.at)),
        said("incidentDateTimeDescription", incident.about_time),
    )


def incident_type(incident: Incident) -> str:
    """Give NCMEC's word for what happened."""
    return _TOPICS[incident.topic or _BY_KIND[incident.kind]]


def _marks(incident: Incident) -> Node | None:
    present = [plain(name, "true") for mark, name in _MARKS.items() if mark in incident.marks]
    return holding("reportAnnotations", *present) if present else None


def reporter(provider: Provider) -> Node:
    """Write who reports: the company stands where the form asks for a person."""
    company = Person(
        last_name=provider.name,
        phones=(Phone(provider.phone),) if provider.phone else (),
        emails=(Email(provider.email),),
        addresses=(provider.address,) if provider.address else (),
    )
    return holding(
        "reporter",
        person("reportingPerson", company),
        contact("contactPerson", provider.contact),
        said("companyTemplate", provider.statement),
        said("termsOfService", provider.terms),
        said("legalURL", provider.legal_url),
    )


def _police(given: Police | None) -> Node | None:
    if given is None:
        return None
    abroad = None
    if given.served_from_abroad is not None:
        abroad = plain(
            "servedLegalProcessInternational", yes_or_no(given.served_from_abroad), fleaCountry=given.country
        )
    return holding(
        "lawEnforcement",
        plain("agencyName", given.agency),
        said("caseNumber", given.case_number),
        contact("officerContact", given.officer),
        judged("reportedToLe", given.reported),
        judged("servedLegalProcessDomestic", given.served_at_home),
        abroad,
    )


def _told(report: CaseReport) -> Iterator[str]:
    """Tell in words what the form has no place for, so that every authority learns the same."""
    if report.note.strip():
        yield report.note
    if report.basis is not None:
        yield f"Legal basis: {report.basis.provision}"
    yield f"Origin of knowledge: {report.origin.replace('_', ' ')}"
    for one in report.elsewhere or ():
        yield _elsewhere(one)
    for measure in report.measures:
        yield f"{_MEASURES[measure.kind]}{f' ({measure.at.text})' if measure.at else ''}"


def _elsewhere(one: Elsewhere) -> str:
    reference = f", reference {one.reference}" if one.reference else ""
    return f"Also reported to {one.body}{reference}{f' ({one.at.text})' if one.at else ''}"

"""The report to the EU Centre: the content that Article 13(1) of COM(2022) 209 asks for, in the order of its Annex III.

The proposal is not law, and no interface of the centre exists. This form is ours, made so that every field of the annex
has one place, and its schema is published with the documentation.
"""

from __future__ import annotations

from kindward.reports.eu.routing import route
from kindward.reports.facts import CaseReport, Measure, MeasureKind, Provider
from kindward.reports.files import File, viewed
from kindward.reports.moments import utc
from kindward.reports.occasions import Occasion
from kindward.reports.records import PLACE, Record, filled, kind_of, record

FORM = "kindward-eu-report/1"
"""Name and version of this form; a change of meaning gives a new number."""
ABOUT_CONTENT = frozenset({MeasureKind.REMOVED, MeasureKind.DISABLED, MeasureKind.LEFT})


def form(report: CaseReport) -> Record:
    """Write a report. Fields that nobody can answer are left out, except those that ask yes or no."""
    return filled(
        {
            "form": FORM,
            "reference": report.case,
            "composed_at": utc(report.composed_at),
            "urgent": _urgent(report),
            "type": str(report.incident.kind),
            "incident": record(report.incident),
            "content": filled({"files": _files(report), "texts": record(report.messages)}),
            "places": [_place(occasion) for occasion in report.occasions],
            "users": _users(report),
            "service": filled({"kind": str(report.provider.service), "product": report.provider.product}),
            "origin": str(report.origin),
            "elsewhere": _elsewhere(report),
            "content_measures": _measures(report, about_content=True),
            "account_measures": _measures(report, about_content=False),
            "provider": _provider(report.provider),
            "legal_basis": record(report.basis),
            "police": record(report.police),
            "states": record(report.states),
            "route": record(route(report.states, report.provider.establishment)),
            "note": report.note,
        }
    )


def _urgent(report: CaseReport) -> Record:
    return filled({"needed": report.urgency is not None, "reason": report.urgency.reason if report.urgency else ""})


def _files(report: CaseReport) -> list[Record]:
    return [file_record(file, report) for file in report.files]


def file_record(file: File, report: CaseReport) -> Record:
    """Write one file with who looked at it. The industry's class is not told: its agreement is with NCMEC."""
    told: Record = {**record(file), "viewed": record(viewed(file.item, report.looks))}
    told.pop("classification", None)
    return told


def _place(occasion: Occasion) -> Record:
    return {PLACE: kind_of(type(occasion)), **record(occasion)}


def _users(report: CaseReport) -> Record:
    people = {"reported": report.reported, "recipients": report.recipients, "victims": report.victims}
    return filled({name: record(some) for name, some in people.items()})


def _elsewhere(report: CaseReport) -> Record:
    return filled({"answered": report.elsewhere is not None, "reports": record(report.elsewhere)})


def _measures(report: CaseReport, *, about_content: bool) -> list[Record]:
    def belongs(measure: Measure) -> bool:
        """Say whether a measure belongs to this field."""
        return (measure.kind in ABOUT_CONTENT) == about_content

    return [record(measure) for measure in report.measures if belongs(measure)]


def _provider(provider: Provider) -> Record:
    told: Record = record(provider)
    for elsewhere in ("service", "product"):
        told.pop(elsewhere, None)
    return told

"""What a report lacks: gravely, so that it is not sent, or lightly, so that somebody should look once more.

Half to seven eighths of automated reports lead nowhere, and what is missing is nearly always the same: from which
address, with which port, at what time in which zone. So it is asked for here, before anybody sends anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kindward.locale import N_
from kindward.reports.facts import CaseReport, MeasureKind
from kindward.reports.files import Relevance, viewed
from kindward.reports.people import IpEvent

_SLACK = 300
"""Seconds that clocks may differ; NCMEC refuses times in the future."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing. ``sentence`` is an English template, translated where it is shown."""

    code: str
    field: str
    sentence: str
    grave: bool = False


SENTENCES = {
    "provider_unnamed": N_("It does not say who reports."),
    "provider_unreachable": N_("It gives no e-mail address at which the authority can ask back."),
    "incident_zone": N_("The time of the incident has no zone."),
    "incident_future": N_("The time of the incident is in the future."),
    "nothing_reported": N_("It names neither a file nor a text, a place, a person or a child."),
    "urgency_reason": N_("It is marked urgent without saying why."),
    "basis_missing": N_("It names no legal basis."),
    "file_digest": N_("The digest of a file is missing or has not the form of one."),
    "file_future": N_("A file was uploaded in the future."),
    "elsewhere_unknown": N_("It does not say whether the same was reported elsewhere too."),
    "elsewhere_reference": N_("It was reported elsewhere, and the reference is missing."),
    "account_missing": N_("It names no account."),
    "account_identifier": N_("An account is named without the service's own identifier."),
    "ip_missing": N_("No IP address is known for an account, so nobody can be found through a provider."),
    "ip_port": N_("No IP address with a time comes with its port too, and many people may share that address."),
    "ip_time": N_("No IP address of an account comes with its time."),
    "ip_zone": N_("The time of an IP address has no zone."),
    "measures_missing": N_("It does not say whether the content was removed and what was done about the account."),
    "measure_time": N_("A measure has no time."),
    "states_missing": N_("It names no country in which it happened or somebody concerned lives."),
    "file_unseen": N_("A file was not looked at as a whole by anybody; the authority is told so."),
}
"""What each gap means, by its code."""
GRAVE = frozenset(
    {
        "provider_unnamed",
        "provider_unreachable",
        "incident_zone",
        "incident_future",
        "nothing_reported",
        "urgency_reason",
        "basis_missing",
        "file_digest",
        "file_future",
    }
)
"""Gaps with which no authority can use a report."""


def completeness(report: CaseReport) -> list[Gap]:
    """List what a report lacks, grave gaps first; each is named once."""
    found = dict.fromkeys(
        (*_general(report), *_accounts(report), *_files(report), *_elsewhere(report), *_measures(report))
    )
    gaps = [Gap(code, field, SENTENCES[code], code in GRAVE) for code, field in found]
    return sorted(gaps, key=lambda gap: not gap.grave)


def grave(report: CaseReport) -> list[str]:
    """Give the codes of the grave gaps of a report."""
    return [gap.code for gap in completeness(report) if gap.grave]


def _general(report: CaseReport) -> Iterator[tuple[str, str]]:
    if not report.provider.name.strip():
        yield "provider_unnamed", "provider.name"
    if "@" not in report.provider.email:
        yield "provider_unreachable", "provider.email"
    if report.incident.at.zone is None:
        yield "incident_zone", "incident.at"
    if report.incident.at.at > report.composed_at + _SLACK:
        yield "incident_future", "incident.at"
    if report.urgency is not None and not report.urgency.reason.strip():
        yield "urgency_reason", "urgency.reason"
    if report.basis is None or not report.basis.provision.strip():
        yield "basis_missing", "basis"
    if not (report.files or report.messages or report.occasions or report.reported or report.victims):
        yield "nothing_reported", "files"
    if not (report.states.offence or report.states.suspect or report.states.victim):
        yield "states_missing", "states"


def _accounts(report: CaseReport) -> Iterator[tuple[str, str]]:
    if not report.reported:
        yield "account_missing", "reported"
    for number, one in enumerate(report.reported):
        place = f"reported[{number}].account"
        if not one.account.identifier:
            yield "account_identifier", f"{place}.identifier"
        if not report.viral and not one.third_party:
            uploads = tuple(file.ip for file in report.files if file.ip is not None)
            yield from ((code, f"{place}.ips") for code in _ips((*one.account.ips, *uploads)))


def _ips(events: tuple[IpEvent, ...]) -> Iterator[str]:
    if not events:
        yield "ip_missing"
        return
    if not any(event.port is not None and event.at is not None for event in events):
        timed = any(event.at is not None for event in events)
        yield "ip_port" if timed else "ip_time"
        if not timed and all(event.port is None for event in events):
            yield "ip_port"
    if any(event.at is not None and event.at.zone is None for event in events):
        yield "ip_zone"


def _files(report: CaseReport) -> Iterator[tuple[str, str]]:
    for number, file in enumerate(report.files):
        place = f"files[{number}]"
        if not (_is_hex(file.sha256, 64) and _is_hex(file.md5, 32)):
            yield "file_digest", f"{place}.sha256"
        if file.uploaded_at is not None and file.uploaded_at.at > report.composed_at + _SLACK:
            yield "file_future", f"{place}.uploaded_at"
        if file.relevance is Relevance.REPORTED and not viewed(file.item, report.looks).file:
            yield "file_unseen", place


def _elsewhere(report: CaseReport) -> Iterator[tuple[str, str]]:
    if report.elsewhere is None:
        yield "elsewhere_unknown", "elsewhere"
    for number, one in enumerate(report.elsewhere or ()):
        if not one.reference:
            yield "elsewhere_reference", f"elsewhere[{number}].reference"


def _measures(report: CaseReport) -> Iterator[tuple[str, str]]:
    if not report.measures:
        yield "measures_missing", "measures"
    left = {MeasureKind.LEFT, MeasureKind.ACCOUNT_LEFT}
    for number, measure in enumerate(report.measures):
        if measure.at is None and measure.kind not in left:
            yield "measure_time", f"measures[{number}].at"


def _is_hex(text: str, digits: int) -> bool:
    return len(text) == digits and set(text) <= set("0123456789abcdef")

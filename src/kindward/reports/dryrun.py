"""An authority that sends nothing: it writes what would be sent, with everything but the bytes of the files.

It writes through the transport it is handed, which puts files into a folder; so it goes the very way of a real report
and still leaves the house nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

from kindward.banks.sources import Request, Transport
from kindward.reports import refusals
from kindward.reports.authority import Attachment, Journal, Receipt, Report
from kindward.reports.eu import JSON, composed
from kindward.reports.eu.form import file_record
from kindward.reports.eu.signing import unsigned
from kindward.reports.facts import CaseReport
from kindward.reports.ncmec import NcmecAuthority
from kindward.reports.records import written
from kindward.reports.settings import settled

AUTHORITY = "dryrun"
SCHEME = "folder:///"
"""Addresses that only a transport into a folder understands."""
WRITTEN = "written"
FORMS = ("eu", "ncmec")
SETTINGS = {"form": "eu"}
_NOBODY = {"user": "nobody", "password": "nothing"}
_NOWHERE = {"url": "http://127.0.0.1"}


class DryRun:
    """Write what would be sent in the form of another authority (setting ``form``)."""

    name = AUTHORITY

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """Read settings; there are no secrets. Raises: ConfigError."""
        chosen = settled(self.name, settings, SETTINGS)
        settled(self.name, secrets, {})
        if chosen["form"] not in FORMS:
            raise refusals.setting_wrong(self.name, "form", f"one of {', '.join(FORMS)}")
        forms: dict[str, Callable[[CaseReport, Sequence[Attachment]], Report]] = {
            "eu": _eu,
            "ncmec": NcmecAuthority(_NOWHERE, _NOBODY).compose,
        }
        self._compose = forms[chosen["form"]]

    def compose(self, report: CaseReport, attachments: Sequence[Attachment]) -> Report:
        """Write a report as the other authority would. Raises: as that one."""
        return replace(self._compose(report, attachments), authority=self.name)

    def deliver(self, report: Report, transport: Transport, journal: Journal, now: int) -> Receipt:
        """Write it into the folder of the transport. Raises: StateError without a release."""
        release = report.require_release()
        reference = report.digest[:12]
        place = f"{SCHEME}{report.case}/{reference}"
        files = [[one.item, one.size, one.sha256, one.md5] for one in report.attachments]
        suffix = "json" if report.media_type == JSON else "xml"
        transport(Request("PUT", f"{place}/report.{suffix}", body=report.body))
        for number, one in enumerate(report.attachments, 1):
            transport(Request("PUT", f"{place}/file-{number}.{suffix}", body=one.details))
        told = {"files": files, "release": asdict(release), "at": now}
        transport(Request("PUT", f"{place}/delivery.json", body=json.dumps(told, indent=1).encode()))
        if journal.seen(WRITTEN) is None:
            journal.note(WRITTEN, reference)
        return Receipt(self.name, reference, now, WRITTEN, report.digest)


def _eu(report: CaseReport, attachments: Sequence[Attachment]) -> Report:
    body = unsigned(composed(report, attachments))
    about = [written(file_record(file, report)) for file in report.files]
    files = tuple(replace(one, details=told) for one, told in zip(attachments, about, strict=True))
    return Report("eu", report.case, body, JSON, files)

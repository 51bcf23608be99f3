"""The EU Centre's form: a signed record for programs, the same as a PDF for people, and the way it would be sent.

The centre does not exist yet, and nobody has published how it will take reports. Until then this authority speaks a
protocol of ours that needs no luck: everything is put under its digest, so putting it twice is putting it once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from kindward.banks.sources import Request, Transport
from kindward.ledger.keys import SigningKey
from kindward.reports import refusals
from kindward.reports.authority import Attachment, Journal, Receipt, Report, matched
from kindward.reports.eu.feedback import AUTHORITY, LARGEST, read_feedback
from kindward.reports.eu.form import file_record, form
from kindward.reports.eu.pdf import digest_of, pdf
from kindward.reports.eu.signing import signed
from kindward.reports.facts import CaseReport
from kindward.reports.files import File
from kindward.reports.gaps import grave
from kindward.reports.records import Record, written
from kindward.reports.settings import is_yes, settled, stays_here

SETTINGS = {"url": None, "production": "false"}
SECRETS = {"signing_key": None, "token": ""}
JSON = "application/json"
FINISHED = "finished"


class EuAuthority:
    """The EU Centre. ``url`` must be on this machine unless ``production`` is true."""

    name = AUTHORITY

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """Read settings and secrets. Raises: ConfigError, TrustError ``note_key_unreadable``."""
        chosen, hidden = settled(self.name, settings, SETTINGS), settled(self.name, secrets, SECRETS)
        self._url = chosen["url"].rstrip("/")
        if not is_yes(self.name, chosen, "production") and not stays_here(self._url):
            raise refusals.not_for_production(self.name)
        self._key = SigningKey.parse(hidden["signing_key"].strip())
        self._headers = {"authorization": f"Bearer {hidden['token']}"} if hidden["token"] else {}

    def compose(self, report: CaseReport, attachments: Sequence[Attachment]) -> Report:
        """Write and sign the form. Raises: ContentError ``report_incomplete``, ``report_attachments_differ``."""
        body = signed(composed(report, attachments), self._key)
        files = tuple(
            replace(one, details=written(file_record(file, report)))
            for one, file in zip(attachments, report.files, strict=True)
        )
        return Report(self.name, report.case, body, JSON, files)

    def for_people(self, report: CaseReport, language: str, font: Path | None = None) -> bytes:
        """Write the form as a PDF, ``language`` is ``de`` or ``en``. Raises: ContentError, ConfigError."""
        told = composed(report, [_empty(file) for file in report.files])
        return pdf(told, digest_of(told), language, font)

    def deliver(self, report: Report, transport: Transport, journal: Journal, now: int) -> Receipt:
        """Put the files and then the form under the digest of the report. Raises: StateError without a release."""
        report.require_release()
        if (noted := journal.seen(FINISHED)) is not None:
            return Receipt(*json.loads(noted))
        place = f"{self._url}/reports/{report.digest}"
        for file in report.attachments:
            length = {"content-length": str(file.size), "content-type": "application/octet-stream"}
            headers = {**self._headers, **length}
            transport(Request("PUT", f"{place}/files/{file.sha256}", headers, most=LARGEST, pieces=file.pieces))
        answer = transport(
            Request("PUT", place, {**self._headers, "content-type": report.media_type}, report.body, most=LARGEST)
        )
        said = read_feedback(answer.body)
        receipt = Receipt(self.name, said.reference, now, str(said.outcome), sha256(answer.body).hexdigest())
        journal.note(FINISHED, json.dumps([*_parts(receipt)]))
        return receipt


def _empty(file: File) -> Attachment:
    return Attachment(file.item, file.size, file.sha256, file.md5, lambda: iter(()))


def composed(report: CaseReport, attachments: Sequence[Attachment]) -> Record:
    """Write the form of a report that lacks nothing grave. Raises: ContentError."""
    if missing := grave(report):
        raise refusals.incomplete(report.case, ", ".join(dict.fromkeys(missing)))
    matched(report, attachments)
    return form(report)


def _parts(receipt: Receipt) -> tuple[str, str, int, str, str]:
    return receipt.authority, receipt.reference, receipt.at, receipt.status, receipt.raw_digest

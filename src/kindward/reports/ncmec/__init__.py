"""NCMEC's CyberTipline: reports as XML, files one by one, a receipt that counts in law.

Source of the protocol: NCMEC, CyberTipline Reporting API, documentation of 2025-06-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kindward.banks.sources import Transport
from kindward.reports import refusals
from kindward.reports.authority import Attachment, Journal, Receipt, Report, matched
from kindward.reports.facts import CaseReport
from kindward.reports.gaps import grave
from kindward.reports.ncmec.answers import Answer
from kindward.reports.ncmec.codes import AUTHORITY, SUCCESS, problem
from kindward.reports.ncmec.delivering import deliver
from kindward.reports.ncmec.filing import details
from kindward.reports.ncmec.line import Line
from kindward.reports.ncmec.report_tables import REPORT
from kindward.reports.ncmec.reporting import batched, tree
from kindward.reports.ncmec.rules import hold_batched, hold_single
from kindward.reports.ncmec.schema import Difference, differences
from kindward.reports.ncmec.writing import written
from kindward.reports.settings import is_yes, settled, stays_here

ENVIRONMENTS = {
    "production": "https://report.cybertip.org/ispws",
    "test": "https://exttest.cybertip.org/ispws",
    "sandbox": "",
}
"""Where reports go. ``sandbox`` is a stand-in on this machine, whose address is the setting ``url``."""
SETTINGS = {"environment": "sandbox", "url": "", "production": "false", "industry_classification": "false"}
SECRETS = {"user": None, "password": None}
XML = "text/xml; charset=utf-8"


class NcmecAuthority:
    """NCMEC. ``industry_classification`` is true only under the agreement about industry hash sharing."""

    name = AUTHORITY

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """Read settings and secrets. Raises: ConfigError."""
        chosen = settled(self.name, settings, SETTINGS)
        if chosen["environment"] not in ENVIRONMENTS:
            raise refusals.setting_wrong(self.name, "environment", f"one of {', '.join(ENVIRONMENTS)}")
        self._url = (ENVIRONMENTS[chosen["environment"]] or chosen["url"]).rstrip("/")
        if chosen["environment"] == "sandbox":
            if not stays_here(self._url):
                raise refusals.setting_wrong(
                    self.name, "url", "an address of this machine, such as http://127.0.0.1:8480"
                )
        elif not is_yes(self.name, chosen, "production"):
            raise refusals.not_for_production(self.name)
        self._classified = is_yes(self.name, chosen, "industry_classification")
        self._secrets = settled(self.name, secrets, SECRETS)

    def compose(self, report: CaseReport, attachments: Sequence[Attachment]) -> Report:
        """Write a report and what is told of each file.

        Raises: ContentError ``report_incomplete``, ``report_field_wrong``, ``report_batch_wrong``,
        ``report_attachments_differ``.
        """
        if missing := grave(report):
            raise refusals.incomplete(report.case, ", ".join(dict.fromkeys(missing)))
        matched(report, attachments)
        (hold_batched if report.viral else hold_single)(report)
        body = written(batched(report) if report.viral else tree(report), REPORT)
        told = [details(file, report, classified=self._classified) for file in report.files]
        files = tuple(replace(one, details=about) for one, about in zip(attachments, told, strict=True))
        return Report(self.name, report.case, body, XML, files)

    def deliver(self, report: Report, transport: Transport, journal: Journal, now: int) -> Receipt:
        """Send a released report exactly once. Raises: as ``delivering.deliver``; StateError without a release."""
        report.require_release()
        return deliver(self._line(transport), report, journal, now)

    def status(self, transport: Transport) -> Answer:
        """Ask whether NCMEC is there and knows us. Raises: RemoteError, ConfigError ``authority_refused``."""
        answer = self._line(transport).status()
        if answer.code != SUCCESS:
            raise problem(answer.code)
        return answer

    def differences(self, transport: Transport) -> list[Difference]:
        """Fetch NCMEC's schema and list where it differs from our tables. Raises: RemoteError."""
        return differences(self._line(transport).schema())

    def _line(self, transport: Transport) -> Line:
        return Line(self._url, self._secrets["user"], self._secrets["password"], transport)

"""What a hosting provider tells the national body when life or safety is threatened (Digital Services Act, Article 18).

There is no common interface: national bodies, in Germany the Federal Criminal Police Office, take these facts through a
portal of their own after registration, so they are given as a record that a person or a program can enter there. It is
no emergency line: whoever sends this calls 110 or 112 as well.
"""

from __future__ import annotations

from typing import Any

from kindward.reports import refusals
from kindward.reports.eu.routing import Route, route
from kindward.reports.facts import CaseReport
from kindward.reports.gaps import grave
from kindward.reports.moments import utc
from kindward.reports.records import record

PORTALS = {"DE": "Bundeskriminalamt (ZMI), registration U-Entrance@bka.bund.de"}
"""Where a national body takes these notices, as far as it is known; source: guidelines of the BKA on Article 18."""


def notice(report: CaseReport) -> dict[str, Any]:
    """Write the notice for one suspicion of an offence that threatens life or safety.

    The first field is the one the German body asks first: whether danger to life or limb is likely soon. Raises:
    ContentError ``report_incomplete``.
    """
    if missing := grave(report):
        raise refusals.incomplete(report.case, ", ".join(dict.fromkeys(missing)))
    to: Route = route(report.states, report.provider.establishment)
    return {
        "danger_soon": report.urgency is not None,
        "danger_reason": report.urgency.reason if report.urgency else "",
        "to": {"states": list(to.states), "europol": to.europol, "because": str(to.because)},
        "portals": [PORTALS[state] for state in to.states if state in PORTALS],
        "reference": report.case,
        "composed_at": utc(report.composed_at),
        "provider": report.provider.name,
        "contact": report.provider.email,
        "suspicion": str(report.incident.kind),
        "incident_at": report.incident.at.text,
        "known_through": str(report.origin),
        "service": report.provider.product or str(report.provider.service),
        "accounts": [record(one.account) for one in report.reported],
        "people": [record(one.person) for one in report.reported if one.person is not None],
        "texts": [message.text for message in report.messages],
        "files": [{"sha256": file.sha256, "media_type": file.media_type} for file in report.files],
        "also_reported_to": [one.body for one in report.elsewhere or ()],
        "note": report.note,
        "emergency": "This is no emergency line. Call 110 or 112 as well.",
    }

"""The page of the reporting centre's stand-in: what arrived, as numbers, times and counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from kindward.sandbox.centre import Received

WORDS = {
    "en": {
        "title": "Reporting centre (stand-in)",
        "about": "Reports that arrived here. Nothing of what they say is shown; nobody reads them.",
        "number": "Number",
        "state": "State",
        "at": "Last change (UTC)",
        "files": "Files",
        "open": "open",
        "finished": "complete",
        "retracted": "taken back",
        "none": "Nothing has arrived yet.",
    },
    "de": {
        "title": "Meldestelle (Attrappe)",
        "about": "Meldungen, die hier angekommen sind. Nichts aus ihnen wird gezeigt; niemand liest sie.",
        "number": "Nummer",
        "state": "Stand",
        "at": "Letzte Änderung (UTC)",
        "files": "Dateien",
        "open": "offen",
        "finished": "vollständig",
        "retracted": "zurückgenommen",
        "none": "Noch ist nichts angekommen.",
    },
}
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:48rem;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid}"
)


def page(reports: Sequence[Received], accepted: str) -> Response:
    """Write the page in the reader's language."""
    language = "de" if accepted.lower().startswith("de") else "en"
    words = WORDS[language]
    rows = "".join(
        f"<tr><td>{one.number}</td><td>{words[one.state]}</td><td>{_time(one.finished or one.changed)}</td>"
        f"<td>{len(one.files)}</td></tr>"
        for one in reversed(reports)
    )
    heads = "".join(f"<th scope=col>{words[name]}</th>" for name in ("number", "state", "at", "files"))
    table = (
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else f"<p>{words['none']}</p>"
    )
    text = (
        f"<!doctype html><html lang={language}><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1"><meta http-equiv=refresh content=3>'
        f"<title>{words['title']}</title><style>{STYLE}</style><main><h1>{words['title']}</h1>"
        f"<p>{words['about']}</p>{table}</main></html>"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return Response(text, media_type="text/html", headers={"content-security-policy": policy})


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")

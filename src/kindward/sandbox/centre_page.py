"""The page of the reporting centre's stand-in: what arrived, as numbers, times and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import Response

from kindward.reports.ncmec.codes import CODES

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
        "answers": "Answers",
        "code": "Code",
        "meaning": "Meaning",
        "count": "How often",
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
        "answers": "Antworten",
        "code": "Code",
        "meaning": "Bedeutung (Wortlaut der Schnittstelle)",
        "count": "Wie oft",
    },
}
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:48rem;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid}"
)


SHOWN = 500
"""Reports on the page, the newest; a page must stay one that can be looked at."""


def page(reports: Sequence[Received], said: Mapping[int, int], accepted: str) -> Response:
    """Write the page in the reader's language: reports, and how often each code was answered."""
    language = _language(accepted)
    words = WORDS[language]
    rows = [
        (one.number, words[one.state], _time(one.finished or one.changed), len(one.files))
        for one in reversed(reports[-SHOWN:])
    ]
    codes = [(code, CODES[code].words if code in CODES else "", count) for code, count in sorted(said.items())]
    heads = [words[name] for name in ("number", "state", "at", "files")]
    table = _table(heads, rows) if rows else f"<p>{words['none']}</p>"
    if codes:
        table += f"<h2>{words['answers']}</h2>{_table([words[name] for name in ('code', 'meaning', 'count')], codes)}"
    text = (
        f"<!doctype html><html lang={language}><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1"><meta http-equiv=refresh content=3>'
        f"<title>{words['title']}</title><style>{STYLE}</style><main><h1>{words['title']}</h1>"
        f"<p>{words['about']}</p>{table}</main></html>"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return Response(text, media_type="text/html", headers={"content-security-policy": policy})


def _table(heads: Sequence[str], rows: Sequence[tuple[object, ...]]) -> str:
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _language(accepted: str) -> str:
    """Choose the first language that a browser prefers and this page has; English if it has none."""
    weighed = []
    for place, one in enumerate(accepted.lower().split(",")):
        name, _, weight = one.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, name[:2]))
        except ValueError:
            continue
    return next((name for weight, _, name in sorted(weighed) if name in WORDS and weight < 0), "en")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")

"""Write figures for the public, in the order that each law asks for: as records, as CSV, and as a page.

A form says which of its rows come from here and which the operator has to add, because figures about contracts, staff
or moderation of other content are not known to kindward.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from kindward.desk.figures import NOTICES, Figures, Share, Tally
from kindward.locale import N_, translate

DAY = 86_400
Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what it is, about which list or technique, its value; None if the operator has to add it."""

    code: str
    meaning: str
    value: Value
    about: str = ""
    low: float | None = None
    high: float | None = None


MEANINGS = {
    "opened": N_("Alarms and notices that people were to decide"),
    "confirmed": N_("Confirmed by people"),
    "dismissed": N_("No match, as people decided"),
    "inherited": N_("Decided because the same bytes had been decided before"),
    "reported": N_("Reports that an authority has"),
    "unfounded": N_("Reports that the authority called manifestly unfounded"),
    "reopened": N_("Complaints that opened a case again"),
    "reversed": N_("Decisions that were reversed after a complaint"),
    "error_rate": N_("Share of what was raised that people found to be no match"),
    "unfounded_rate": N_("Share of reports that the authority called manifestly unfounded"),
    "median_hours": N_("Hours until half of the cases were decided"),
    "p95_hours": N_("Hours until 95 % of the cases were decided"),
    "undone": N_("Decisions that were taken back before they took effect"),
    "overdue": N_("Cases past their deadline at the end"),
    "left_out": N_("Likenesses that opened no case, because more came than people could decide"),
    "automated": N_("Measures that a program took alone"),
    "versions": N_("Versions of the list"),
}
OPERATORS = {
    "orders": N_("Orders of member states, and how long they took (the operator adds this)"),
    "own_initiative": N_("Moderation of other content, and people who do it (the operator adds this)"),
    "data_volume": N_("Type and volume of data that was processed (the operator adds this)"),
    "legal_ground": N_("Legal ground of the processing, and of transfers (the operator adds this)"),
    "retention": N_("Rules of retention and safeguards (the operator adds this)"),
    "organisations": N_("Organisations with which data were shared (the operator adds this)"),
    "complaints": N_("Complaints that reached authorities and courts (the operator adds this)"),
}
FORMS: Mapping[str, tuple[str, ...]] = {
    "dsa15": ("orders", "*lists", "own_initiative", "automated", "*errors", "reopened", "reversed", "median_hours"),
    "interim": (
        "data_volume",
        "legal_ground",
        "*lists",
        "*errors",
        "complaints",
        "reversed",
        "retention",
        "organisations",
    ),
    "art83": (
        "*lists",
        "*errors",
        "reported",
        "unfounded",
        "unfounded_rate",
        "reopened",
        "reversed",
        "median_hours",
        "p95_hours",
    ),
    "ncmec": ("reported", "confirmed", "inherited"),
    "all": ("*lists", "*errors", *(name for name in MEANINGS if name not in {"versions", "error_rate"})),
}
"""Rows of each form: DSA, Article 15(1); the interim regulation, Article 3(1)(g)(vii); COM(2022) 209, Article 83; and
the counts that NCMEC publishes. ``*lists`` and ``*errors`` stand for a row of every list and technique."""


def rows(figures: Figures, form: str) -> list[Row]:
    """Give the rows of a form. Raises: KeyError for a form that there is not."""
    return [row for name in FORMS[form] for row in _row(figures, name)]


def as_csv(found: Sequence[Row], language: str) -> str:
    """Write rows as CSV (RFC 4180)."""
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(["code", "about", "value", "low", "high", "meaning"])
    for row in found:
        ends = ["" if end is None else f"{end:.6g}" for end in (row.low, row.high)]
        out.writerow(
            [row.code, row.about, "" if row.value is None else row.value, *ends, translate(row.meaning, language)]
        )
    return written.getvalue()


def page(figures: Figures, found: Sequence[Row], language: str, title: str) -> str:
    """Write a page that needs nothing else: a table, and for every share a bar with its interval."""
    said: Callable[[str], str] = lambda text: escape(translate(text, language))  # noqa: E731 - named once, used often
    period = f"{_day(figures.since)} – {_day(figures.until - 1)}"
    lines = "".join(
        f"<tr><th scope=row>{said(row.meaning)}{f' · {escape(row.about)}' if row.about else ''}</th>"
        f"<td>{said(_NOT_HERE) if row.value is None else escape(_shown(row))}{_bar(row)}</td></tr>"
        for row in found
    )
    style = (
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        ":root{color-scheme:light dark}th{text-align:left;font-weight:400}"
        "th,td{padding:.35rem .8rem .35rem 0;border-bottom:1px solid;vertical-align:top}"
        "svg{display:block;width:16rem;max-width:100%;height:.8rem}"
    )
    return (
        f"<!doctype html><html lang={language}><meta charset=utf-8>"
        f'<meta name=viewport content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{style}</style><main><h1>{escape(title)}</h1><p>{period}</p>"
        f"<p>{said(_ABOUT)}</p><table><tbody>{lines}</tbody></table></main></html>\n"
    )


_NOT_HERE = N_("not known here")
_ABOUT = N_("Every decision was made by people. No figure is about a single person. Bars show 95 % intervals.")


def _row(figures: Figures, name: str) -> Iterator[Row]:
    whole = figures.all
    if name == "*lists":
        for about, tally in sorted(figures.lists.items()):
            yield from (Row(code, MEANINGS[code], getattr(tally, code), about) for code in _COUNTS)
            if about != NOTICES:
                yield Row("versions", MEANINGS["versions"], ", ".join(sorted(tally.versions)), about)
    elif name == "*errors":
        for about, tally in sorted({**figures.lists, **figures.signals}.items()):
            yield _share("error_rate", tally.wrong, about)
    elif name in OPERATORS:
        yield Row(name, OPERATORS[name], None)
    elif name == "unfounded_rate":
        yield _share(name, Share(whole.unfounded, whole.reported), "")
    elif name != "error_rate":
        yield Row(name, MEANINGS[name], _single(figures, whole, name))


_COUNTS = ("opened", "confirmed", "dismissed", "inherited", "reported")


def _single(figures: Figures, whole: Tally, name: str) -> Value:
    hours = {"median_hours": 0.5, "p95_hours": 0.95}
    if name in hours:
        return round(figures.decided_within(hours[name]) / 3_600, 2)
    if name == "automated":
        return 0
    return int(getattr(figures if name in {"undone", "overdue", "left_out"} else whole, name))


def _share(code: str, share: Share, about: str) -> Row:
    value = round(share.count / share.of, 6) if share.of else None
    return Row(code, MEANINGS[code], value, about, share.low, share.high)


def _shown(row: Row) -> str:
    if row.low is None or row.high is None or not isinstance(row.value, float):
        return str(row.value)
    return f"{100 * row.value:.1f} % ({100 * row.low:.1f}–{100 * row.high:.1f} %)"


def _bar(row: Row) -> str:
    if row.low is None or row.high is None or row.value is None:
        return ""
    low, high, at = 100 * row.low, 100 * row.high, 100 * float(row.value)
    return (
        '<svg viewBox="0 0 100 5" preserveAspectRatio=none aria-hidden=true>'
        "<rect width=100 height=5 fill=currentColor opacity=.12 />"
        f'<rect x="{low:.2f}" width="{max(high - low, 0.3):.2f}" height=5 fill=currentColor opacity=.45 />'
        f'<rect x="{max(at - 0.3, 0):.2f}" width=.6 height=5 fill=currentColor /></svg>'
    )


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()

"""What an examination of a list found: one record for programs, and the same in lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kindward.cli.streams import visible
from kindward.errors import KindwardError
from kindward.locale import _
from kindward.wire import error_record

if TYPE_CHECKING:
    from kindward.ledger.audit import Audit, Finding

_SHOWN = 20
"""Newest releases that people are shown; programs get all."""


def told(
    place: str,
    audit: Audit,
    proven: Sequence[Finding],
    attested: Sequence[Finding],
    error: KindwardError | None,
) -> dict[str, Any]:
    """Write an examination as one record; what was not reached is empty or None."""
    checkpoint = audit.checkpoint
    return {
        "list": place,
        "name": audit.published.charter.name if audit.published else None,
        "all_proven": error is None,
        "proven": [_finding(each) for each in proven],
        "attested": [_finding(each) for each in attested],
        "checkpoint": {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
        if checkpoint
        else None,
        "witnesses": [{"name": name, "cosigned": _moment(at)} for name, at in sorted(audit.witnesses.items())],
        "releases": [_release(each) for each in audit.releases],
        **_counts(audit),
        "canaries": [
            {"authority": each.authority, "label": each.label, "distance": each.distance} for each in audit.reported
        ],
        "error": error_record(error) if error else None,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {"code": finding.code, "message": _(finding.template).format(**finding.facts), "facts": dict(finding.facts)}


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _release(release: Any) -> dict[str, object]:  # noqa: ANN401 - the ledger is imported only when needed
    return {
        "number": release.number,
        "date": release.date,
        "added": release.added,
        "removed": release.removed,
        "active": release.active,
        "size": release.size,
        "root": release.root.hex(),
    }


def _counts(audit: Audit) -> dict[str, list[dict[str, object]]]:
    """Count active entries by authority (an entry counts for each that confirmed it) and by category."""
    by_authority: Counter[str] = Counter()
    by_category: Counter[str] = Counter()
    for (names, category), count in (audit.history.counts() if audit.history else {}).items():
        by_category[category] += count
        for name in names:
            by_authority[name] += count
    known = audit.published.charter.authorities if audit.published else {}
    places = {name: known[name].jurisdiction if name in known else "" for name in {*known, *by_authority}}
    return {
        "authorities": [
            {"name": name, "jurisdiction": place, "entries": by_authority[name]}
            for name, place in sorted(places.items())
        ],
        "categories": [{"category": name, "entries": count} for name, count in sorted(by_category.items())],
    }


def lines(record: dict[str, Any]) -> Iterator[str]:
    """Write the record for people."""
    yield _("Proven:") if record["proven"] else _("Nothing is proven.")
    yield from (f"  - {visible(each['message'])}" for each in record["proven"])
    if record["error"]:
        yield _("Not proven:")
        yield f"  - {visible(record['error']['message'])}"
        return
    yield _("Only attested, or not examined:")
    yield from (f"  - {visible(each['message'])}" for each in record["attested"])
    yield _("Active entries by authority (each counts for all that confirmed it):")
    yield from (
        f"  {each['name']} ({each['jurisdiction'] or '–'})  {each['entries']}" for each in record["authorities"]
    )
    yield _("Active entries by category:")
    yield from (f"  {visible(each['category'])}  {each['entries']}" for each in record["categories"])
    yield _("Releases:")
    if len(record["releases"]) > _SHOWN:
        yield "  …"
    for each in record["releases"][-_SHOWN:]:
        yield "  " + _("{number}  {date}  {added} added  {removed} withdrawn  {active} active").format(**each)

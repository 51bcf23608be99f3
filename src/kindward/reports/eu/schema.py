"""The schema of the EU form (JSON Schema, draft 2020-12), made from the same dataclasses as the form itself."""

from __future__ import annotations

import typing
from dataclasses import fields

from kindward.reports.eu.form import ABOUT_CONTENT, FORM
from kindward.reports.eu.routing import Route
from kindward.reports.facts import (
    Elsewhere,
    Incident,
    IncidentKind,
    LegalBasis,
    MeasureKind,
    Message,
    Origin,
    Police,
    Provider,
    ServiceKind,
    States,
)
from kindward.reports.files import File, Viewed
from kindward.reports.moments import Moment
from kindward.reports.occasions import Occasion
from kindward.reports.people import Recipient, Reported, Victim
from kindward.reports.records import PLACE, Record, closed, kind_of, schema_of

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_BOOLEAN = {"type": "boolean"}


def schema() -> Record:
    """Describe the whole form."""
    properties: Record = {
        "form": {"const": FORM},
        "reference": _TEXT,
        "composed_at": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"},
        "urgent": closed({"needed": _BOOLEAN, "reason": _TEXT}, "needed"),
        "type": schema_of(IncidentKind),
        "incident": schema_of(Incident),
        "content": closed({"files": _list(_file()), "texts": _list(schema_of(Message))}),
        "places": _list({"oneOf": [_place(kind) for kind in typing.get_args(Occasion)]}),
        "users": closed(
            {
                "reported": _list(schema_of(Reported)),
                "recipients": _list(schema_of(Recipient)),
                "victims": _list(schema_of(Victim)),
            }
        ),
        "service": closed({"kind": schema_of(ServiceKind), "product": _TEXT}, "kind"),
        "origin": schema_of(Origin),
        "elsewhere": closed({"answered": _BOOLEAN, "reports": _list(schema_of(Elsewhere))}, "answered"),
        "content_measures": _list(_measure(about_content=True)),
        "account_measures": _list(_measure(about_content=False)),
        "provider": _without(schema_of(Provider), "service", "product"),
        "legal_basis": schema_of(LegalBasis),
        "police": schema_of(Police),
        "states": schema_of(States),
        "route": schema_of(Route),
        "note": _TEXT,
    }
    required = ("form", "reference", "composed_at", "urgent", "type", "incident", "service", "origin", "elsewhere")
    whole = closed(properties, *required, "provider", "legal_basis", "route")
    return {"$schema": DRAFT, "title": FORM, **whole}


def names() -> list[str]:
    """Give every name of a field that occurs in the form, for its documentation."""
    return sorted(set(_names(schema())))


def _names(part: object) -> typing.Iterator[str]:
    if isinstance(part, dict):
        for key, inner in part.items():
            if key == "properties":
                yield from inner
            yield from _names(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _names(inner)


def _list(items: Record) -> Record:
    return {"type": "array", "items": items}


def _file() -> Record:
    told = _without(schema_of(File), "classification")
    told["properties"]["viewed"] = closed({field.name: _BOOLEAN for field in fields(Viewed)}, "file", "exif")
    return {**told, "required": ["item", "sha256", "viewed"]}


def _place(kind: type) -> Record:
    described = schema_of(kind)
    described["properties"][PLACE] = {"const": kind_of(kind)}
    return {**described, "required": [PLACE]}


def _measure(*, about_content: bool) -> Record:
    kinds = sorted(str(kind) for kind in MeasureKind if (kind in ABOUT_CONTENT) == about_content)
    return closed({"kind": {"enum": kinds}, "at": schema_of(Moment)}, "kind")


def _without(described: Record, *left_out: str) -> Record:
    kept = {name: inner for name, inner in described["properties"].items() if name not in left_out}
    return {**described, "properties": kept}

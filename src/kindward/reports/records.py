"""Write facts as plain records, and describe these records as a JSON schema; both follow from the same dataclasses.

What is empty or unknown is left out, so that a record never claims more than is known.
"""

from __future__ import annotations

import re
import types
import typing
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

from kindward.ledger.canonical import canonical, read
from kindward.reports.moments import Moment

Record = dict[str, Any]
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_EMPTY: tuple[object, ...] = (None, "", [], {})
PLACE = "place"
"""The key that says of which kind a value is, where several are possible."""


def record(value: object) -> Any:  # noqa: ANN401 - any record
    """Write a value and what it holds: texts, whole numbers, yes and no, lists and records."""
    if isinstance(value, Moment):
        return {"at": value.text, "zone_known": value.zone is not None}
    if is_dataclass(value) and not isinstance(value, type):
        return filled({field.name: record(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(record(one) for one in value)
    if isinstance(value, tuple):
        return [record(one) for one in value]
    return value


def written(given: Record) -> bytes:
    """Write a record in its one form. Raises: TypeError or ValueError for what has none."""
    return canonical(given, booleans=True)


def read_written(raw: bytes) -> Any:  # noqa: ANN401 - any record
    """Read a record that stands in its one form. Raises: ValueError if it does not."""
    return read(raw, booleans=True)


def filled(given: Record) -> Record:
    """Leave out what is empty; no and zero are something."""
    return {name: value for name, value in given.items() if not any(value is one or value == one for one in _EMPTY)}


def kind_of(value: type) -> str:
    """Give the name of a class as records have it: ``WebPage`` is ``web_page``."""
    return _CAPITAL.sub("_", value.__name__).lower()


def schema_of(kind: Any) -> Record:  # noqa: ANN401 - any annotation
    """Describe the record of a type as a JSON schema (draft 2020-12)."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        known = [one for one in inside if one is not type(None)]
        return schema_of(known[0]) if len(known) == 1 else {"oneOf": [schema_of(one) for one in known]}
    if origin is frozenset or (origin is tuple and inside[-1] is Ellipsis):
        return {"type": "array", "items": schema_of(inside[0])}
    if origin is tuple:
        return {"type": "array", "prefixItems": [schema_of(one) for one in inside], "items": False}
    return _schema_of_class(kind)


_PLAIN = {str: "string", bool: "boolean", int: "integer"}
_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})?$"


def _schema_of_class(kind: type) -> Record:
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind is Moment:
        time = {"at": {"type": "string", "pattern": _TIME}, "zone_known": {"type": "boolean"}}
        return closed(time, "at", "zone_known")
    if issubclass(kind, StrEnum):
        return {"enum": sorted(map(str, kind))}
    return closed({name: schema_of(hint) for name, hint in typing.get_type_hints(kind).items()})


def closed(properties: Record, *required: str) -> Record:
    """Describe a record that holds these properties and no others."""
    more = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}

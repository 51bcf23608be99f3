"""Read records that were handed over: the same dataclasses that reports are made of, strictly and within limits.

What is unknown, too long or of the wrong kind is refused with the place where it stands, never with what stands there.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from kindward.errors import ContentError
from kindward.locale import N_
from kindward.reports.moments import Moment
from kindward.reports.records import PLACE, kind_of

T = TypeVar("T")
TEXT_MOST = 20_000
"""Characters of one text."""
MANY = 1_000
"""Values of one list."""
_TIME = "a time such as 2026-11-24T08:00:00+01:00"


def read(kind: type[T], given: object, place: str = "") -> T:
    """Read a record of a type. Raises: ContentError ``record_field_wrong``."""
    return cast("T", _value(kind, given, place or kind_of(kind)))


def wrong(place: str, expected: str) -> ContentError:
    """Say which field of a record is wrong, and what is expected there."""
    return ContentError(
        "record_field_wrong",
        N_("The field {place} of the record about the account is wrong: expected {expected}."),
        N_("Hand over the record again as the documentation of reports shows it; nothing of it was kept."),
        place=place,
        expected=expected,
    )


def _value(kind: Any, given: object, place: str) -> object:  # noqa: ANN401 - any annotation
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return _one_of([one for one in inside if one is not type(None)], given, place, type(None) in inside)
    if origin in {frozenset, tuple}:
        each = inside[0]
        items = (_value(each, one, f"{place}[{number}]") for number, one in enumerate(_listed(given, place)))
        return frozenset(items) if origin is frozenset else tuple(items)
    if kind is Moment:
        return _moment(given, place)
    if is_dataclass(kind):
        return _record(cast("type", kind), given, place)
    if issubclass(kind, StrEnum):
        known = [str(one) for one in kind]
        if given not in known:
            raise wrong(place, f"one of {', '.join(known)}")
        return kind(given)
    return _plain(kind, given, place)


def _one_of(kinds: list[Any], given: object, place: str, optional: bool) -> object:  # noqa: FBT001 - said by the annotation
    if optional and given is None:
        return None
    if len(kinds) == 1:
        return _value(kinds[0], given, place)
    named = {kind_of(kind): kind for kind in kinds}
    if not isinstance(given, dict) or given.get(PLACE) not in named:
        raise wrong(f"{place}.{PLACE}", f"one of {', '.join(named)}")
    rest = {name: value for name, value in given.items() if name != PLACE}
    return _value(named[given[PLACE]], rest, place)


def _record(kind: type, given: object, place: str) -> object:
    if not isinstance(given, dict):
        raise wrong(place, "a record")
    known = {one.name: one for one in fields(kind)}
    if unknown := next((name for name in given if name not in known), None):
        # A name is part of what was handed over and may be anything, so it is not repeated.
        raise wrong(place, f"only {', '.join(known)}" if isinstance(unknown, str) else "names of fields")
    missing = next((one.name for one in known.values() if _is_needed(one) and one.name not in given), None)
    if missing:
        raise wrong(f"{place}.{missing}", "a value")
    hints = typing.get_type_hints(kind)
    values = {name: _value(hints[name], value, f"{place}.{name}") for name, value in given.items()}
    return kind(**values)


def _is_needed(one: Any) -> bool:  # noqa: ANN401 - a field of any type
    return one.default is MISSING and one.default_factory is MISSING


def _listed(given: object, place: str) -> Iterable[object]:
    if not isinstance(given, list) or len(given) > MANY:
        raise wrong(place, f"a list of at most {MANY} values")
    return given


def _moment(given: object, place: str) -> Moment:
    """Read ISO 8601; without a zone the zone is unknown, which a report says."""
    if not isinstance(given, str):
        raise wrong(place, _TIME)
    try:
        at = datetime.fromisoformat(given)
        zone = at.utcoffset()
        seconds = int((at if zone is not None else at.replace(tzinfo=UTC)).timestamp())
        return Moment(seconds, None if zone is None else int(zone.total_seconds() // 60))
    except (ValueError, OverflowError):
        raise wrong(place, _TIME) from None


def _plain(kind: type, given: object, place: str) -> object:
    if kind is str:
        if not isinstance(given, str) or len(given) > TEXT_MOST:
            raise wrong(place, f"a text of at most {TEXT_MOST} characters")
        return given
    if kind is bool and isinstance(given, bool):
        return given
    if kind is int and isinstance(given, int) and not isinstance(given, bool):
        return given
    raise wrong(place, {bool: "true or false", int: "a whole number"}.get(kind, "a value"))

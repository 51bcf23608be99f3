"""What a line of the journal says, and how it is written as JSON.

Fields that say nothing are left out. Lines of the first format are a part of this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kindward.banks.items import Item, Kept
from kindward.model import Entry

Deed = Literal["add", "keep", "withdraw", "take", "quarantine", "reinstate"]
_TEXTS = ("source", "severity", "note", "jurisdiction", "added", "expires")
_NUMBERS = ("positive", "negative")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the journal.

    ``add``: an entry. ``keep``: all fingerprints of an item that are only kept. ``withdraw``, ``quarantine``,
    ``reinstate``: the id of an item, why, and who decided it.
    ``take``: the present state of items of a source, the items that are doubted or trusted again because of its votes
    (id → reason; empty: trusted again), and where the source goes on. A line is in force as a whole or not at all.
    """

    do: Deed
    at: str
    entry: Entry | None = None
    id: str = ""
    reason: str = ""
    deciders: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)
    mark: Mapping[str, str] | None = None

    @property
    def narrows(self) -> bool:
        """Say whether the bank matches no more than before, so that whoever answered for it still does."""
        return self.do in {"withdraw", "quarantine"}

    @property
    def weight(self) -> int:
        """Say how many changes of single items this is."""
        return len(self.items) or 1


def record_of(change: Change) -> dict[str, Any]:
    """Write a change as a record."""
    head = {"do": change.do, "at": change.at}
    if change.entry is not None:
        return head | {"id": change.entry.id} | _entry_record(change.entry)
    if change.do == "take":
        mark = {} if change.mark is None else {"mark": dict(change.mark)}
        return head | {"items": [_item_record(item) for item in change.items], "doubts": dict(change.doubts)} | mark
    if change.do == "keep":
        return head | _item_record(change.items[0])
    return head | {"id": change.id, "reason": change.reason} | _some({"deciders": list(change.deciders)})


def change_of(record: Mapping[str, Any]) -> Change:
    """Read a change back. Raises: ValueError, KeyError, TypeError if it is none."""
    do, at = record["do"], record["at"]
    match do:
        case "add":
            return Change("add", at, _entry(record["id"], record), record["id"])
        case "keep":
            return Change("keep", at, id=record["id"], items=(_item(record),))
        case "take":
            items = tuple(_item(item) for item in record["items"])
            mark = record.get("mark")
            return Change("take", at, items=items, doubts=dict(record["doubts"]), mark=mark)
        case "withdraw" | "quarantine" | "reinstate":
            deciders = tuple(record.get("deciders", ()))
            return Change(do, at, id=record["id"], reason=record["reason"], deciders=deciders)
    raise ValueError(do)


def _entry_record(entry: Entry) -> dict[str, Any]:
    texts = {name: getattr(entry, name) for name in (*_TEXTS, *_NUMBERS)}
    confirmed = {"confirmed_by": list(entry.confirmed_by)}
    return {"signal": entry.signal, "value": entry.value.hex(), **_some(texts), **_some(confirmed)}


def _entry(entry_id: str, record: Mapping[str, Any]) -> Entry:
    return Entry(
        entry_id,
        record["signal"],
        bytes.fromhex(record["value"]),
        source=record.get("source", ""),
        severity=record.get("severity", ""),
        note=record.get("note", ""),
        jurisdiction=record.get("jurisdiction", ""),
        added=record.get("added", ""),
        confirmed_by=tuple(record.get("confirmed_by", ())),
        expires=record.get("expires", ""),
        positive=int(record.get("positive", 0)),
        negative=int(record.get("negative", 0)),
    )


def _item_record(item: Item) -> dict[str, Any]:
    return {"id": item.id} | _some(
        {
            "entries": [_entry_record(entry) for entry in item.entries],
            "kept": [[one.signal, one.value] for one in item.kept],
            "reason": item.reason,
            "deciders": list(item.deciders),
        }
    )


def _item(record: Mapping[str, Any]) -> Item:
    return Item(
        record["id"],
        tuple(_entry(record["id"], entry) for entry in record.get("entries", ())),
        tuple(Kept(signal, value) for signal, value in record.get("kept", ())),
        record.get("reason", ""),
        tuple(record.get("deciders", ())),
    )


def _some(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}

"""Which column of a CSV list means what; columns that mean nothing to us are kept in the note."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from kindward.banks.kinds import NAMED

_MEANINGS = {
    "id": ("id", "entry", "entry_id", "mediaid", "media id", "image id"),
    "signal": ("signal", "signal_type", "signaltype", "type", "algorithm"),
    "value": ("value", "signal_str", "hash", "hashvalue", "hash_value", "hash_digest", "fingerprint", "indicator"),
    "source": ("source", "collab"),
    "severity": ("severity",),
    "category": ("category",),
    "note": ("note", "comment"),
    "jurisdiction": ("jurisdiction",),
    "added": ("added",),
    "expires": ("expires",),
    "positive": ("positive",),
    "negative": ("negative",),
    "trust": ("trust",),
    "confirmed_by": ("confirmed_by",),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_FORMS = {
    "jurisdiction": re.compile(r"[A-Z]{2}|baseline"),
    "added": _DAY,
    "expires": _DAY,
    "positive": _COUNT,
    "negative": _COUNT,
    "trust": re.compile("imported|federated"),
    "confirmed_by": re.compile(".*"),
}
"""Columns of our own export; what has another form in somebody else's list is kept in the note. ``trust`` and
``confirmed_by`` are the word of another bank and not taken over."""
_MEANING = {name: meaning for meaning, names in _MEANINGS.items() for name in names}
_KINDS = {**{name: name for name in NAMED}, "sha-256": "sha256", "sha-1": "sha1"}
_DELIMITERS = ",;\t"
_TX_CATEGORIES = {"POSITIVE_CLASS", "INVESTIGATION_SEED", "DISPUTED", "NEGATIVE_CLASS"}
_FINGERPRINT = re.compile("[0-9a-f]{32,}")
NEGATIVE = {"NEGATIVE_CLASS"}
"""Categories by which a source says that an item is not what the list is about."""


@dataclass(frozen=True, slots=True)
class Further:
    """What a list may say beside source, severity and note."""

    jurisdiction: str = ""
    added: str = ""
    expires: str = ""
    positive: int = 0
    negative: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a CSV list, understood.

    ``meanings`` gives for each column the field it fills, ``kind:NAME`` for a column that holds fingerprints of one
    kind, or an empty text.
    """

    delimiter: str
    names: tuple[str, ...]
    meanings: tuple[str, ...]

    def values(self, row: list[str]) -> list[tuple[str, str]]:
        """Give the fingerprints of a row as (name of signal or empty, hexadecimal digits)."""
        signal = self._first(row, "signal")
        return [
            (meaning.removeprefix("kind:") if meaning != "value" else signal, cell.strip())
            for meaning, cell in zip(self.meanings, row, strict=True)
            if meaning == "value" or (meaning.startswith("kind:") and cell.strip())
        ]

    def fields(self, row: list[str]) -> dict[str, str]:
        """Give the other fields of a row; a category becomes a severity in the scheme of its maker."""
        category = self._first(row, "category")
        others = [
            f"{name}={cell.strip()}"
            for name, meaning, cell in zip(self.names, self.meanings, row, strict=True)
            if cell.strip() and (not meaning or not _fits(meaning, cell))
        ]
        severity = self._first(row, "severity") or severity_of(category)
        note = "; ".join(part for part in (self._first(row, "note"), *others) if part)
        return {
            "id": self._first(row, "id"),
            "source": self._first(row, "source"),
            "severity": severity,
            "note": note,
            "category": category,
        }

    def further(self, row: list[str]) -> Further:
        """Give what else a row says in the form of our own export."""
        found = {name: cell for name in _FORMS if _fits(name, cell := self._first(row, name))}
        return Further(
            found.get("jurisdiction", ""),
            found.get("added", ""),
            found.get("expires", ""),
            int(found.get("positive", 0)),
            int(found.get("negative", 0)),
        )

    def _first(self, row: list[str], meaning: str) -> str:
        return row[self.meanings.index(meaning)].strip() if meaning in self.meanings else ""


def _fits(meaning: str, cell: str) -> bool:
    form = _FORMS.get(meaning)
    return form is None or form.fullmatch(cell.strip()) is not None


def severity_of(category: str) -> str:
    """Write a category as a severity in the scheme of its maker; empty for an empty one."""
    scheme = "threatexchange" if category in _TX_CATEGORIES else "category"
    return f"{scheme}:{category}" if category else ""


def find_columns(header: str) -> Columns | None:
    """Understand a line as the header of a CSV list; None if it is none."""
    for delimiter in _DELIMITERS:
        names = tuple(name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter)))
        if any(_FINGERPRINT.fullmatch(name) for name in names):
            return None
        meanings: list[str] = []
        for name in names:
            meaning = _MEANING.get(name, f"kind:{_KINDS[name]}" if name in _KINDS else "")
            meanings.append(meaning if meaning.startswith("kind:") or meaning not in meanings else "")
        if "value" in meanings or any(meaning.startswith("kind:") for meaning in meanings):
            return Columns(delimiter, names, tuple(meanings))
    return None

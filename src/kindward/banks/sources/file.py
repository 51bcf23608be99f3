"""A plain list in a file as a source: what is new in it is added, what is gone from it is withdrawn.

Every format that ``kindward bank build`` reads is understood. The file is read again when its size, its time or its
place on the disk has changed. It should be replaced by renaming a new one over it: one that is seen to change while it
is read is left for the next time, but a writer who pauses in the middle cannot be told from one who is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kindward.banks.items import Item, Kept
from kindward.banks.kinds import derived_id, kind_of
from kindward.banks.lists import read_list
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Checkpoint, Json, Opinion, Page, Transport
from kindward.errors import ConfigError, ContentError, StateError
from kindward.model import Entry

PAGE = 5_000
"""Records of one page, so that a long list is held in memory piece by piece."""
SETTINGS = ("path", "origin")
Named = dict[str, tuple[list[Entry], list[Kept]]]
"""The fingerprints of items that have ids of their own."""


class FileSource:
    """A list in a file: ``path`` names it, ``origin`` is noted as the source of entries that name none."""

    name = "file"

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        for setting in (*settings, *secrets):
            if setting not in SETTINGS or setting in secrets:
                raise ConfigError(
                    "source_setting_unknown",
                    "The source {source} has no setting {setting}.",
                    "It has these: {known}.",
                    source=self.name,
                    setting=setting,
                    known=", ".join(SETTINGS),
                )
        if not settings.get("path"):
            raise ConfigError(
                "source_setting_missing",
                "The source {source} needs the setting {setting}.",
                "Give it with --set {setting}=VALUE.",
                source=self.name,
                setting="path",
            )
        self._path, self._origin = Path(settings["path"]), settings.get("origin", "")

    def changes(self, since: Checkpoint, transport: Transport, now: datetime) -> Iterator[Page]:
        """Give the whole list if the file changed; nothing else is carried, and no clock matters.

        Raises: ContentError if it cannot be read or holds nothing usable, StateError if it changes meanwhile.
        """
        del transport, now
        stamp = self._stamp()
        if since.get("stamp") == stamp:
            return
        named: Named = {}
        usable = False
        for items, rejected in _paged(read_list(self._path, origin=self._origin), named):
            usable = usable or bool(items)
            yield Page(items, rejected, since, len(items) + len(rejected))
        if self._stamp() != stamp:
            raise self._changing()
        if not usable and not named:
            raise self._empty()
        items = tuple(
            Item(entry_id, tuple(dict.fromkeys(entries)), tuple(dict.fromkeys(kept)))
            for entry_id, (entries, kept) in named.items()
        )
        yield Page(items, (), {"stamp": stamp}, len(items), whole=True)

    def tell(self, opinion: Opinion, transport: Transport) -> None:
        """Refuse: a file hears nothing. Raises: StateError."""
        del opinion, transport
        raise StateError(
            "feedback_unsupported",
            "The source {source} takes no feedback.",
            "Tell whoever makes the list.",
            source=self.name,
        )

    def _stamp(self) -> Json:
        try:
            status = self._path.stat()
        except OSError as problem:
            raise ContentError(
                "list_unreadable",
                "The list {path} cannot be read: {problem}.",
                "Check the path and the permissions.",
                path=self._path,
                problem=(problem.strerror or str(problem)).lower(),
            ) from problem
        return [status.st_size, status.st_mtime_ns, status.st_ino]

    def _changing(self) -> StateError:
        return StateError(
            "list_changing",
            "The list {path} was changed while it was read.",
            "Write a new file and rename it over the old one; the next update reads it again.",
            path=self._path,
        )

    def _empty(self) -> ContentError:
        return ContentError(
            "list_without_entries",
            "The list {path} holds no usable fingerprint, so nothing was withdrawn.",
            "Check the file; to have no entries at all, remove the bank.",
            path=self._path,
        )


def _paged(
    records: Iterator[Entry | Item | Rejected], named: Named
) -> Iterator[tuple[tuple[Item, ...], tuple[Rejected, ...]]]:
    """Give pages of items of one value each; entries with ids of their own go to ``named``, for an item may have many.

    Lines of one item may stand anywhere in the file, so only the end of the file tells that it is complete.
    """
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for record in records:
        if isinstance(record, Rejected):
            rejected.append(record)
        elif isinstance(record, Item):
            entries, kept = named.setdefault(record.id, ([], []))
            entries.extend(record.entries)
            kept.extend(record.kept)
        elif record.id:
            named.setdefault(record.id, ([], []))[0].append(record)
        elif (kind := kind_of(record.signal, record.value)) is not None:
            entry_id = derived_id(kind, record.value)
            items[entry_id] = Item(entry_id, (replace(record, id=entry_id),))
        if len(items) + len(rejected) >= PAGE:
            yield tuple(items.values()), tuple(rejected)
            items, rejected = {}, []
    if items or rejected:
        yield tuple(items.values()), tuple(rejected)

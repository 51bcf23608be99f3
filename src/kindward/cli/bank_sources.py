"""Where the entries of a bank come from: lists, standard input, bare fingerprints, folders of pictures."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from kindward.cli import streams
from kindward.cli.inputs import STDIN, expand
from kindward.cli.work import in_order, progress, workers_for
from kindward.errors import ContentError
from kindward.locale import _, several

if TYPE_CHECKING:
    from kindward.banks import Block, Rejected
    from kindward.banks.items import Item
    from kindward.config import Settings
    from kindward.model import Entry

BARE = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
"""MD5, SHA-1, and PDQ or SHA-256: a bare value of 64 digits is read as PDQ, as in every list."""

TOLD = 20
"""So many rejected lines are told on standard error; the machine forms hold more."""


def from_lists(names: Sequence[str]) -> Iterator[Entry | Item | Rejected]:
    """Read lists one after the other; ``-`` is standard input. Raises: ContentError for a list that cannot be read."""
    from kindward.banks import read_list

    for name in names:
        if name == STDIN:
            yield from read_list(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace"))
        else:
            _require_list(name)
            yield from read_list(Path(name))


def from_long_lists(names: Sequence[str]) -> Iterator[Entry | Item | Block | Rejected]:
    """Read lists as ``from_lists`` does, plain ones many lines at a time."""
    from kindward.banks import read_blocks

    for name in names:
        if name == STDIN:
            yield from from_lists([name])
        else:
            _require_list(name)
            yield from read_blocks(Path(name))


def from_values(values: Sequence[str]) -> Iterator[Entry | Item | Rejected]:
    """Read bare fingerprints as they were typed."""
    from kindward.banks import read_list

    yield from read_list(io.StringIO("\n".join(values) + "\n"))


def from_pictures(folders: Sequence[str], settings: Settings) -> Iterator[Entry]:
    """Fingerprint pictures exactly and make an entry of each.

    A picture with too little structure would match every other such picture, so it is entered by its SHA-256 only, and
    the user is told. Raises: ContentError if there are no files.
    """
    from kindward.cli.hash import hash_one, options_of
    from kindward.isolation import DecoderPool
    from kindward.model import Entry

    found = expand(folders)
    options = options_of(settings, exact=True, views=False)
    workers = workers_for(len(found))
    with (
        DecoderPool(settings.limits, workers=workers) as pool,
        closing(in_order(lambda one: hash_one(pool, one, options, settings), found, workers)) as answers,
        progress(_("Fingerprinting"), len(found)) as advance,
    ):
        for done, hashed in enumerate(answers, 1):
            if hashed.error is not None:
                streams.tell(hashed.error, hashed.name)
                raise ContentError(
                    "pictures_incomplete",
                    "Not every picture could be fingerprinted, so no entry was made.",
                    "Repair or remove the named file and run the command again.",
                )
            picture, sha256 = hashed.fingerprints[0], hashed.fingerprints[1]
            if (picture.quality or 0) < settings.matching.pdq_quality:
                streams.say(
                    _("{name}: too little structure to be known by its look; entered by its SHA-256 only.").format(
                        name=hashed.name
                    )
                )
                picture = sha256
            yield Entry("", picture.signal, picture.value)
            advance(done)


def report_rejected(rejected: Sequence[Rejected], total: int) -> None:
    """Tell which lines were not understood, because a list that shrinks in silence protects nobody."""
    for one in rejected[:TOLD]:
        streams.say(_("line {line}: {reason}").format(line=one.line, reason=reason(one)))
    if total > TOLD:
        streams.say(
            several("{count} more line was not understood.", "{count} more lines were not understood.", total - TOLD)
        )


def reason(rejected: Rejected) -> str:
    """Say why a line was not understood, in the language of the user."""
    return _(rejected.template).format(**rejected.facts)


def _require_list(name: str) -> None:
    """Open a list once before it is read, so that a pipe or a missing file is told in plain words."""
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116 - names may not be valid text
        if stat.S_ISREG(mode):
            os.close(os.open(name, os.O_RDONLY))
            return
        reason = os.strerror(21) if stat.S_ISDIR(mode) else _("not a regular file")
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
    raise ContentError(
        "list_unreadable",
        "The list {name} cannot be read: {reason}.",
        "Check the path and the rights; a pipe can be given as `--from -`.",
        name=streams.visible(name),
        reason=reason,
    )

"""``kindward hash``: the fingerprints of files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kindward.cli import exits, streams
from kindward.cli.inputs import Input, expand
from kindward.cli.output import Form, Record, Records, output_option
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Option
from kindward.cli.work import in_order, progress, workers_for
from kindward.errors import ContentError
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.config import Settings
    from kindward.isolation import DecoderPool
    from kindward.model import Fingerprint
    from kindward.signals.pdq import PictureOptions


@dataclass(frozen=True, slots=True)
class Hashed:
    """The fingerprints of one input, and why there are not all of them."""

    name: str
    fingerprints: Sequence[Fingerprint]
    error: ContentError | None


@click.command(
    "hash",
    cls=Command,
    help=N_(
        "Print the fingerprints of files: PDQ of the picture as a person sees it, and SHA-256, SHA-1 and MD5 of the "
        "bytes.\n\n"
        "Whoever holds a fingerprint can recognise the picture: treat fingerprints like the list they belong to."
    ),
)
@click.argument(
    "inputs",
    cls=Argument,
    metavar="FILE|DIR|-…",
    nargs=-1,
    required=True,
    help=N_("Files, folders, or - for standard input."),
)
@click.option(
    "--exact/--fast",
    "exact",
    cls=Option,
    default=True,
    show_default=True,
    help=N_("Decode JPEG fully, as lists are made, or at a reduced size within a few bits of it."),
)
@click.option(
    "--all-views",
    cls=Option,
    is_flag=True,
    help=N_("Print the fingerprint of every view: turned, mirrored, without borders; records then also name the view."),
)
@output_option
@pass_session
def hash_(session: Session, inputs: tuple[str, ...], exact: bool, all_views: bool, form: Form) -> int:
    """Hash all inputs and give the gravest exit status."""
    from kindward.isolation.nursery import begin_early

    settings = session.settings()
    begin_early(settings.limits.memory, settings.limits.seconds)
    from kindward.isolation import DecoderPool
    from kindward.wire import fingerprint_record

    options = options_of(settings, exact=exact, views=all_views)
    found = expand(inputs)
    workers = workers_for(len(found))
    statuses = [exits.NOTHING_FOUND]
    with (
        DecoderPool(settings.limits, workers=workers) as pool,
        closing(in_order(lambda one: hash_one(pool, one, options, settings), found, workers)) as answers,
        progress(_("Fingerprinting"), len(found)) as advance,
        Records(form) as records,
    ):
        for done, answer in enumerate(answers, 1):
            for fingerprint in answer.fingerprints:
                view = {"view": str(fingerprint.view)} if all_views else {}
                record = {**fingerprint_record(answer.name, fingerprint), **view}
                records.put(record, _line(record))
            if answer.error is not None:
                streams.tell(answer.error, answer.name)
                statuses.append(answer.error.exit_status)
            advance(done)
    return exits.gravest(statuses)


def options_of(settings: Settings, *, exact: bool, views: bool) -> PictureOptions:
    """Say how pictures are read: exactly or fast, from one view or from all of them."""
    from kindward.signals.pdq import PictureOptions

    return PictureOptions(
        pixels=settings.limits.pixels, frames=settings.limits.frames, fast=not exact, borders=views, views=views
    )


def hash_one(pool: DecoderPool, one: Input, options: PictureOptions, settings: Settings) -> Hashed:
    """Fingerprint one input: the picture first, then the digests SHA-256, SHA-1 and MD5; an error is part of it."""
    from kindward.signals import digest

    try:
        data = one.read(settings.limits.bytes)
    except ContentError as error:
        return Hashed(one.name, (), error)
    digests = digest.fingerprints(data) if data else ()
    try:
        findings = pool.fingerprint(data, options)
    except ContentError as error:
        return Hashed(one.name, digests, error)
    seen = findings.fingerprints if options.views else findings.fingerprints[:1]
    return Hashed(one.name, (*seen, *digests), None)


def _line(record: Record) -> str:
    quality = "-" if record["quality"] is None else str(record["quality"])
    parts = [str(record["signal"]).ljust(8), str(record["value"]).ljust(64), quality.rjust(3)]
    parts += [str(record["view"]).ljust(20)] if "view" in record else []
    return "  ".join([*parts, streams.visible(str(record["path"]))])

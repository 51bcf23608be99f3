"""``kindward bank build``: a list in, a bank out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import bank_sources, exits, streams
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.cli.work import progress
from kindward.errors import ContentError
from kindward.locale import N_, _, several

if TYPE_CHECKING:
    from kindward.banks import BuildReport


@click.command(
    "build",
    cls=Command,
    help=N_(
        "Make a bank from lists of fingerprints or from pictures.\n\n"
        "A list holds one fingerprint per line, or is CSV: PDQ, SHA-256, SHA-1 or MD5 in hexadecimal digits; or it is "
        "a Project VIC or ICSE list. Lines that are not understood are told with their number; the bank is made from "
        "the others and the exit status is 65. The new bank must prove that it finds what it should before it is put "
        "in place."
    ),
)
@click.argument("out", cls=Argument, metavar="OUT", help=N_("Folder of the new bank."))
@click.option(
    "--from",
    "lists",
    cls=Option,
    metavar="FILE",
    multiple=True,
    help=N_("List to read, - for standard input; may be given several times."),
)
@click.option(
    "--from-pictures",
    "folders",
    cls=Option,
    metavar="DIR",
    multiple=True,
    help=N_("Folder of pictures, or a picture, to fingerprint exactly; may be given several times."),
)
@click.option("--name", cls=Option, help=N_("Name of the bank in every verdict; by default that of its folder."))
@click.option("--replace", cls=Option, is_flag=True, help=N_("Replace an existing bank at OUT."))
@output_option
@pass_session
def build(
    session: Session,
    out: str,
    lists: tuple[str, ...],
    folders: tuple[str, ...],
    name: str | None,
    replace: bool,
    form: Form,
) -> int:
    """Build a bank and report what was taken and what was not."""
    if not lists and not folders:
        raise click.UsageError(_("Give at least one list with --from or one folder with --from-pictures."))
    from kindward.banks import build_bank

    settings = session.settings()
    target = Path(out)
    pictures = bank_sources.from_pictures(folders, settings) if folders else ()
    records = chain(bank_sources.from_long_lists(lists), pictures)
    with progress(_("Building the bank"), None) as advance:
        report = build_bank(target, records, name=name or target.resolve().name, progress=advance, replace=replace)
    bank_sources.report_rejected(report.rejected, report.rejected_total)
    for doubt in report.doubts:
        streams.say(_(doubt.template).format(**doubt.facts))
    put_one(form, _record(out, report), _text(out, report))
    return ContentError.exit_status if report.rejected else exits.NOTHING_FOUND


def _record(out: str, report: BuildReport) -> dict[str, object]:
    return {
        "path": out,
        "entries": report.entries,
        "duplicates": report.duplicates,
        "doubts": [{"code": doubt.code, "message": _(doubt.template).format(**doubt.facts)} for doubt in report.doubts],
        "rejected_total": report.rejected_total,
        "rejected": [
            {"line": one.line, "code": one.reason_code, "message": bank_sources.reason(one)} for one in report.rejected
        ],
    }


def _text(out: str, report: BuildReport) -> str:
    return ", ".join(_parts(out, report)) + "."


def _parts(out: str, report: BuildReport) -> Iterator[str]:
    yield several("{count} entry in {out}", "{count} entries in {out}", report.entries, out=visible(out))
    if report.duplicates:
        yield several("{count} duplicate", "{count} duplicates", report.duplicates)
    if report.rejected:
        yield several("{count} line not understood", "{count} lines not understood", report.rejected_total)

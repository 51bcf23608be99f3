"""``kindward bank subscribe`` and ``update``: banks that follow a source or a signed list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import bank_sources, exits, streams
from kindward.cli.output import Form, Records, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import ConfigError, ContentError, KindwardError
from kindward.locale import N_, _, several

if TYPE_CHECKING:
    from kindward.subscription.updating import Update


@click.command(
    "subscribe",
    cls=Command,
    help=N_(
        "Make a bank that follows a source or a signed list.\n\n"
        "\b\n"
        "  kindward bank subscribe ours --source file --set path=list.txt\n"
        "  kindward bank subscribe federated https://lists.example/one --root root.json\n\n"
        "A feed of a provider is named with --source; its bank is called imported in every verdict. LIST is the "
        "folder, the address or the medium of a signed list. Everything there is now is brought in; `kindward bank "
        "update` and a running service do it again."
    ),
)
@click.argument("out", cls=Argument, metavar="OUT", help=N_("Folder of the new bank."))
@click.argument(
    "location",
    cls=Argument,
    metavar="[LIST]",
    required=False,
    help=N_("Folder or https address of a signed list."),
)
@click.option("--source", cls=Option, metavar="NAME", help=N_("Provider to follow; `kindward doctor` lists them."))
@click.option(
    "--set",
    "settings",
    cls=Option,
    metavar="NAME=VALUE",
    multiple=True,
    help=N_("Setting of the source, such as url=…; may be given several times."),
)
@click.option(
    "--secret",
    "secrets",
    cls=Option,
    metavar="NAME=FILE",
    multiple=True,
    help=N_("Secret of the source, such as password=FILE; only the path of the file is kept."),
)
@click.option("--root", cls=Option, metavar="FILE", help=N_("Root file that the authorities of the list handed out."))
@click.option("--name", cls=Option, help=N_("Name of the bank in every verdict; by default that of its folder."))
@click.option(
    "--every",
    cls=Option,
    type=click.FloatRange(0),
    default=0,
    metavar="SECONDS",
    help=N_("Pause between two updates of this bank; by default that of the configuration."),
)
@output_option
@pass_session
def subscribe(
    session: Session,
    out: str,
    location: str | None,
    source: str | None,
    settings: tuple[str, ...],
    secrets: tuple[str, ...],
    root: str | None,
    name: str | None,
    every: float,
    form: Form,
) -> int:
    """Subscribe, and report the first update."""
    if bool(location) == bool(source):
        raise click.UsageError(_("Give either a signed list or --source, and not both."))
    if location and (settings or secrets):
        raise click.UsageError(_("--set and --secret belong to a --source; a signed list has none."))
    if source and root:
        raise click.UsageError(_("--root belongs to a signed list; a source has none."))
    from kindward import app
    from kindward.subscription.record import Subscription

    followed = Subscription(
        source=source or "",
        settings=_pairs("--set", settings),
        secrets=_pairs("--secret", secrets),
        list=_located(location),
        name=name or Path(out).resolve().name,
        every=every,
    )
    report = app.subscribe_bank(
        Path(out),
        followed,
        session.settings(),
        root=Path(root) if root is not None else None,
    )
    return _report(form, [report])


def _located(location: str | None) -> str:
    """Give an address as it is and a folder by its whole path, because updates may run elsewhere."""
    if not location or "://" in location:
        return location or ""
    return str(Path(location).resolve())


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, joined, value = text.partition("=")
        if not name or not joined:
            # The text itself may be a secret that was typed in the wrong place, so it is not repeated.
            raise click.UsageError(_("{option} takes NAME=VALUE.").format(option=option))
        if name in pairs:
            raise click.UsageError(_("{option} gives {name} twice.").format(option=option, name=visible(name)))
        pairs[name] = value
    return pairs


@click.command(
    "update",
    cls=Command,
    help=N_(
        "Bring subscribed banks up to date; running services see it within a second.\n\n"
        "What was taken over before an error stays, and the next update goes on from there. Exit status: 0 if all is "
        "up to date, 65 if a source sent records that were not understood, else that of the gravest error."
    ),
)
@click.argument(
    "banks", cls=Argument, metavar="[BANK]…", nargs=-1, help=N_("Banks; by default those configured that follow one.")
)
@click.option(
    "--every",
    cls=Option,
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    help=N_("Go on until interrupted, with this pause; longer after errors."),
)
@output_option
@pass_session
def update(session: Session, banks: tuple[str, ...], every: float | None, form: Form) -> int:
    """Update banks once, or again and again."""
    from kindward import app

    settings = session.settings()
    paths = named(banks, settings.banks.paths)
    if every is not None:
        return _again(paths, every, session, form)
    statuses = [exits.NOTHING_FOUND]
    reports: list[Update] = []
    with Records(form) as records:
        for path in paths:
            try:
                report = app.update_bank(path, settings)
            except KindwardError as problem:
                _fail(records, path, problem)
                statuses.append(problem.exit_status)
            else:
                _tell(report)
                records.put(_record(report), _line(report))
                reports.append(report)
    return exits.gravest([*statuses, *_statuses(reports)])


def _again(paths: Sequence[Path], every: float, session: Session, form: Form) -> int:
    from kindward import app
    from kindward.subscription.rounds import Rounds

    settings = session.settings()
    with Records(form) as records:

        def told(path: Path, outcome: Update | KindwardError, wait: float) -> None:
            """Print what came of an update; nothing for people if nothing did."""
            if isinstance(outcome, KindwardError):
                _fail(records, path, outcome)
                streams.say(_("{path}: next try in {seconds} seconds.").format(path=path, seconds=round(wait)))
            else:
                _tell(outcome)
                records.put(_record(outcome), _line(outcome) if outcome.changed else "")

        Rounds(lambda path: app.update_bank(path, settings), told, every).run(lambda: paths)
    return exits.NOTHING_FOUND


def named(banks: Sequence[str], configured: Sequence[str]) -> list[Path]:
    """Give the banks that were typed, else those configured that follow something. Raises: ConfigError."""
    from kindward.subscription.record import is_subscribed

    paths = [Path(bank) for bank in banks] or [Path(path) for path in configured if is_subscribed(Path(path))]
    if not paths:
        raise ConfigError(
            "no_subscribed_bank",
            "No bank is named, and none of the configuration follows a source or a signed list.",
            "Name one, or make one with `kindward bank subscribe`.",
        )
    return paths


def _report(form: Form, reports: Sequence[Update]) -> int:
    for report in reports:
        _tell(report)
        put_one(form, _record(report), _line(report))
    return exits.gravest([exits.NOTHING_FOUND, *_statuses(reports)])


def _statuses(reports: Sequence[Update]) -> Iterator[int]:
    for report in reports:
        if report.tally.rejected:
            yield ContentError.exit_status
        if report.unsent is not None:
            yield report.unsent.exit_status


def _fail(records: Records, path: Path, problem: KindwardError) -> None:
    from kindward.wire import error_record

    streams.tell(problem, str(path))
    records.put({"path": str(path), "error": error_record(problem)}, "")


def _tell(report: Update) -> None:
    bank_sources.report_rejected(report.tally.shown, report.tally.rejected)
    if report.tally.repaired:
        streams.say(
            _("{path}: the bank had fallen behind its subscription, so everything was read again.").format(
                path=visible(str(report.path))
            )
        )
    if report.unsent is not None:
        streams.tell(report.unsent, str(report.path))


def _record(report: Update) -> dict[str, object]:
    tally = report.tally
    return {
        "path": str(report.path),
        "name": report.bank,
        "follows": report.follows,
        "version": report.version,
        "mark": report.mark,
        "entries": report.entries,
        "put": tally.put,
        "withdrawn": tally.withdrawn,
        "unchanged": tally.unchanged,
        "rejected_total": tally.rejected,
        "rejected": [rejection(one.line, one.reason_code, bank_sources.reason(one)) for one in tally.shown],
        "repaired": tally.repaired,
        "bytes": report.size,
        "seconds": round(report.seconds, 3),
        "sent": report.sent,
        "error": None,
    }


def rejection(line: int, code: str, message: str) -> dict[str, object]:
    """Write one rejected record as every command does."""
    return {"line": line, "code": code, "message": message}


def _line(report: Update) -> str:
    tally = report.tally
    parts = [
        several("{count} item new or changed", "{count} items new or changed", tally.put),
        several("{count} withdrawn", "{count} withdrawn", tally.withdrawn),
        several("{count} entry in force", "{count} entries in force", report.entries),
    ]
    if tally.rejected:
        parts.append(several("{count} record not understood", "{count} records not understood", tally.rejected))
    if report.sent:
        parts.append(several("{count} opinion sent", "{count} opinions sent", report.sent))
    if release := report.mark.get("release"):
        parts.append(_("release {release}").format(release=release))
    return f"{visible(str(report.path))}: {', '.join(parts)}."

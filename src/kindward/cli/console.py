"""``kindward console``: the pages on which people decide."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from kindward.cli import exits
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Group, Option
from kindward.locale import N_, _


@click.command(
    "init",
    cls=Command,
    help=N_("Make the key under which evidence is sealed. Whoever loses it loses all evidence; keep a copy apart."),
)
@click.argument("file", cls=Argument, type=click.Path(path_type=Path, dir_okay=False), help=N_("Where the key goes."))
@pass_session
def init(session: Session, file: Path) -> int:
    """Make a master key."""
    session.settings()
    from kindward.evidence import FileKey

    FileKey.make(file)
    click.echo(
        _("The key is in {file}. Set cases.master_key_file to it, and add people with `kindward person add`.").format(
            file=file
        )
    )
    return exits.NOTHING_FOUND


@click.command(
    "serve",
    cls=Command,
    help=N_("Show the review console until stopped. The clock of decisions runs with `kindward serve`."),
)
@click.option(
    "--port",
    cls=Option,
    type=click.IntRange(0, 65_535),
    metavar="PORT",
    help=N_("TCP port to listen on; by default as configured."),
)
@pass_session
def serve(session: Session, port: int | None) -> None:
    """Serve the console."""
    settings = session.settings()
    if port is not None:
        settings = replace(settings, console=replace(settings.console, port=port))
    from kindward.app.cases import serve_console
    from kindward.store import Store

    with closing(Store.open(settings.store)) as store:
        serve_console(
            settings, store, lambda address: click.echo(_("The console is at {address}").format(address=address))
        )


@click.group("console", cls=Group, help=N_("Let people decide cases."))
def console() -> None:
    """Let people decide cases."""


console.add_command(init)
console.add_command(serve)

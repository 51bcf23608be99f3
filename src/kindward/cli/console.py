"""``kindward console``: the pages on which people decide."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import exits
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Group, Option
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.config import Settings
    from kindward.store import Store


@click.command(
    "init",
    cls=Command,
    help=N_(
        "Make two keys: one under which evidence is sealed, and one that signs the audit log.\n\n"
        "Whoever loses the first loses all evidence; keep copies apart from the machine. The verifier key that is "
        "printed goes to everybody who examines the audit log."
    ),
)
@click.argument(
    "folder", cls=Argument, type=click.Path(path_type=Path, file_okay=False), help=N_("New folder for them.")
)
@click.option("--name", cls=Option, required=True, metavar="NAME", help=N_("Name of the log, such as a domain."))
@pass_session
def init(session: Session, folder: Path, name: str) -> int:
    """Make the keys."""
    session.settings()
    from kindward.evidence import FileKey
    from kindward.store.signing import make_audit_key

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    FileKey.make(folder / "master.key")
    verifier = make_audit_key(folder / "audit.key", name)
    click.echo(
        _(
            "The keys are in {folder}. Set cases.master_key_file and cases.audit_key_file to them, and add people with "
            "`kindward person add`."
        ).format(folder=folder)
    )
    click.echo(verifier)
    return exits.NOTHING_FOUND


port_option = click.option(
    "--port",
    cls=Option,
    type=click.IntRange(0, 65_535),
    metavar="PORT",
    help=N_("TCP port to listen on; by default as configured."),
)


@click.command(
    "serve",
    cls=Command,
    help=N_("Show the review console until stopped. The clock of decisions runs with `kindward serve`."),
)
@port_option
@pass_session
def serve(session: Session, port: int | None) -> None:
    """Serve the console."""
    settings = session.settings()
    if port is not None:
        settings = replace(settings, console=replace(settings.console, port=port))
    from kindward.app.cases import serve_console

    _serve(settings, serve_console, _("The console is at {address}"))


@click.command(
    "portal",
    cls=Command,
    help=N_("Show the pages on which people tell something by their own choice, until stopped: no login, no script."),
)
@port_option
@pass_session
def portal(session: Session, port: int | None) -> None:
    """Serve the pages for telling something."""
    settings = session.settings()
    if port is not None:
        settings = replace(settings, portal=replace(settings.portal, port=port))
    from kindward.app.cases import serve_portal

    _serve(settings, serve_portal, _("The pages are at {address}"))


def _serve(settings: Settings, run: Callable[[Settings, Store, Callable[[str], None]], None], where: str) -> None:
    from kindward.store import Store

    with closing(Store.open(settings.store)) as store:
        run(settings, store, lambda address: click.echo(where.format(address=address)))


console = Group(
    "console",
    homes={
        "init": "kindward.cli.console:init",
        "serve": "kindward.cli.console:serve",
        "portal": "kindward.cli.console:portal",
    },
    help=N_("Let people decide cases."),
)

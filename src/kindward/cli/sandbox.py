"""``kindward sandbox``: stand-ins for services that cannot be reached when trying things out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Command, Group, Option
from kindward.errors import ConfigError
from kindward.locale import N_, _

if TYPE_CHECKING:
    import socket

    from kindward.sandbox.centre import CentreSandbox

PORT = 8480


@click.command(
    "centre",
    cls=Command,
    help=N_(
        "Run a stand-in of a reporting centre on this machine, until stopped: NCMEC's CyberTipline protocol.\n\n"
        "Its page shows what arrived, as numbers. It forgets everything when it ends, unless a folder is named."
    ),
)
@click.option(
    "--port",
    cls=Option,
    type=click.IntRange(0, 65_535),
    default=PORT,
    metavar="PORT",
    help=N_("TCP port to listen on."),
)
@click.option(
    "--folder",
    cls=Option,
    default="",
    metavar="FOLDER",
    help=N_("Keep complete reports here, as they came but without the files that they speak of."),
)
@pass_session
def centre(session: Session, port: int, folder: str) -> None:
    """Run the stand-in of a reporting centre."""
    session.settings()
    from kindward.sandbox.centre import PASSWORD, PREFIX, USER
    from kindward.sandbox.running import address_of, quiet_server

    made, listener = _opened(folder), _listening(port)
    address = address_of(listener)
    click.echo(
        _("The reporting centre takes reports at {address}; its page is {page}").format(
            address=f"{address}{PREFIX}", page=f"{address}/"
        )
    )
    click.echo(_("Name {user}, password {password}").format(user=USER, password=PASSWORD))
    quiet_server(made.app).run(sockets=[listener])


def _opened(folder: str) -> CentreSandbox:
    from kindward.sandbox.centre import CentreSandbox

    try:
        return CentreSandbox(folder=Path(folder) if folder else None)
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            "sandbox_folder_unusable",
            N_("The folder {path} cannot be used to keep reports."),
            N_("Name an empty folder, or one that this stand-in made, on a disk that can be written to."),
            path=folder,
        ) from None


def _listening(port: int) -> socket.socket:
    from kindward.sandbox.running import listening

    try:
        return listening(port)
    except OSError as problem:
        raise ConfigError(
            "port_taken",
            N_("Port {port} cannot be listened on ({problem})."),
            N_("Another program may use it; choose another one with --port."),
            port=port,
            problem=problem.strerror or type(problem).__name__,
        ) from None


sandbox = Group(
    "sandbox",
    homes={
        "centre": "kindward.cli.sandbox:centre",
    },
    help=N_("Run stand-ins of services that cannot be reached when trying things out."),
)

"""``kindward sandbox``: stand-ins for services that cannot be reached when trying things out."""

from __future__ import annotations

import click

from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Command, Group, Option
from kindward.locale import N_, _

PORT = 8480


@click.command(
    "centre",
    cls=Command,
    help=N_(
        "Run a stand-in of a reporting centre on this machine, until stopped: NCMEC's CyberTipline protocol.\n\n"
        "Its page shows what arrived, as numbers. It forgets everything when it ends."
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
@pass_session
def centre(session: Session, port: int) -> None:
    """Run the stand-in of a reporting centre."""
    session.settings()
    from kindward.sandbox.centre import PASSWORD, PREFIX, USER, CentreSandbox
    from kindward.sandbox.running import address_of, listening, quiet_server

    made, listener = CentreSandbox(), listening(port)
    address = address_of(listener)
    click.echo(
        _("The reporting centre takes reports at {address}; its page is {page}").format(
            address=f"{address}{PREFIX}", page=f"{address}/"
        )
    )
    click.echo(_("Name {user}, password {password}").format(user=USER, password=PASSWORD))
    quiet_server(made.app).run(sockets=[listener])


sandbox = Group(
    "sandbox",
    homes={
        "centre": "kindward.cli.sandbox:centre",
    },
    help=N_("Run stand-ins of services that cannot be reached when trying things out."),
)

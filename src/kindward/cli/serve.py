"""``kindward serve``: the same job over HTTP."""

from __future__ import annotations

from dataclasses import replace

import click

from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Command, Option
from kindward.locale import N_


@click.command(
    "serve",
    cls=Command,
    help=N_("Answer over HTTP until stopped: check pictures and fingerprints for other programs."),
)
@click.option("--host", cls=Option, metavar="ADDRESS", help=N_("Address to listen on; by default as configured."))
@click.option(
    "--port",
    cls=Option,
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help=N_("TCP port to listen on; by default as configured."),
)
@click.option(
    "--workers",
    cls=Option,
    type=click.IntRange(0, 1024),
    metavar="COUNT",
    help=N_("Worker processes, 0 for one on each core; by default as configured."),
)
@click.option(
    "-b",
    "--bank",
    "banks",
    cls=Option,
    metavar="BANK",
    multiple=True,
    help=N_("Folder of a bank to look up; may be given several times. By default those of the configuration."),
)
@click.option(
    "--with-token",
    cls=Option,
    is_flag=True,
    help=N_("Create a token for this run, print it once, and withdraw it at the end."),
)
@pass_session
def serve(
    session: Session, host: str | None, port: int | None, workers: int | None, banks: tuple[str, ...], with_token: bool
) -> None:
    """Serve with the settings of the configuration, changed by what was typed."""
    from kindward import app

    settings = session.settings()
    typed = {"host": host, "port": port, "workers": workers}
    service = replace(settings.service, **{name: value for name, value in typed.items() if value is not None})  # type: ignore[arg-type] # click has checked each
    named = replace(settings.banks, paths=list(banks) or settings.banks.paths)
    app.serve(replace(settings, service=service, banks=named), with_token=with_token)

"""Serve one stand-in: ``python -m kindward.sandbox ncmec --records 2500 --fault busy``."""

from __future__ import annotations

import click

from kindward.sandbox.faults import NAMED
from kindward.sandbox.providers import PROVIDERS, make
from kindward.sandbox.running import address_of, listening, quiet_server


@click.command()
@click.argument("name", type=click.Choice(sorted(PROVIDERS)))
@click.option("--port", default=0, show_default="a free one", help="Port on this machine.")
@click.option("--records", default=100, show_default=True, help="How many records to invent.")
@click.option("--fault", "faults", multiple=True, type=click.Choice(sorted(NAMED)), help="Goes wrong once; repeatable.")
@click.option("--always", type=click.Choice(sorted(NAMED)), help="Goes wrong with every request.")
def main(name: str, port: int, records: int, faults: tuple[str, ...], always: str | None) -> None:
    """Serve the stand-in NAME until stopped; the first line is its address."""
    sandbox = make(name, records)
    sandbox.faults.add(*(NAMED[fault] for fault in faults))
    sandbox.faults.always = NAMED[always] if always else None
    listener = listening(port)
    click.echo(address_of(listener))
    click.echo(sandbox.hint, err=True)
    quiet_server(sandbox.app).run(sockets=[listener])


if __name__ == "__main__":
    main()

"""``kindward authority``: publish a signed list together with other authorities."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from kindward.cli import exits
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Group, Option
from kindward.locale import N_, _

HOME = click.argument("home", cls=Argument, metavar="HOME", help=N_("Folder of this authority, with its keys."))
EXCHANGE = click.argument(
    "exchange", cls=Argument, metavar="EXCHANGE", help=N_("Folder that the authorities of the list share.")
)


@click.group(
    "authority",
    cls=Group,
    homes={
        "init": "kindward.cli.authority:init",
        "found": "kindward.cli.authority:found",
        "witness": "kindward.cli.authority:witness",
        "propose": "kindward.cli.authority_entries:propose",
        "confirm": "kindward.cli.authority_entries:confirm",
        "withdraw": "kindward.cli.authority_entries:withdraw",
        "revert": "kindward.cli.authority_entries:revert",
        "sign": "kindward.cli.authority_release:sign",
        "publish": "kindward.cli.authority_release:publish",
        "rotate": "kindward.cli.authority_release:rotate",
        "status": "kindward.cli.authority_release:status",
    },
    help=N_(
        "Publish a signed list together with other authorities.\n\n"
        "An entry is in force only when two authorities of two jurisdictions confirmed it. In order:\n\n"
        "\b\n"
        "  init      make the keys of this authority\n"
        "  found     found a list with the cards of others\n"
        "  propose   propose entries; another authority says confirm\n"
        "  sign      build the next release oneself and sign it\n"
        "  publish   put it where subscribers fetch it"
    ),
)
def authority() -> None:
    """Hold the commands of authorities."""


def now() -> datetime:
    """Give the time at which something is signed."""
    return datetime.now(UTC)


@click.command(
    "init",
    cls=Command,
    help=N_(
        "Make the folder of an authority with its keys and its public card.\n\n"
        "Keys are files that only their owner can read, unless addresses of a PKCS#11 token (hsm:ID?label=TOKEN) are "
        "given; then the file named by KINDWARD_PIN_FILE holds the PIN. Send card.json to whoever founds the list."
    ),
)
@HOME
@click.option("--name", cls=Option, required=True, help=N_("Name of the authority, such as de-centre."))
@click.option("--jurisdiction", cls=Option, required=True, help=N_("Its country as two capital letters, such as DE."))
@click.option("--list-key", cls=Option, default="", metavar="URI", help=N_("Address of the key that signs lists."))
@click.option("--root-key", cls=Option, default="", metavar="URI", help=N_("Address of the key that signs roots."))
@output_option
@pass_session
def init(session: Session, home: str, name: str, jurisdiction: str, list_key: str, root_key: str, form: Form) -> int:
    """Make an authority."""
    session.settings()
    from kindward.authority.home import CARD, LIST, ROOT, Home

    made = Home.make(Path(home), name, jurisdiction, {LIST: list_key, ROOT: root_key})
    card = str(made.path / CARD)
    put_one(
        form,
        {"home": home, "name": made.name, "jurisdiction": jurisdiction, "card": card},
        _("{name} has its keys in {home}. Send {card} to whoever founds the list.").format(
            name=made.name, home=visible(home), card=visible(card)
        ),
    )
    return exits.NOTHING_FOUND


@click.command(
    "found",
    cls=Command,
    help=N_(
        "Found a list with other authorities; everybody then signs its first root.\n\n"
        "This authority becomes the publisher: its folder gets the keys that sign the end of the log and the time."
    ),
)
@HOME
@EXCHANGE
@click.option("--list", "name", cls=Option, required=True, metavar="NAME", help=N_("Name of the list."))
@click.option(
    "--with",
    "others",
    cls=Option,
    multiple=True,
    required=True,
    metavar="CARD",
    help=N_("Card of another authority; may be given several times."),
)
@click.option(
    "--threshold",
    cls=Option,
    type=click.IntRange(2, 64),
    default=2,
    show_default=True,
    help=N_("How many authorities must sign every release."),
)
@click.option(
    "--witness", "witnesses", cls=Option, multiple=True, metavar="KEY", help=N_("Verifier key of a witness of the log.")
)
@click.option(
    "--quorum",
    cls=Option,
    type=click.IntRange(0, 64),
    help=N_("How many witnesses must have cosigned; by default all but one, at least one if there is any."),
)
@click.option(
    "--canaries",
    cls=Option,
    metavar="FILE",
    help=N_("Fingerprints of lawful pictures that no entry may come near: a PDQ value and a label on each line."),
)
@output_option
@pass_session
def found(
    session: Session,
    home: str,
    exchange: str,
    name: str,
    others: tuple[str, ...],
    threshold: int,
    witnesses: tuple[str, ...],
    quorum: int | None,
    canaries: str | None,
    form: Form,
) -> int:
    """Found a list."""
    session.settings()
    from kindward.authority.exchange import Exchange
    from kindward.authority.founding import Terms
    from kindward.authority.founding import found as founded
    from kindward.authority.home import Card, Home

    needed = quorum if quorum is not None else max(len(witnesses) - 1, min(len(witnesses), 1))
    terms = Terms(name, threshold, witnesses, needed)
    data = Path(canaries).read_bytes() if canaries else b""
    shared = Exchange(Path(exchange))
    founded(Home(Path(home)), shared, [Card.read(Path(card)) for card in others], terms, canaries=data, now=now())
    names = sorted(shared.cards())
    put_one(
        form,
        {"exchange": exchange, "list": name, "authorities": names, "threshold": threshold, "quorum": needed},
        _("The list {list} is founded by {names}. Each of them now runs: kindward authority sign HOME {path}").format(
            list=visible(name), names=", ".join(names), path=visible(exchange)
        ),
    )
    return exits.NOTHING_FOUND


@click.command(
    "witness",
    cls=Command,
    help=N_("Make the key of a witness in a file, for trying out, and tell the verifier key that the charter names."),
)
@click.argument("file", cls=Argument, metavar="FILE", help=N_("File for the key."))
@click.option("--name", cls=Option, required=True, help=N_("Name of the witness, such as witness.example."))
@output_option
@pass_session
def witness(session: Session, file: str, name: str, form: Form) -> int:
    """Make a witness."""
    session.settings()
    from kindward.authority.home import make_witness

    text = make_witness(Path(file), name)
    put_one(form, {"file": file, "key": text}, text)
    return exits.NOTHING_FOUND

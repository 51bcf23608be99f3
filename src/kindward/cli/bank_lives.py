"""``kindward bank quarantine``, ``reinstate`` and ``sign``: what humans here say about an entry and about a bank."""

from __future__ import annotations

import getpass
from contextlib import closing
from pathlib import Path

import click

from kindward.cli import exits
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import ConfigError
from kindward.locale import N_, _

_BANK = click.argument("bank", cls=Argument, metavar="BANK", help=N_("Folder of the bank."))
_ENTRY = click.argument("entry", cls=Argument, metavar="ENTRY", help=N_("Identifier of the entry, as in a match."))
_BY = click.option("--by", cls=Option, help=N_("Who says so; by default the user of this machine."))


@click.command(
    "quarantine",
    cls=Command,
    help=N_(
        "Take an entry that is doubted out of force here, on signed lists too; running services see it at once.\n\n"
        "It stays so whatever its source says meanwhile, until it is reinstated here. The list itself is not changed; "
        "`kindward bank feedback` also tells the source."
    ),
)
@_BANK
@_ENTRY
@click.option("--reason", cls=Option, required=True, help=N_("Why the entry is doubted."))
@_BY
@output_option
@pass_session
def quarantine(session: Session, bank: str, entry: str, reason: str, by: str | None, form: Form) -> int:
    """Quarantine one entry."""
    session.settings()
    from kindward.banks import Bank

    with closing(Bank.open(Path(bank))) as opened:
        opened.quarantine(entry, reason, by or getpass.getuser())
        record = {"path": bank, "quarantined": entry, "version": opened.version}
    text = _("Entry {entry} of {bank} is quarantined: it matches no longer here.")
    put_one(form, record, text.format(entry=visible(entry), bank=visible(bank)))
    return exits.NOTHING_FOUND


@click.command(
    "reinstate",
    cls=Command,
    help=N_(
        "Put a quarantined entry back in force; running services see it at once.\n\n"
        "Votes of the source's members do not quarantine it again by themselves."
    ),
)
@_BANK
@_ENTRY
@click.option("--reason", cls=Option, required=True, help=N_("Why the entry is right."))
@_BY
@output_option
@pass_session
def reinstate(session: Session, bank: str, entry: str, reason: str, by: str | None, form: Form) -> int:
    """Reinstate one entry."""
    session.settings()
    from kindward.banks import Bank

    with closing(Bank.open(Path(bank))) as opened:
        opened.reinstate(entry, reason, by or getpass.getuser())
        record = {"path": bank, "reinstated": entry, "version": opened.version}
    text = _("Entry {entry} of {bank} is in force again.")
    put_one(form, record, text.format(entry=visible(entry), bank=visible(bank)))
    return exits.NOTHING_FOUND


@click.command(
    "sign",
    cls=Command,
    help=N_(
        "Answer for a bank, so that its matches have consequences.\n\n"
        "While simulate is false, an imported bank that no operator signed is in simulation: its matches are told and "
        "decide nothing. The signature covers the bank as it is now; what is added later needs a new one. With --feed "
        "it covers the feed that the bank follows, whatever it brings. It also ends a simulation because of an "
        "exceeded budget."
    ),
)
@click.argument("bank", cls=Argument, metavar="[BANK]", required=False, help=N_("Folder of the bank."))
@click.option("--key", cls=Option, metavar="FILE", help=N_("Private key of the operator."))
@click.option("--feed", cls=Option, is_flag=True, help=N_("Sign the feed that the bank follows."))
@click.option(
    "--new-key", cls=Option, metavar="FILE", help=N_("Make an operator's key; the public one is written to FILE.pub.")
)
@output_option
@pass_session
def sign(session: Session, bank: str | None, key: str | None, feed: bool, new_key: str | None, form: Form) -> int:
    """Sign a bank, or make the key to do so, or both."""
    if not new_key and not (bank and key):
        raise click.UsageError(_("Give a bank and --key, or --new-key."))
    if bank and not (key or new_key):
        raise click.UsageError(_("Give the private key with --key."))
    session.settings()
    lines = [_make(new_key)] if new_key else []
    record: dict[str, object] = {"path": bank, "scope": None, "key": None, "at": None}
    secret = key or new_key
    if bank and secret:
        record |= _sign(bank, secret, feed=feed)
        covers = _("the feed it follows") if feed else _("its present state")
        lines.append(_("{bank} is signed: {scope}.").format(bank=visible(bank), scope=covers))
    put_one(form, record, "\n".join(lines))
    return exits.NOTHING_FOUND


def _make(path: str) -> str:
    from kindward.banks import approval

    approval.new_key(Path(path))
    text = _("The private key is {path}: keep it away from the service. Set banks.operator_keys to {public}.")
    return text.format(path=visible(path), public=visible(str(approval.public_path(Path(path)))))


def _sign(bank: str, key: str, *, feed: bool) -> dict[str, object]:
    from kindward.banks import Bank, approval

    try:
        secret = Path(key).read_bytes()
    except OSError as problem:
        raise ConfigError(
            "operator_key_missing",
            "The key {path} cannot be read: {problem}.",
            "`kindward bank sign --new-key FILE` makes one.",
            path=key,
            problem=(problem.strerror or str(problem)).lower(),
        ) from problem
    with closing(Bank.open(Path(bank))) as opened:
        signed = approval.approve(opened, secret, scope="feed" if feed else "state")
    return {"scope": signed.scope, "key": signed.key, "at": signed.at}

"""``kindward token``: who may use the service, and as what."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from kindward.cli.output import Form, Record, Records, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Group, Option
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.store import Store, Token

ROLES = ("checker", "operator")


def _store(session: Session) -> Store:
    """Open the database of the settings; importing it takes a fifth of a second that no other command should pay."""
    from kindward.store import Store

    return Store.open(session.settings().store)


@click.command(
    "create",
    cls=Command,
    help=N_(
        "Make a token and print it, once: only a digest of it is kept.\n\n"
        "A checker may check and match; an operator may read the metrics. Both may list the banks."
    ),
)
@click.option("--role", cls=Option, type=click.Choice(ROLES), required=True, help=N_("What the token is for."))
@click.option(
    "--label",
    cls=Option,
    required=True,
    metavar="TEXT",
    help=N_("Where it is used. Stands in logs and metrics, so do not name a private person."),
)
@click.option(
    "--days",
    cls=Option,
    type=click.IntRange(1, 3650),
    metavar="COUNT",
    help=N_("Let it expire after so many days; by default it lasts until it is revoked."),
)
@output_option
@pass_session
def create(session: Session, role: str, label: str, days: int | None, form: Form) -> None:
    """Make a token and print it."""
    from kindward.store import Role

    with closing(_store(session)) as store:
        new = store.tokens.create(Role(role), label, lifetime=timedelta(days=days) if days else None)
    put_one(form, {**_record(new.token), "token": new.text}, new.text)


@click.command("list", cls=Command, help=N_("List all tokens ever made, without what opens them."))
@output_option
@pass_session
def list_(session: Session, form: Form) -> None:
    """List all tokens."""
    with closing(_store(session)) as store:
        tokens = store.tokens.all()
    with Records(form) as records:
        for token in tokens:
            records.put(_record(token), _line(token))


@click.command(
    "revoke", cls=Command, help=N_("Withdraw a token for ever; a running service stops accepting it within seconds.")
)
@click.argument("token_id", cls=Argument, metavar="ID", help=N_("Identifier as `kindward token list` shows it."))
@output_option
@pass_session
def revoke(session: Session, token_id: str, form: Form) -> None:
    """Withdraw a token."""
    with closing(_store(session)) as store:
        token = store.tokens.revoke(token_id)
    put_one(form, _record(token), _("Token {id} ({label}) is revoked.").format(id=token.id, label=token.label))


token = Group(
    "token",
    homes={
        "create": "kindward.cli.token:create",
        "list": "kindward.cli.token:list_",
        "revoke": "kindward.cli.token:revoke",
    },
    help=N_("Make, list and revoke tokens for the HTTP service."),
)


def _record(one: Token) -> Record:
    return {
        "id": one.id,
        "role": str(one.role),
        "label": one.label,
        "created": one.created_at.isoformat(),
        "expires": one.expires_at.isoformat() if one.expires_at else None,
        "revoked": one.revoked_at.isoformat() if one.revoked_at else None,
    }


def _line(one: Token) -> str:
    if one.revoked_at:
        state = _("revoked {day}").format(day=one.revoked_at.date())
    elif not one.live(datetime.now(UTC)):
        state = _("expired")
    elif one.expires_at:
        state = _("until {day}").format(day=one.expires_at.date())
    else:
        state = _("in force")
    return f"{one.id}  {one.role:<8}  {one.created_at.date()}  {state}  {one.label}"

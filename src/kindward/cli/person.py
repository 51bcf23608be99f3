"""``kindward person``: who works in the console, as what, and on what ground."""

from __future__ import annotations

import secrets
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kindward.cli import exits
from kindward.cli.output import Form, Record, Records, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Group, Option
from kindward.errors import StateError
from kindward.locale import LANGUAGES, N_, _

if TYPE_CHECKING:
    from kindward.store import Store
    from kindward.store.people import Member

ROLES = ("reviewer", "lead", "reporter", "auditor", "operator")


def _store(session: Session) -> Store:
    from kindward.store import Store

    return Store.open(session.settings().store)


@click.command(
    "add",
    cls=Command,
    help=N_(
        "Add somebody and print a first password, once. The second factor is set up at the first login.\n\n"
        "An operator runs the machine and never sees a case, so nobody is an operator and anything else."
    ),
)
@click.argument("login", cls=Argument, metavar="NAME", help=N_("Name to log in with; it stands nowhere but here."))
@click.option(
    "--role",
    "roles",
    cls=Option,
    type=click.Choice(ROLES),
    multiple=True,
    required=True,
    help=N_("What for; repeatable."),
)
@click.option("--language", cls=Option, type=click.Choice(LANGUAGES), default="en", help=N_("Language of the pages."))
@click.option(
    "--ground", cls=Option, default="", metavar="TEXT", help=N_("Why they may look, such as Section 184b(5) no. 3.")
)
@click.option("--ground-until", cls=Option, type=click.DateTime(["%Y-%m-%d"]), help=N_("Until when that holds."))
@click.option("--password-stdin", cls=Option, is_flag=True, help=N_("Read the password from standard input."))
@output_option
@pass_session
def add(
    session: Session,
    login: str,
    roles: tuple[str, ...],
    language: str,
    ground: str,
    ground_until: datetime | None,
    password_stdin: bool,
    form: Form,
) -> None:
    """Add somebody."""
    from kindward.service.console.passwords import SHORTEST, sealed
    from kindward.service.console.roles import Role, fit_together
    from kindward.store import people
    from kindward.store.people import Member

    if not fit_together(frozenset(map(Role, roles))):
        raise StateError(
            "roles_apart",
            N_("Nobody can be an operator and something else."),
            N_("Add two people, or leave one of the roles out."),
        )
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    if len(password) < SHORTEST:
        raise StateError(
            "password_short",
            N_("A password has at least {least} characters."),
            N_("Take several words that nobody would put together."),
            least=SHORTEST,
        )
    now = int(datetime.now(UTC).timestamp())
    until = int(ground_until.replace(tzinfo=UTC).timestamp()) if ground_until else 0
    member = Member(
        f"p-{secrets.token_hex(4)}",
        login,
        frozenset(roles),
        language,
        sealed(password),
        ground=ground,
        ground_until=until,
        created_at=now,
    )
    with closing(_store(session)) as store, store.write() as connection:
        people.add(connection, member)
    told = {**_record(member), **({} if password_stdin else {"password": password})}
    line = _("{login} is {person}.").format(login=login, person=member.id)
    shown = "" if password_stdin else "\n" + _("First password, shown only once: {password}").format(password=password)
    put_one(form, told, line + shown)


@click.command("list", cls=Command, help=N_("List who works here."))
@output_option
@pass_session
def list_(session: Session, form: Form) -> None:
    """List everybody."""
    from kindward.store import people

    with closing(_store(session)) as store, store.read() as connection:
        found = people.everybody(connection)
    with Records(form) as records:
        for one in found:
            state = _("locked out") if one.locked else ", ".join(sorted(one.roles))
            records.put(_record(one), f"{one.id}  {one.login}  {state}")


@click.command("lock", cls=Command, help=N_("Lock somebody out at once; their logins end."))
@click.argument("login", cls=Argument, metavar="NAME", help=N_("Name they log in with."))
@click.option("--again", cls=Option, is_flag=True, help=N_("Let them in again."))
@pass_session
def lock(session: Session, login: str, again: bool) -> int:
    """Lock somebody out."""
    from kindward.store import people

    with closing(_store(session)) as store, store.write() as connection:
        member = _known(people.by_login(connection, login))
        people.change(connection, people.changed(member, locked=not again))
        people.end_sessions(connection, member.id)
    return exits.NOTHING_FOUND


@click.command(
    "second-factor", cls=Command, help=N_("Forget the second factor; a new one is set up at the next login.")
)
@click.argument("login", cls=Argument, metavar="NAME", help=N_("Name they log in with."))
@pass_session
def second_factor(session: Session, login: str) -> int:
    """Forget a second factor."""
    from kindward.store import people

    with closing(_store(session)) as store, store.write() as connection:
        member = _known(people.by_login(connection, login))
        people.change(connection, people.changed(member, factor=None, factor_step=0))
        people.end_sessions(connection, member.id)
    return exits.NOTHING_FOUND


def _known(member: Member | None) -> Member:
    if member is None:
        raise StateError(
            "person_unknown", N_("There is nobody with this name."), N_("`kindward person list` shows everybody.")
        )
    return member


def _record(member: Member) -> Record:
    return {
        "id": member.id,
        "login": member.login,
        "roles": sorted(member.roles),
        "language": member.language,
        "ground": member.ground,
        "ground_until": member.ground_until or None,
        "locked": member.locked,
    }


person = Group(
    "person",
    homes={
        "add": "kindward.cli.person:add",
        "list": "kindward.cli.person:list_",
        "lock": "kindward.cli.person:lock",
        "second-factor": "kindward.cli.person:second_factor",
    },
    help=N_("Say who works in the console."),
)

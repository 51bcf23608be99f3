"""``kindward help``: whom to call, by country and by who asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kindward.cli import exits
from kindward.cli.output import Form, Record, Records, output_option
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Command, Option
from kindward.locale import N_, _, language

if TYPE_CHECKING:
    from datetime import date

    from kindward.help import Service

AUDIENCES = ("child", "own_thoughts", "relative", "victim", "reviewer", "report")


@click.command(
    "help",
    cls=Command,
    help=N_(
        "List services that help: children, people who worry about their own thoughts, relatives, those affected.\n\n"
        "Every line names where and when it was read; one that nobody has read yet says so."
    ),
)
@click.option("--country", cls=Option, required=True, metavar="CODE", help=N_("Country as two letters, such as DE."))
@click.option("--for", "audience", cls=Option, type=click.Choice(AUDIENCES), help=N_("Who asks; by default everybody."))
@output_option
@pass_session
def help_(session: Session, country: str, audience: str | None, form: Form) -> int:
    """List services."""
    session.settings()
    from kindward.help import Audience, countries, find

    found = find(country, Audience(audience) if audience else None, language())
    today = datetime.now(UTC).date()
    with Records(form) as records:
        for one in found:
            records.put(_record(one, today), _line(one, today))
    if country.upper() not in countries() and form == "human":
        known = ", ".join(countries())
        click.echo(
            _("No service of this country is known yet; these countries have some: {known}.").format(known=known)
        )
    return exits.NOTHING_FOUND


def _record(one: Service, today: date) -> Record:
    return {
        "id": one.id,
        "country": one.country,
        "audience": [str(each) for each in one.audience],
        "name": one.name,
        "languages": list(one.languages),
        "what": one.what[language()],
        "hours": one.hours.get(language()),
        "contact": list(one.contact),
        "cost": one.cost,
        "source": one.source or None,
        "checked": one.checked.isoformat() if one.checked else None,
        "old": one.is_old(today),
    }


def _line(one: Service, today: date) -> str:
    hours = f" ({one.hours[language()]})" if one.hours else ""
    if one.checked is None:
        read = _("not checked yet")
    elif one.is_old(today):
        read = _("read at {source} on {day}, too long ago").format(source=one.source, day=one.checked)
    else:
        read = _("read at {source} on {day}").format(source=one.source, day=one.checked)
    return f"{one.name}: {', '.join(one.contact)}{hours}\n  {one.what[language()]} [{read}]"

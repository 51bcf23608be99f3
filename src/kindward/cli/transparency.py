"""``kindward transparency``: figures for the public, from one place."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from kindward.cli.output import Form, Records, output_option
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Command, Option
from kindward.errors import StateError
from kindward.locale import N_, _, language

FORMS = ("all", "dsa15", "interim", "art83", "ncmec")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    "transparency",
    cls=Command,
    help=N_(
        "Give the figures of a time: what was raised, decided, reported and reversed, with error rates.\n\n"
        "No figure is about a person. Rows that only the operator knows are named and left empty."
    ),
)
@click.option("--from", "since", cls=Option, type=_DAY, required=True, help=N_("First day."))
@click.option("--until", "until", cls=Option, type=_DAY, required=True, help=N_("Last day."))
@click.option(
    "--form",
    "form_name",
    cls=Option,
    type=click.Choice(FORMS),
    default="all",
    show_default=True,
    help=N_("Which law's rows: DSA Article 15, the interim regulation, Article 83, or NCMEC's counts."),
)
@click.option("--csv", "as_csv", cls=Option, is_flag=True, help=N_("Write CSV."))
@click.option("--page", cls=Option, type=click.Path(dir_okay=False, path_type=Path), help=N_("Also write a page here."))
@output_option
@pass_session
def transparency(
    session: Session, since: datetime, until: datetime, form_name: str, as_csv: bool, page: Path | None, form: Form
) -> None:
    """Give figures."""
    from kindward.desk import transparency as writing
    from kindward.desk.figures import collected
    from kindward.store import Store

    begins, ends = (int(day.replace(tzinfo=UTC).timestamp()) for day in (since, until + timedelta(days=1)))
    if ends <= begins:
        raise StateError("period_empty", N_("The last day is before the first."), N_("Give the first day with --from."))
    with closing(Store.open(session.settings().store)) as store:
        figures = collected(store, begins, ends, int(datetime.now(UTC).timestamp()))
    found = writing.rows(figures, form_name)
    if page is not None:
        title = _("Transparency report")
        page.write_text(writing.page(figures, found, language(), title), encoding="utf-8")
    if as_csv:
        sys.stdout.write(writing.as_csv(found, language()))
        return
    with Records(form) as records:
        for row in found:
            ends_told = {} if row.low is None else {"low": row.low, "high": row.high}
            record = {"code": row.code, "about": row.about or None, "value": row.value, **ends_told}
            value = "–" if row.value is None else row.value
            about = f" · {row.about}" if row.about else ""
            records.put({**record, "meaning": _(row.meaning)}, f"{value}\t{_(row.meaning)}{about}")

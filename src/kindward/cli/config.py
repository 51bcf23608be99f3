"""``kindward config``: what is in force, and who said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kindward.cli import exits
from kindward.cli.output import Form, Records, output_option
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Command, Option
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.config import Loaded


@click.command(
    "config",
    cls=Command,
    help=N_("Print every setting with its value and where the value comes from."),
)
@click.option(
    "--check",
    "only_check",
    cls=Option,
    is_flag=True,
    help=N_("Only say whether the configuration is right, including the files it names."),
)
@output_option
@pass_session
def config(session: Session, only_check: bool, form: Form) -> int:
    """Print the effective settings, or check them."""
    loaded = session.loaded()
    if only_check:
        _check(loaded)
        if form == "human":
            print(_("The configuration is right."))
        return exits.NOTHING_FOUND
    with Records(form) as records:
        for record in settings_records(loaded):
            records.put(record, _line(record))
    return exits.NOTHING_FOUND


def settings_records(loaded: Loaded) -> list[dict[str, object]]:
    """Give every setting as a record: name, value, origin, type, default, meaning."""
    from kindward.config import describe

    records: list[dict[str, object]] = []
    for name, kind, default, meaning in describe():
        value: object = loaded.settings
        for part in name.split("."):
            value = getattr(value, part)
        records.append(
            {
                "name": name,
                "value": value,
                "origin": loaded.origins[name],
                "type": kind,
                "default": default,
                "meaning": meaning,
            }
        )
    return records


def _line(record: dict[str, object]) -> str:
    value, origin = record["value"], str(record["origin"])
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value).replace("'", '"')
    source = _("default") if origin == "default" else visible(origin)
    return visible(f"{record['name']} = {text}") + f"\n    # {_(str(record['meaning']))} ({source})"


def _check(loaded: Loaded) -> None:
    from kindward.config import require_files

    require_files(loaded)

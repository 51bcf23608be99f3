"""``kindward audit``: give the audit log to whoever examines it."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import click

from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Group
from kindward.errors import ConfigError
from kindward.locale import N_, _


@click.command(
    "export",
    cls=Command,
    help=N_(
        "Sign the audit log as it stands and write it as files, for `kindward verify audit`.\n\n"
        "It holds pseudonyms, codes and numbers only. Into a folder that has an earlier export, only what is new is "
        "written."
    ),
)
@click.argument("folder", cls=Argument, metavar="FOLDER", help=N_("Where the files go."))
@output_option
@pass_session
def export(session: Session, folder: str, form: Form) -> None:
    """Export the audit log."""
    settings = session.settings()
    if not settings.cases.audit_key_file:
        raise ConfigError(
            "audit_key_unset",
            N_("No key signs the audit log, because cases.audit_key_file is not set."),
            N_("Make one with `kindward console init`."),
        )
    from kindward.store import Store, deeds
    from kindward.store.signing import read_audit_key

    key = read_audit_key(Path(settings.cases.audit_key_file))
    with closing(Store.open(settings.store)) as store, store.write() as connection:
        deeds.checkpoint(connection, key, int(time.time()))
        size = deeds.export(connection, Path(folder))
    told = {"folder": folder, "leaves": size, "key": key.verifier.text}
    line = _("{leaves} leaves are in {folder}. Whoever examines them needs this key, from you and not from the folder:")
    put_one(form, told, line.format(leaves=size, folder=folder) + f"\n{key.verifier.text}")


audit = Group(
    "audit",
    homes={
        "export": "kindward.cli.audit:export",
    },
    help=N_("Give the audit log to whoever examines it."),
)

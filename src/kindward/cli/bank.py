"""``kindward bank``: make, inspect, prove and change banks."""

from __future__ import annotations

import click

from kindward.cli.translated import Group
from kindward.locale import N_


@click.group(
    "bank",
    cls=Group,
    homes={
        "build": "kindward.cli.bank_build:build",
        "list": "kindward.cli.bank_look:list_",
        "show": "kindward.cli.bank_look:show",
        "verify": "kindward.cli.bank_look:verify",
        "add": "kindward.cli.bank_change:add",
        "withdraw": "kindward.cli.bank_change:withdraw",
        "quarantine": "kindward.cli.bank_lives:quarantine",
        "reinstate": "kindward.cli.bank_lives:reinstate",
        "sign": "kindward.cli.bank_lives:sign",
        "export": "kindward.cli.bank_export:export",
        "subscribe": "kindward.cli.bank_subscribe:subscribe",
        "update": "kindward.cli.bank_subscribe:update",
        "status": "kindward.cli.bank_status:status",
        "feedback": "kindward.cli.bank_feedback:feedback",
    },
    help=N_("Make, inspect, prove and change banks: lists of known fingerprints."),
)
def bank() -> None:
    """Hold the commands about banks."""

"""Verdicts as lines for people."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from kindward.cli import exits
from kindward.cli.streams import visible
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.errors import KindwardError
    from kindward.model import Match, Verdict

DECISIONS = {"pass": N_("pass"), "hold": N_("hold"), "block": N_("block")}
_COLOURS = {"pass": "green", "hold": "yellow", "block": "red"}
TRUSTS = {"imported": N_("imported bank {bank}"), "federated": N_("signed bank {bank}")}
NOTES = {
    "quality_low": N_("too little structure to be looked up by its look"),
    "frames_left_out": N_("not all frames or pages were checked"),
    "picture_damaged": N_("damaged, only a part of the picture was checked"),
    "bank_refused": N_("a bank that cannot be trusted was not asked"),
    "bank_stale": N_("a subscribed bank may lack newer changes"),
    "below_threshold": N_("fewer distinct matches for this account than the policy demands"),
}


def line(name: str, record: Mapping[str, object], verdict: Verdict | None, error: KindwardError | None) -> str:
    """Write one verdict as one line: decision, path, best match, and what else must be known."""
    decision = str(record["decision"])
    word = _(DECISIONS.get(decision, decision)).ljust(max(len(_(each)) for each in DECISIONS.values()))
    if sys.stdout.isatty():
        word = click.style(word, fg=_COLOURS.get(decision), bold=decision != "pass")
    findings = [_not_checked(error)] if error is not None else _findings(verdict)
    if record["simulated"]:
        findings.append(_("simulated"))
    return f"{word}  {visible(name)}  {', '.join(findings)}"


def _not_checked(error: KindwardError) -> str:
    return _("not checked ({code})").format(code=error.code)


def _findings(verdict: Verdict | None) -> list[str]:
    if verdict is None:
        return []
    found = [_match(verdict.matches[0])] if verdict.matches else [_("nothing found")]
    if len(verdict.matches) > 1:
        found.append(_("{count} more").format(count=len(verdict.matches) - 1))
    return found + [_note(note) for note in verdict.notes]


def _note(code: str) -> str:
    return _(NOTES[code]) if code in NOTES else _("the picture itself was not checked ({code})").format(code=code)


def _match(match: Match) -> str:
    bank = _(TRUSTS[match.trust]).format(bank=visible(match.bank))
    return _("match with {bank}, entry {entry}, {signal} distance {distance} of {threshold}, view {view}").format(
        bank=bank,
        entry=visible(match.entry),
        signal=match.signal,
        distance=match.distance,
        threshold=match.threshold,
        view=match.view,
    )


def short_summary(statuses: Mapping[int, int]) -> None:
    """Print a small table after many verdicts: how many matched, how many did not, how many could not be checked."""
    from rich.console import Console
    from rich.table import Table

    found, nothing = statuses.get(exits.FOUND, 0), statuses.get(exits.NOTHING_FOUND, 0)
    table = Table()
    for title in (_("checked"), _("matched"), _("nothing found"), _("not checked")):
        table.add_column(title, justify="right")
    total = sum(statuses.values())
    table.add_row(str(found + nothing), str(found), str(nothing), str(total - found - nothing))
    Console().print(table)

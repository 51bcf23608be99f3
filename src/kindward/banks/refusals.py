"""Why a bank may not be changed in the way somebody asked for."""

from __future__ import annotations

from kindward.errors import StateError


def subscribed(bank: str) -> StateError:
    """Say that a signed list is changed by its authorities only."""
    return StateError(
        "bank_subscribed",
        "The bank {bank} is a signed list and cannot be changed here.",
        "Report a wrong entry to the authority that publishes the list; `kindward bank quarantine` takes it out of "
        "force here at once.",
        bank=bank,
    )


def unknown(bank: str, entry_id: str) -> StateError:
    """Say that there is no such entry, or none any more."""
    return StateError(
        "entry_unknown",
        "The bank {bank} has no entry {entry} in force.",
        "`kindward bank show` lists the entries.",
        bank=bank,
        entry=entry_id,
    )


def not_quarantined(bank: str, entry_id: str) -> StateError:
    """Say that there is nothing to reinstate."""
    return StateError(
        "entry_not_quarantined",
        "The entry {entry} of the bank {bank} is not quarantined.",
        "`kindward bank show --states` lists those that are.",
        bank=bank,
        entry=entry_id,
    )


def no_reason() -> StateError:
    """Say that a withdrawal must be explained."""
    return StateError("reason_missing", "A withdrawal needs a reason.", "Say in a few words why it is withdrawn.")


def no_decider() -> StateError:
    """Say that an opinion on an entry must be explained and owned."""
    return StateError(
        "decider_missing",
        "An opinion on an entry needs a reason and a name.",
        "Say in a few words why, and who says so.",
    )

"""Why a signed list is not believed, in plain words; one sentence for each way to be deceived.

Every error is a TrustError: the list is not used, and what the bank held before stays in force.
"""

from __future__ import annotations

from kindward.errors import TrustError
from kindward.locale import N_

_AGAIN = N_("Try again later; if it stays so, tell the publisher of the list. What the bank holds stays in force.")
_TELL = N_("Do not use this list; tell its authorities, who must find out which key or computer is in other hands.")
_KEEP = N_("Keep both states and show them to the authorities and the witnesses; what the bank holds stays in force.")

REFUSALS = {
    "list_rollback": (
        "list_rollback",
        N_("What is offered as the newest state of the list is older than what is known already ({what})."),
        N_("Somebody may want to hide newer entries or withdrawals. What the bank holds stays in force."),
    ),
    "list_expired": (
        "list_expired",
        N_("The signature of the list has run out ({what}); newer entries and withdrawals may be kept from us."),
        N_("Check that this computer's clock is right; else ask the publisher why the list is not signed anew."),
    ),
    "list_mixed": ("list_mixed", N_("Parts of the list come from different states of it ({what})."), _AGAIN),
    "list_too_few_signatures": (
        "list_too_few_signatures",
        N_("{what} has {signed} valid signatures of the {threshold} that are needed."),
        _TELL,
    ),
    "list_too_few_authorities": (
        "list_too_few_authorities",
        N_("The list is signed by {names}; two authorities of two jurisdictions are needed."),
        _TELL,
    ),
    "list_key_foreign": (
        "list_key_foreign",
        N_("The root lets a key sign the list's entries that belongs to no authority of the charter."),
        _TELL,
    ),
    "list_same_authority": (
        "list_same_authority",
        N_("The root counts {authority} more than once among those who sign the list's entries."),
        _TELL,
    ),
    "list_delegation_wrong": (
        "list_delegation_wrong",
        N_("The list's entries are not delegated to its authorities as they must be ({what})."),
        _TELL,
    ),
    "list_root_not_following": (
        "list_root_not_following",
        N_("The new root of the list ({what}) is not signed by enough holders of the root before it."),
        _TELL,
    ),
    "list_root_unusable": (
        "list_root_unusable",
        N_("The root file that was handed in for the list is not one, or not signed by itself."),
        N_("Get the root file again from the authorities, by a way you trust, and compare its digest."),
    ),
    "list_damaged": ("list_damaged", N_("{what} is damaged: it is not the file that was signed."), _AGAIN),
    "list_file_missing": (
        "list_file_missing",
        N_("The list lacks a file that its signed metadata name: {what}."),
        _AGAIN,
    ),
    "list_too_large": (
        "list_too_large",
        N_("{what} is larger than it may be ({most} bytes) and was not read to its end."),
        _AGAIN,
    ),
    "list_incomplete": (
        "list_incomplete",
        N_("The files of the list end at entry {size} of its log, but the release goes to {end}."),
        _AGAIN,
    ),
    "list_history_other": (
        "list_history_other",
        N_("The files of the list tell other entries than the log that the authorities signed (size {size})."),
        _TELL,
    ),
    "list_forked": (
        "list_forked",
        N_("The log of the list shows another history than before: at size {size} its root is different."),
        _KEEP,
    ),
    "list_entry_withheld": (
        "list_entry_withheld",
        N_("The entry at place {index} of the log is in force, but the files of the list do not tell it."),
        _TELL,
    ),
    "list_statement_missing": (
        "list_statement_missing",
        N_("The release of the list lacks a statement of {authority}."),
        _AGAIN,
    ),
    "list_tail_too_long": (
        "list_tail_too_long",
        N_("More than {most} statements follow the release in the log."),
        _TELL,
    ),
    "list_name_other": ("list_name_other", N_("The new root names the list {found} and not {expected}."), _TELL),
    "list_quorum_lost": (
        "list_quorum_lost",
        N_("By the list's charter no witness has to confirm its log, although witnesses are named or had to before."),
        N_("If the authorities announced this, subscribe anew with the root file they give you."),
    ),
    "release_unreadable": ("release_unreadable", N_("The release of the list cannot be understood."), _TELL),
    "chunk_gap": (
        "chunk_gap",
        N_("A file of the list goes from {start} to {end} of its log; needed is one that goes on at {size}."),
        _AGAIN,
    ),
    "chunk_unreadable": (
        "chunk_unreadable",
        N_("{name} is not a file of a list's history that this version can read."),
        _AGAIN,
    ),
    "chunk_truncated": (
        "chunk_truncated",
        N_("{name} ends in the middle of block {block}; it was not fetched or copied whole."),
        _AGAIN,
    ),
    "chunk_damaged": ("chunk_damaged", N_("Block {block} of {name} is damaged."), _AGAIN),
    "chunk_count_wrong": (
        "chunk_count_wrong",
        N_("Block {block} of {name} holds another number of rows than it says."),
        _AGAIN,
    ),
    "chunk_too_long": ("chunk_too_long", N_("{name} goes on after its last row."), _AGAIN),
}
"""Code, sentence and advice, by the code."""


def distrusted(code: str, **facts: object) -> TrustError:
    """Make the error of a code."""
    return TrustError(*REFUSALS[code], **facts)

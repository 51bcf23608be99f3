"""Why evidence cannot be sealed or read, without a word about what it is."""

from __future__ import annotations

from pathlib import Path

from kindward.errors import ConfigError, StateError, TrustError
from kindward.locale import N_


def key_unusable(path: Path, problem: object) -> ConfigError:
    """Say that the master key cannot be used."""
    return ConfigError(
        "master_key_unusable",
        N_("The file with the master key, {path}, cannot be used: {problem}."),
        N_("It must be a file of 32 random bytes that only the service can read."),
        path=path,
        problem=problem,
    )


def gone(case: str) -> StateError:
    """Say that the key of a case was destroyed."""
    return StateError(
        "evidence_gone",
        N_("The evidence of case {case} was destroyed."),
        N_("Only the history of the case is left; nobody can bring the evidence back."),
        case=case,
    )


def unknown(item: str) -> StateError:
    """Say that there is no such item."""
    return StateError(
        "evidence_unknown", N_("There is no item {item} of evidence."), N_("Look at the case again."), item=item
    )


def damaged(item: str) -> TrustError:
    """Say that an item is not what was sealed."""
    return TrustError(
        "evidence_damaged",
        N_("Item {item} of evidence is not what was sealed; somebody changed it, or the storage is damaged."),
        N_("Tell whoever runs the storage. Do not decide the case by it."),
        item=item,
    )


def too_large(most: int) -> StateError:
    """Say that an item is too large."""
    return StateError(
        "evidence_too_large",
        N_("An item of evidence has more than {most} bytes."),
        N_("Keep it frozen where it is, and seal its place instead."),
        most=most,
    )


def folder_unusable(path: Path, problem: object) -> ConfigError:
    """Say that the folder for evidence cannot be used."""
    return ConfigError(
        "evidence_folder_unusable",
        N_("The folder for evidence, {path}, cannot be used: {problem}."),
        N_("Name a folder that only the service can read."),
        path=path,
        problem=problem,
    )


def still_needed(case: str) -> StateError:
    """Say that evidence may not be destroyed yet."""
    return StateError(
        "evidence_held",
        N_("The evidence of case {case} must be kept for now."),
        N_("An order of an authority, or the time that the law demands, keeps it."),
        case=case,
    )

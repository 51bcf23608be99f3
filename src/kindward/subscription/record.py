"""What a bank follows: ``subscription.json`` in its folder. It names files of secrets and never holds one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kindward.banks.manifest import write_durably
from kindward.errors import ConfigError, StateError

FILE = "subscription.json"
FOLDER = "subscription"
ROOT = "root.json"
"""The copy of the root file that the operator handed in; a signed list is followed from there."""
FORMAT = 1
_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one bank follows: a source with its settings, or the signed list at ``list``.

    ``name`` is that of the bank. ``secrets`` map names to files. ``every`` is the pause in seconds between two
    updates, 0 for that of the configuration.
    """

    source: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    list: str = ""
    name: str = ""
    created: str = ""
    every: float = 0.0
    format: int = FORMAT

    @property
    def signed(self) -> bool:
        """Say whether a signed list is followed, and not a feed."""
        return bool(self.list)

    @property
    def follows(self) -> str:
        """Say in a word what is followed: the name of the source, or where the list lies."""
        return self.list or self.source


def is_subscribed(path: Path) -> bool:
    """Say whether the bank in a folder follows something."""
    return (Path(path) / FILE).is_file()


def read(path: Path) -> Subscription:
    """Read what a bank follows. Raises: StateError if it follows nothing, or the record is damaged."""
    try:
        with (path / FILE).open("rb") as file:
            record = msgspec.json.decode(file.read(_MOST), type=Subscription)
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise StateError(
            "not_subscribed",
            "The bank at {path} follows no source and no list.",
            "Make one that does with `kindward bank subscribe`.",
            path=path,
        ) from problem
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as problem:
        raise damaged(path, FILE) from problem
    if record.format != FORMAT or bool(record.list) == bool(record.source):
        raise damaged(path, FILE)
    return record


def write(path: Path, subscription: Subscription) -> None:
    """Keep what a bank follows."""
    write_durably(path / FILE, msgspec.json.format(msgspec.json.encode(subscription), indent=2) + b"\n")


def read_secrets(subscription: Subscription) -> dict[str, str]:
    """Read the secrets from their files, without the end of the line. Raises: ConfigError."""
    return {name: _secret(name, file) for name, file in subscription.secrets.items()}


def _secret(name: str, file: str) -> str:
    try:
        if not Path(file).is_file():
            raise FileNotFoundError(2, os.strerror(2))
        with Path(file).open(encoding="utf-8") as opened:
            text = opened.read(_MOST).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            "secret_unreadable",
            "The file {path} for the secret {name} cannot be read: {problem}.",
            "Write the secret into a file that only this user can read, and give its path.",
            path=file,
            name=name,
            problem=getattr(problem, "strerror", None) or "UTF-8",
        ) from problem
    if not text:
        raise ConfigError(
            "secret_empty",
            "The file {path} for the secret {name} is empty.",
            "Write the secret into it.",
            path=file,
            name=name,
        )
    return text


def damaged(path: Path, part: str) -> StateError:
    """Say that a file of a subscription cannot be understood."""
    return StateError(
        "subscription_damaged",
        "The file {part} of the subscription of the bank at {path} is damaged.",
        "Remove the bank and subscribe to the source again.",
        path=path,
        part=part,
    )

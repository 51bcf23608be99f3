"""Begin to follow: make the bank, note what it follows, and bring in what there is."""

from __future__ import annotations

import shutil
import urllib.parse
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kindward.banks.manifest import is_bank, unwritable, write_durably
from kindward.banks.sources.discovery import find
from kindward.errors import ConfigError, KindwardError, StateError
from kindward.subscription import record
from kindward.subscription.means import Means, timestamp
from kindward.subscription.record import FOLDER, ROOT, Subscription, is_subscribed
from kindward.subscription.state import State
from kindward.subscription.updating import Update, update

PATH = "path"
"""The setting that is a path, whatever the source."""
_SECRET = frozenset({"password", "passwd", "secret", "token", "access_token", "apikey", "api_key", "key"})


def subscribe(path: Path, followed: Subscription, means: Means, *, root: Path | None = None) -> Update:
    """Make a bank at ``path`` that follows a source or a signed list, and update it for the first time.

    ``root`` is the root file that the operator of a signed list handed out. When the first update fails before
    anything was taken over, nothing is left behind. Raises: ConfigError for wrong settings, StateError if there
    is something at ``path``, and what ``update`` raises.
    """
    path = Path(path)
    trusted = _root(root) if followed.signed else b""
    _require_settings(followed)
    followed = replace(followed, settings=_settled(followed.settings), secrets=_settled(followed.secrets, all_of=True))
    if not followed.signed:
        find(followed.source)(followed.settings, record.read_secrets(followed))
    _require_room(path)
    try:
        _note(path, replace(followed, created=timestamp(means.now())), trusted)
        return update(path, means)
    except BaseException as problem:
        if not _has_begun(path):
            shutil.rmtree(path, ignore_errors=True)
        if isinstance(problem, OSError):
            raise unwritable(path, problem) from problem
        raise


def _settled(texts: Mapping[str, str], *, all_of: bool = False) -> dict[str, str]:
    """Make paths whole, because later updates may run in another folder."""
    return {
        name: str(Path(text).resolve()) if text and (all_of or name == PATH) else text for name, text in texts.items()
    }


def _note(path: Path, followed: Subscription, trusted: bytes) -> None:
    """Note what is followed, as the first thing, so that an update can make whatever else is missing."""
    (path / FOLDER).mkdir(parents=True, exist_ok=True)
    if followed.signed:
        write_durably(path / FOLDER / ROOT, trusted)
    record.write(path, followed)


def _has_begun(path: Path) -> bool:
    with suppress(KindwardError):
        return State.read(path).sequence > 0 or bool(State.read(path).mark)
    return True


def _root(root: Path | None) -> bytes:
    if root is None:
        raise ConfigError(
            "root_missing",
            "A signed list needs the root file of its authorities.",
            "Get it from them on a way that you trust, and give it with --root.",
        )
    try:
        return Path(root).read_bytes()
    except OSError as problem:
        raise ConfigError(
            "root_unreadable",
            "The root file {path} cannot be read: {problem}.",
            "Check the path given with --root.",
            path=root,
            problem=problem.strerror or problem,
        ) from problem


def _require_settings(followed: Subscription) -> None:
    _require_no_secrets(followed.settings, followed.list)
    both = sorted(set(followed.settings) & set(followed.secrets))
    if both:
        raise ConfigError(
            "setting_twice",
            "{setting} is given as a setting and as a secret.",
            "Give it once, with --secret if nobody else may know it.",
            setting=both[0],
        )


def _require_no_secrets(settings: Mapping[str, str], location: str) -> None:
    named = next((key for key in settings if key.lower() in _SECRET), None)
    if named is not None:
        raise ConfigError(
            "setting_secret",
            "{setting} is a secret and must not stand in a setting.",
            "Write it into a file that only this user can read, and give --secret {setting}=FILE.",
            setting=named,
        )
    for key, text in (*settings.items(), ("list", location)):
        if "://" in text and urllib.parse.urlsplit(text).password is not None:
            raise ConfigError(
                "address_secret",
                "The address in {setting} holds a password.",
                "Write it into a file that only this user can read, and give it with --secret.",
                setting=key,
            )


def _require_room(path: Path) -> None:
    if is_subscribed(path):
        raise StateError(
            "already_subscribed",
            "The bank at {path} follows a source already.",
            "Bring it up to date with `kindward bank update`.",
            path=path,
        )
    if is_bank(path):
        raise StateError(
            "bank_exists_unsubscribed",
            "There already is a bank at {path} that follows nothing.",
            "Give the path of a new folder; a check can look up several banks.",
            path=path,
        )
    # What one left behind that was killed at its very beginning is in nobody's way.
    if path.exists() and (not path.is_dir() or any(map(_is_foreign, path.iterdir()))):
        raise StateError(
            "bank_folder_not_empty",
            "{path} already exists and is not a bank.",
            "Give the path of a new folder.",
            path=path,
        )


def _is_foreign(found: Path) -> bool:
    return found.name != FOLDER and not found.name.startswith(f".{record.FILE}.")

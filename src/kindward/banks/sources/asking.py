"""What sources that speak JSON share: settings that must be there, answers that must be objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from kindward.banks.sources import Json, Response
from kindward.errors import ConfigError, ContentError

Object = Mapping[str, Json]


def settled(source: str, given: Mapping[str, str], known: Mapping[str, str | None]) -> dict[str, str]:
    """Give the settings (or secrets) of a subscription with what is the default of each; None must be given.

    Raises: ConfigError for one that is unknown or missing.
    """
    for name in given:
        if name not in known:
            raise ConfigError(
                "source_setting_unknown",
                "The source {source} has no setting {setting}.",
                "It has these: {known}.",
                source=source,
                setting=name,
                known=", ".join(known) or "-",
            )
    chosen = {name: given.get(name) or default for name, default in known.items()}
    for name, value in chosen.items():
        if value is None:
            raise ConfigError(
                "source_setting_missing",
                "The source {source} needs the setting {setting}.",
                "Give it with --set {setting}=VALUE, or as a file with --secret if it is one.",
                source=source,
                setting=name,
            )
    return {name: value for name, value in chosen.items() if value is not None}


def wrong_setting(source: str, name: str, form: str) -> ConfigError:
    """Say that a setting has not the form it needs; its value is not repeated."""
    return ConfigError(
        "source_setting_wrong",
        "The setting {setting} of the source {source} is wrong.",
        "It must be {form}.",
        source=source,
        setting=name,
        form=form,
    )


def object_in(response: Response, source: str) -> Object:
    """Read an answer that is one JSON object. Raises: ContentError."""
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise unreadable(source)
    return cast("Object", found)


def unreadable(source: str) -> ContentError:
    """Say that an answer as a whole cannot be understood."""
    return ContentError(
        "answer_unreadable",
        "The answer of the source {source} has not the form its protocol prescribes; nothing of it was taken over.",
        "Check the address of the subscription; if it is right, tell the provider.",
        source=source,
    )


def circling(source: str) -> ContentError:
    """Say that a provider sends us round in a circle."""
    return ContentError(
        "answers_without_end",
        "The source {source} names a next page that was read already, so the update was ended.",
        "What was read before is kept. Try again later; if it stays so, tell the provider.",
        source=source,
    )


def text_in(record: Object, name: str) -> str:
    """Give a text, a whole number, or true or false as text; nothing for anything else."""
    found = record.get(name)
    return str(found).strip() if isinstance(found, str | int) else ""

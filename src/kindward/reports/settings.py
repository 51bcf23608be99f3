"""Settings of authorities: texts that must be known, and addresses of which some stay on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from kindward.reports import refusals

YES, NO = "true", "false"


def settled(authority: str, given: Mapping[str, str], known: Mapping[str, str | None]) -> dict[str, str]:
    """Give the settings with the default of each; None must be given. Raises: ConfigError."""
    for name in given:
        if name not in known:
            raise refusals.setting_wrong(authority, name, f"one of {', '.join(known) or '-'}")
    chosen = {name: given.get(name) or default for name, default in known.items()}
    for name, value in chosen.items():
        if value is None:
            raise refusals.setting_wrong(authority, name, "given")
    return {name: value for name, value in chosen.items() if value is not None}


def is_yes(authority: str, settings: Mapping[str, str], name: str) -> bool:
    """Read a setting that is ``true`` or ``false``. Raises: ConfigError."""
    if settings[name] not in {YES, NO}:
        raise refusals.setting_wrong(authority, name, f"{YES} or {NO}")
    return settings[name] == YES


def stays_here(url: str) -> bool:
    """Say whether an address is that of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

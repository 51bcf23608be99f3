"""Check an address before anything is sent to it."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from kindward.transport.failures import unsafe, unusable


def checked_host(url: str, *, allow_http: bool = False) -> str:
    """Give the host (with its port, if any) of an address that may be asked.

    Raises: ConfigError ``address_wrong`` or ``address_unsafe``.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise unusable() from problem
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not plain or parts.scheme not in {"http", "https"} or not parts.hostname or _has_credentials(parts):
        raise unusable()
    host = parts.hostname if port is None else f"{parts.hostname}:{port}"
    if parts.scheme == "http" and not (allow_http or _is_this_machine(parts.hostname)):
        raise unsafe(host)
    return host


def _has_credentials(parts: SplitResult) -> bool:
    return parts.username is not None or parts.password is not None


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

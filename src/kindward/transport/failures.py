"""The errors of the way out. They name the host and a number, never a path, a query, a header or a body.

Paths and queries can hold tokens of a provider, headers our credentials, bodies confidential fingerprints.
"""

from __future__ import annotations

from kindward.errors import ConfigError, RemoteError


def unsafe(host: str) -> ConfigError:
    """Refuse to send anything in the clear."""
    return ConfigError(
        "address_unsafe",
        "The address of {host} does not begin with https://, so that others could read and change what is sent.",
        "Use an https:// address; http:// is allowed for this machine itself only.",
        host=host,
    )


def unusable() -> ConfigError:
    """Refuse what is no address of a host, or one that carries credentials."""
    return ConfigError(
        "address_wrong",
        "This is no address that can be asked: it must begin with https://, name a host, and hold no user or password.",
        "Correct the address; put credentials into files and name these in the subscription.",
    )


def unreachable(host: str) -> RemoteError:
    """Say that no connection came about."""
    return RemoteError(
        "remote_unreachable",
        "{host} cannot be reached.",
        "Check the address, the network and the firewall; nothing was changed, and the next update goes on from here.",
        host=host,
    )


def too_slow(host: str, seconds: float) -> RemoteError:
    """Say that a host kept us waiting."""
    return RemoteError(
        "remote_timeout",
        "{host} did not answer within {seconds} s.",
        "Try again later; nothing was changed, and the next update goes on from here.",
        host=host,
        seconds=f"{seconds:g}",
    )


def too_large(host: str, most: int) -> RemoteError:
    """Say that an answer exceeds its bound, packed or unpacked."""
    return RemoteError(
        "remote_too_large",
        "The answer of {host} is larger than {most} bytes and was not read to its end.",
        "If such answers are right, ask for smaller pages; otherwise ask the provider.",
        host=host,
        most=most,
    )


def broken(host: str) -> RemoteError:
    """Say that an answer ended early or is not HTTP."""
    return RemoteError(
        "remote_broken",
        "The answer of {host} broke off or cannot be read.",
        "Try again later; nothing was changed, and the next update goes on from here.",
        host=host,
    )


def refused(host: str, status: int) -> RemoteError:
    """Say that our credentials are not accepted."""
    return RemoteError(
        "remote_refused",
        "{host} does not accept our credentials (status {status}).",
        "Check the files with the credentials of this subscription, and that the account may read this list.",
        host=host,
        status=status,
    )


def rate_limited(host: str, status: int, seconds: float) -> RemoteError:
    """Say that the host asks for fewer requests."""
    return RemoteError(
        "remote_rate_limited",
        "{host} asks us to come back later (status {status}; {seconds} s).",
        "Wait; the next update goes on from here. If it happens often, update less often.",
        host=host,
        status=status,
        seconds=f"{seconds:g}",
    )


def failed(host: str, status: int) -> RemoteError:
    """Say that the host answered with an error or wants us elsewhere."""
    return RemoteError(
        "remote_failed",
        "{host} answered with status {status}.",
        "A status from 300 to 399 points elsewhere and is not followed: correct the address. From 500 on, try later.",
        host=host,
        status=status,
    )

"""How long, how much and how often: every bound of the way out, as numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bound one request; times are in seconds.

    ``connect`` bounds reaching the host (with TLS), ``read`` each silence, ``total`` one try as a whole, so that a
    host that sends a byte now and then cannot hold the updater for ever. After a try that may be repeated we wait
    ``pause``, twice as long after each further one, shortened at random by up to half so that subscribers do not come
    back together. If a host asks in Retry-After for more than ``patience`` we give up at once and say so; the next
    update asks again.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 300.0
    tries: int = 4
    pause: float = 0.5
    patience: float = 60.0

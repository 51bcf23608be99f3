"""Say what waits in an exchange folder, and for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kindward.authority.exchange import Exchange
from kindward.authority.opinions import gathered, key_of
from kindward.authority.planning import planned
from kindward.authority.rooting import root_missing
from kindward.authority.signing import release_missing
from kindward.authority.statements import PROPOSE, read
from kindward.errors import StateError


def standing(exchange: Exchange, now: datetime) -> dict[str, Any]:
    """Give the list's name, its release, the proposals, and what the next release needs."""
    statements, charter, release = read(exchange), exchange.charter, exchange.release()
    entries = gathered(statements)
    proposals = []
    for one in statements:
        if one.do == PROPOSE:
            judged = [entries[key_of(row)] for row in one.rows()]
            open_ = sum(not charter.agree(entry.confirmed) and not entry.withdrawn for entry in judged)
            proposals.append({"name": one.name, "authority": one.authority, "count": len(judged), "open": open_})
    try:
        plan, made = planned(exchange, now)
    except StateError:
        following: dict[str, Any] | None = None
    else:
        following = {
            "number": made.release.number,
            "added": made.release.added,
            "removed": made.release.removed,
            "waits_for": release_missing(exchange, made, plan),
        }
    return {
        "list": charter.name,
        "release": release.number if release else None,
        "active": release.active if release else 0,
        "authorities": {name: each.jurisdiction for name, each in charter.authorities.items()},
        "proposals": proposals,
        "root_waits_for": root_missing(exchange),
        "next": following,
    }

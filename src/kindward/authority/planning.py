"""Agree on what the next release rests on: the first signer says which statements and when, the others check it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from tuf.api.metadata import Targets

from kindward.authority import refusals
from kindward.authority.building import Build, build
from kindward.authority.exchange import Exchange, metadata_in
from kindward.authority.home import read_json
from kindward.authority.statements import CLOCKS, Statement, moment, read
from kindward.ledger.charter import FIELD
from kindward.ledger.names import holds, is_moment


def planned(exchange: Exchange, now: datetime) -> tuple[dict[str, Any], Build]:
    """Build the release that is being signed, or begin a new one.

    Raises: TrustError if builds differ or the plan is none, StateError if it is outdated or nothing is new.
    """
    statements = read(exchange)
    file = exchange.path / f"releases/{following(exchange)}/plan.json"
    if not file.exists():
        at = max([moment(now), *(one.at for one in statements)])
        _check_clock(at, now)
        made = build(exchange, statements, at, taken(exchange))
        begun: dict[str, Any] = {
            "at": at,
            "statements": [one.digest for one in statements],
            "release": made.digest,
            "version": _version(exchange),
        }
        return begun, made
    plan = read_json(file)
    chosen = _chosen(exchange, plan, statements, file, now)
    made = build(exchange, chosen, plan["at"], taken(exchange))
    if made.digest != plan["release"]:
        raise refusals.other_build("the first signer")
    return plan, made


def following(exchange: Exchange) -> int:
    """Give the number of the next release."""
    last = exchange.release()
    return last.number + 1 if last else 1


def _version(exchange: Exchange) -> int:
    """Give the next version of the description of the files; a root that waits takes one, too."""
    waiting = exchange.waiting_root()
    file = waiting.with_name("authorities.json") if waiting else None
    held = metadata_in(file, Targets).signed.version if file and file.exists() else 0
    return max(exchange.version("authorities"), held) + 1


def _check_clock(at: str, now: datetime) -> None:
    if at > moment(now + CLOCKS):
        raise refusals.ahead(at)


def _chosen(
    exchange: Exchange, plan: dict[str, Any], statements: Sequence[Statement], file: Path, now: datetime
) -> list[Statement]:
    """Check what the first signer chose, and give those statements.

    Whoever signs first must not be able to leave out what somebody said before, such as a withdrawal.
    """
    last = exchange.release()
    try:
        at, digests = plan["at"], list(plan["statements"])
        holds(all(isinstance(digest, str) for digest in digests))
        holds(isinstance(plan["release"], str) and is_moment(at) and at >= (last.date if last else ""))
        holds(plan["version"] == _version(exchange))
    except (KeyError, ValueError, TypeError) as problem:
        raise refusals.plan_wrong() from problem
    _check_clock(at, now)
    by_digest = {one.digest: one for one in statements}
    if not by_digest.keys() >= set(digests):
        raise refusals.statement_gap(file.name)
    chosen = [one for one in statements if one.digest in set(digests)]
    if [one.digest for one in chosen] != digests or any(one.at > at for one in chosen):
        raise refusals.plan_wrong()
    left = [one for one in statements if one.digest not in set(digests)]
    first_left = {one.authority: one.body["number"] for one in reversed(left)}
    if any(one.body["number"] > first_left.get(one.authority, one.body["number"]) for one in chosen):
        raise refusals.plan_wrong()
    for one in left:
        if one.at < at:
            raise refusals.plan_outdated(one.name)
    return chosen


def taken(exchange: Exchange) -> list[str]:
    """Give the digests of the statements that the published release rests on. Raises: TrustError if they are others."""
    last, targets = exchange.release(), exchange.targets()
    if last is None or targets is None:
        return []
    file = exchange.path / f"releases/{last.number}/plan.json"
    digests: list[str] = list(read_json(file).get("statements", []))
    if targets.unrecognized_fields.get(FIELD) != resting_on(digests):
        raise refusals.statement_wrong(f"{last.number}/{file.name}")
    return digests


def resting_on(digests: Sequence[str]) -> dict[str, str]:
    """Write what the signed description says of the statements that a release rests on."""
    return {"statements": sha256("\n".join(map(str, digests)).encode()).hexdigest()}

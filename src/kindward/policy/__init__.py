"""Policy: findings in, a decision out; pure, table-driven, total.

The same findings and the same table always give the same decision, and every kind of match has one.
"""

from __future__ import annotations

from collections.abc import Iterable

from kindward.model import Decision, Match, Risk
from kindward.policy.reading import load_policy
from kindward.policy.table import Policy, Row, Threshold

__all__ = ["Policy", "Row", "Threshold", "decide", "load_policy"]


def decide(matches: Iterable[Match], risks: Iterable[Risk], notes: Iterable[str], policy: Policy) -> Decision:
    """Give the gravest decision that any finding leads to; ``pass`` if there is none.

    Risks are asked for and not weighed: an estimate alone never stops what a person sends. They stand in this place so
    that a table which wants to weigh them is a change of this function and of nothing around it.
    """
    del risks
    found = [policy.of(match) for match in matches]
    found += [policy.notes[note] for note in notes if note in policy.notes]
    return max(found, key=lambda decision: decision.rank, default=Decision.PASS)

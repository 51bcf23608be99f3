"""Cases for tests: a match of an ordinary picture, two people, a clock."""

from kindward.cases import Case, CaseKind, Rules
from kindward.model import BankVersion, Match, Trust, Versions, View

NOW = 1_790_000_000
A, B, C = "p-aaaaaa", "p-bbbbbb", "p-cccccc"
RULES = Rules()


def match(distance=9, signal="pdq/1", **fields):
    """Give a match, nine bits off unless told."""
    threshold = 31 if signal == "pdq/1" else 0
    return Match(
        **{
            "bank": "demo",
            "entry": "entry-1",
            "signal": signal,
            "distance": distance,
            "threshold": threshold,
            "view": View(),
            "trust": Trust.FEDERATED,
            "source": "de-centre",
            "severity": "demo:a",
            **fields,
        }
    )


def versions():
    """Give what made the verdict."""
    return Versions(("digest/1", "pdq/1"), (BankVersion("demo", "1-abc", Trust.FEDERATED),), "default-1")


def case(case_id="00000000000a", **fields):
    """Give an open case about a likeness."""
    return Case(
        **{
            "id": case_id,
            "kind": CaseKind.MATCH,
            "opened_at": NOW,
            "deadline": NOW + RULES.deadline_seconds,
            "matches": (match(),),
            "versions": versions(),
            "source": "http",
            **fields,
        }
    )
